"""From plain values to UBL that keeps the rules of Peppol BIS Billing 3.0: what the simulated operator sends."""

from datetime import date
from decimal import Decimal
from typing import Any

from lxml import etree

from fleetportal.ubl.documents import CAC, CBC, CREDIT_NOTE, INVOICE, PHONE_NUMBER, Charge, Document, Party, VatAmount

CUSTOMIZATION = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
PROFILE = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
# Belgian enterprise numbers, in the list of schemes.
SCHEME = "0208"
CREDIT_TRANSFER, DIRECT_DEBIT = "30", "59"


class _Part:
    """An element that is being filled, in the order of the schema; what has no value is left out."""

    def __init__(self, element: Any) -> None:
        self.element = element

    def part(self, name: str) -> "_Part":
        return _Part(etree.SubElement(self.element, f"{{{CAC}}}{name}"))

    def value(self, name: str, value: str | date | Decimal | None, **attributes: str) -> None:
        if value not in (None, ""):
            etree.SubElement(self.element, f"{{{CBC}}}{name}", attributes).text = str(value)

    def values(self, **values: str | date | None) -> None:
        for name, value in values.items():
            self.value(name, value)


def write(document: Document) -> bytes:
    """The document as UTF-8; raises nothing for values that break the rules: it says what it is given."""
    namespace, name = (CREDIT_NOTE, "CreditNote") if document.is_credit_note else (INVOICE, "Invoice")
    namespaces: dict[str | None, str] = {None: namespace, "cac": CAC, "cbc": CBC}
    root = _Part(etree.Element(f"{{{namespace}}}{name}", nsmap=namespaces))
    _header(root, document)
    _party(root.part("AccountingSupplierParty").part("Party"), document.supplier)
    _party(root.part("AccountingCustomerParty").part("Party"), document.buyer)
    _payment_means(root.part("PaymentMeans"), document)
    for charge in document.charges:
        if charge.is_of_document:
            _allowance(root.part("AllowanceCharge"), charge, document.currency)
    _vat(root.part("TaxTotal"), document)
    _totals(root.part("LegalMonetaryTotal"), document)
    for charge in document.charges:
        if not charge.is_of_document:
            _line(root.part(f"{name}Line"), charge, document)
    return etree.tostring(root.element, xml_declaration=True, encoding="UTF-8")


def _header(root: _Part, document: Document) -> None:
    is_credit_note = document.is_credit_note
    root.values(CustomizationID=CUSTOMIZATION, ProfileID=PROFILE, ID=document.number, IssueDate=document.issued_on)
    if not is_credit_note:
        root.value("DueDate", document.due_on)
    root.value("CreditNoteTypeCode" if is_credit_note else "InvoiceTypeCode", "381" if is_credit_note else "380")
    reference = next(iter(document.account_references), "")
    root.values(DocumentCurrencyCode=document.currency, BuyerReference=reference)
    _period(root, document.period_start_on, document.period_end_on)
    if document.corrects:
        root.part("BillingReference").part("InvoiceDocumentReference").value("ID", document.corrects)


def _period(part: _Part, start: date | None, end: date | None) -> None:
    if start or end:
        part.part("InvoicePeriod").values(StartDate=start, EndDate=end)


def _party(part: _Part, party: Party) -> None:
    number = party.identifiers[0]
    part.value("EndpointID", number, schemeID=SCHEME)
    part.part("PartyName").value("Name", party.name)
    address = part.part("PostalAddress")
    address.values(StreetName=party.street, CityName=party.city, PostalZone=party.postal_code)
    address.part("Country").value("IdentificationCode", party.country)
    tax = part.part("PartyTaxScheme")
    tax.value("CompanyID", f"BE{number}")
    tax.part("TaxScheme").value("ID", "VAT")
    entity = part.part("PartyLegalEntity")
    entity.value("RegistrationName", party.name)
    entity.value("CompanyID", number, schemeID=SCHEME)


def _payment_means(means: _Part, document: Document) -> None:
    means.value("PaymentMeansCode", DIRECT_DEBIT if document.is_direct_debit else CREDIT_TRANSFER)
    if document.is_credit_note:
        means.value("PaymentDueDate", document.due_on)
    means.value("PaymentID", document.payment_reference)
    if document.is_direct_debit:
        means.part("PaymentMandate").value("ID", f"M-{document.buyer.identifiers[0]}")
    elif document.iban:
        means.part("PayeeFinancialAccount").value("ID", document.iban)


def _allowance(part: _Part, charge: Charge, currency: str) -> None:
    part.value("ChargeIndicator", "true" if charge.net > 0 else "false")
    part.value("AllowanceChargeReason", charge.description)
    part.value("Amount", abs(charge.net), currencyID=currency)
    _vat_category(part.part("TaxCategory"), charge.vat_category, charge.vat_rate)


def _vat(total: _Part, document: Document) -> None:
    total.value("TaxAmount", document.vat, currencyID=document.currency)
    for amount in document.vat_amounts:
        _vat_amount(total.part("TaxSubtotal"), amount, document.currency)


def _vat_amount(part: _Part, amount: VatAmount, currency: str) -> None:
    part.value("TaxableAmount", amount.net, currencyID=currency)
    part.value("TaxAmount", amount.vat, currencyID=currency)
    _vat_category(part.part("TaxCategory"), amount.category, amount.rate)


def _vat_category(part: _Part, category: str, rate: Decimal) -> None:
    part.value("ID", category)
    part.value("Percent", rate)
    part.part("TaxScheme").value("ID", "VAT")


def _totals(totals: _Part, document: Document) -> None:
    of_document = [charge.net for charge in document.charges if charge.is_of_document]
    amounts: dict[str, Decimal | None] = {
        "LineExtensionAmount": document.net - sum(of_document),
        "TaxExclusiveAmount": document.net,
        "TaxInclusiveAmount": document.total,
        "AllowanceTotalAmount": -sum(net for net in of_document if net < 0) or None,
        "ChargeTotalAmount": sum(net for net in of_document if net > 0) or None,
        "PrepaidAmount": document.total - document.payable or None,
        "PayableAmount": document.payable,
    }
    for name, amount in amounts.items():
        totals.value(name, amount, currencyID=document.currency)


def _line(line: _Part, charge: Charge, document: Document) -> None:
    line.value("ID", charge.number)
    counted = "CreditedQuantity" if document.is_credit_note else "InvoicedQuantity"
    line.value(counted, charge.quantity, unitCode=charge.unit or "C62")
    line.value("LineExtensionAmount", charge.net, currencyID=document.currency)
    line.value("AccountingCost", charge.cost_centre)
    _period(line, charge.period_start_on, charge.period_end_on)
    item = line.part("Item")
    item.value("Name", charge.description)
    for code in charge.codes[:1]:
        item.part("SellersItemIdentification").value("ID", code)
    _vat_category(item.part("ClassifiedTaxCategory"), charge.vat_category, charge.vat_rate)
    if charge.phone_number:
        item.part("AdditionalItemProperty").values(Name=PHONE_NUMBER, Value=charge.phone_number)
    line.part("Price").value("PriceAmount", charge.price, currencyID=document.currency)
