"""From the tree of a valid document to plain values. What the rules left open is bounded here."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from fleetportal.ubl.documents import DIRECT_DEBIT, NAMESPACES, PHONE_NUMBER, Charge, Document, Party, VatAmount
from fleetportal.ubl.parsing import Parsed
from fleetportal.web.errors import Refusal

# More than any amount, price or quantity that makes sense, and less than what the columns hold.
TOO_MUCH = Decimal(10) ** 11
CENT, RATE, QUANTITY, PRICE = Decimal("0.01"), Decimal("0.01"), Decimal("0.0001"), Decimal("0.000001")
LONGEST_NUMBER, LONGEST_NAME, LONGEST_DESCRIPTION, LONGEST_CODE = 60, 200, 500, 60
LONGEST_REFERENCE, LONGEST_ACCOUNT = 140, 34


def read(parsed: Parsed) -> Document:
    """The values of a document that keeps the rules. Raises :class:`Refusal` for what can still not be stored."""
    root = parsed.root
    currency = _text(root, "cbc:DocumentCurrencyCode")
    header_centre = _text(root, "cbc:AccountingCost")
    start, end = _period(root)
    means = root.findall("cac:PaymentMeans", NAMESPACES)
    return Document(
        is_credit_note=parsed.is_credit_note,
        number=_short(_text(root, "cbc:ID")),
        issued_on=_day(root, "cbc:IssueDate") or _missing("IssueDate"),
        due_on=_day(root, "cbc:DueDate") or _first_day(means),
        period_start_on=start,
        period_end_on=end,
        currency=currency,
        supplier=_party(root.find("cac:AccountingSupplierParty/cac:Party", NAMESPACES)),
        buyer=_party(root.find("cac:AccountingCustomerParty/cac:Party", NAMESPACES)),
        net=_amount(root, "cac:LegalMonetaryTotal/cbc:TaxExclusiveAmount"),
        vat=_vat_total(root, currency),
        total=_amount(root, "cac:LegalMonetaryTotal/cbc:TaxInclusiveAmount"),
        payable=_amount(root, "cac:LegalMonetaryTotal/cbc:PayableAmount"),
        charges=tuple(_charges(root, header_centre, "Credited" if parsed.is_credit_note else "Invoiced")),
        vat_amounts=_vat_amounts(root, currency),
        account_references=_account_references(root),
        payment_reference=_first_text(means, "cbc:PaymentID")[:LONGEST_REFERENCE],
        iban=_first_text(means, "cac:PayeeFinancialAccount/cbc:ID").replace(" ", "")[:LONGEST_ACCOUNT],
        is_direct_debit=any(_text(one, "cbc:PaymentMeansCode") in DIRECT_DEBIT for one in means),
        corrects=_corrects(root),
    )


def _text(element: Any, path: str) -> str:
    return " ".join((element.findtext(path, "", NAMESPACES) or "").split())


def _first_text(elements: list[Any], path: str) -> str:
    return next(filter(None, (_text(element, path) for element in elements)), "")


def _missing(name: str) -> Any:
    raise Refusal(_("The document has no %(name)s.") % {"name": name})


def _short(number: str) -> str:
    if len(number) > LONGEST_NUMBER:
        raise Refusal(_("The number of the document is longer than %(n)s characters.") % {"n": LONGEST_NUMBER})
    return number or _missing("ID")


def _day(element: Any, path: str) -> date | None:
    text = _text(element, path)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Refusal(_("“%(text)s” is not a day of the calendar.") % {"text": text[:40]}) from None


def _first_day(means: list[Any]) -> date | None:
    """A credit note, which has no due date of its own, tells it with the means of payment."""
    days = (_day(one, "cbc:PaymentDueDate") for one in means)
    return min(filter(None, days), default=None)


def _period(element: Any) -> tuple[date | None, date | None]:
    return _day(element, "cac:InvoicePeriod/cbc:StartDate"), _day(element, "cac:InvoicePeriod/cbc:EndDate")


def _number(element: Any, path: str, step: Decimal, default: str = "") -> Decimal:
    text = _text(element, path) or default
    return _bounded(Decimal(text) if text else _missing(path.rsplit(":", 1)[-1]), step)


def _bounded(value: Decimal, step: Decimal) -> Decimal:
    if abs(value) >= TOO_MUCH:
        raise Refusal(_("The document has an amount that is too large: %(amount)s.") % {"amount": str(value)[:40]})
    return Decimal(value.quantize(step))


def _amount(element: Any, path: str) -> Decimal:
    return _number(element, path, CENT)


def _party(party: Any) -> Party:
    if party is None:
        return _missing("Party")
    paths = ("cac:PartyLegalEntity/cbc:CompanyID", "cbc:EndpointID", "cac:PartyTaxScheme/cbc:CompanyID")
    name = _text(party, "cac:PartyLegalEntity/cbc:RegistrationName") or _text(party, "cac:PartyName/cbc:Name")
    return Party(
        name=name[:LONGEST_NAME],
        identifiers=tuple(filter(None, (_text(party, path) for path in paths))),
        street=_text(party, "cac:PostalAddress/cbc:StreetName"),
        postal_code=_text(party, "cac:PostalAddress/cbc:PostalZone"),
        city=_text(party, "cac:PostalAddress/cbc:CityName"),
        country=_text(party, "cac:PostalAddress/cac:Country/cbc:IdentificationCode"),
    )


def _vat_total(root: Any, currency: str) -> Decimal:
    """The one in the currency of the document: some countries want it in theirs as well."""
    totals = [total for total in root.findall("cac:TaxTotal", NAMESPACES) if _currency(total) == currency]
    return _amount(totals[0], "cbc:TaxAmount") if totals else Decimal(0)


def _currency(total: Any) -> str:
    amount = total.find("cbc:TaxAmount", NAMESPACES)
    return "" if amount is None else str(amount.get("currencyID", ""))


def _vat_amounts(root: Any, currency: str) -> tuple[VatAmount, ...]:
    """One for each category and rate, which a document may name more than once."""
    found: dict[tuple[str, Decimal], VatAmount] = {}
    for total in root.findall("cac:TaxTotal", NAMESPACES):
        for part in total.findall("cac:TaxSubtotal", NAMESPACES) if _currency(total) == currency else ():
            category, rate = _vat_category(part, "cac:TaxCategory")
            net, vat = _amount(part, "cbc:TaxableAmount"), _amount(part, "cbc:TaxAmount")
            before = found.get((category, rate), VatAmount(category, rate, Decimal(0), Decimal(0)))
            found[category, rate] = VatAmount(category, rate, before.net + net, before.vat + vat)
    return tuple(found.values())


def _vat_category(element: Any, path: str) -> tuple[str, Decimal]:
    rate = _number(element, f"{path}/cbc:Percent", RATE, default="0")
    if rate >= 1000:
        raise Refusal(_("The document has an amount that is too large: %(amount)s.") % {"amount": rate})
    return _text(element, f"{path}/cbc:ID")[:3], rate


def _account_references(root: Any) -> tuple[str, ...]:
    paths = ("cbc:BuyerReference", "cac:ContractDocumentReference/cbc:ID", "cbc:AccountingCost")
    return tuple(dict.fromkeys(filter(None, (_text(root, path) for path in paths))))


def _corrects(root: Any) -> str:
    path = "cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID"
    numbers = {(found.text or "").strip() for found in root.findall(path, NAMESPACES)}
    return numbers.pop()[:LONGEST_NUMBER] if len(numbers) == 1 else ""


def _charges(root: Any, centre: str, counted: str) -> Iterator[Charge]:
    """The lines, and after them what was taken off or added to the whole, so that all of it sums up to the net."""
    kind = "cac:CreditNoteLine" if counted == "Credited" else "cac:InvoiceLine"
    for line in root.iterfind(kind, NAMESPACES):
        yield _line(line, centre, f"cbc:{counted}Quantity")
    for n, allowance in enumerate(root.iterfind("cac:AllowanceCharge", NAMESPACES), 1):
        yield _of_document(allowance, n, centre)


def _line(line: Any, centre: str, counted: str) -> Charge:
    item = line.find("cac:Item", NAMESPACES)
    category, rate = _vat_category(item, "cac:ClassifiedTaxCategory")
    start, end = _period(line)
    quantity = line.find(counted, NAMESPACES)
    base = _number(line, "cac:Price/cbc:BaseQuantity", QUANTITY, default="1") or Decimal(1)
    price = _number(line, "cac:Price/cbc:PriceAmount", PRICE) / base
    return Charge(
        number=_text(line, "cbc:ID")[:LONGEST_CODE],
        description=(_text(item, "cbc:Name") or _text(item, "cbc:Description"))[:LONGEST_DESCRIPTION],
        net=_amount(line, "cbc:LineExtensionAmount"),
        price=_bounded(price, PRICE),
        vat_category=category,
        vat_rate=rate,
        quantity=_number(line, counted, QUANTITY, default="1"),
        unit="" if quantity is None else quantity.get("unitCode", "")[:10],
        phone_number=_phone_number(item),
        cost_centre=(_text(line, "cbc:AccountingCost") or centre)[:LONGEST_CODE],
        period_start_on=start,
        period_end_on=end,
        codes=_codes(item),
    )


def _phone_number(item: Any) -> str:
    for of_item in item.iterfind("cac:AdditionalItemProperty", NAMESPACES):
        if _text(of_item, "cbc:Name").upper() == PHONE_NUMBER:
            return _text(of_item, "cbc:Value")
    return ""


def _codes(item: Any) -> tuple[str, ...]:
    kinds = ("cac:SellersItemIdentification", "cac:StandardItemIdentification")
    return tuple(filter(None, (_text(item, f"{kind}/cbc:ID") for kind in kinds)))


def _of_document(allowance: Any, n: int, centre: str) -> Charge:
    is_charge = _text(allowance, "cbc:ChargeIndicator") == "true"
    amount = _amount(allowance, "cbc:Amount") * (1 if is_charge else -1)
    category, rate = _vat_category(allowance, "cac:TaxCategory")
    return Charge(
        number=f"A{n}",
        description=(_text(allowance, "cbc:AllowanceChargeReason") or _usual_name(is_charge))[:LONGEST_DESCRIPTION],
        net=amount,
        price=amount,
        vat_category=category,
        vat_rate=rate,
        cost_centre=centre[:LONGEST_CODE],
        is_of_document=True,
    )


def _usual_name(is_charge: bool) -> str:
    """It is stored with the invoice, so it is in the language of the installation and not in that of one reader."""
    with translation.override(settings.LANGUAGE_CODE):
        return _("Surcharge") if is_charge else _("Discount")
