"""Taking in a document of the operator: read, checked, kept as it came, and turned into rows, once.

The same bytes again change nothing, and another document under a number that is known is refused. A credit note and the
invoice it corrects may come in either order, and at the same time: both lock the number of the invoice.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from stdnum.be import vat

from accounts.models import BillingAccount, CostCentre, Customer, Membership
from accounts.permissions import PERMISSIONS, Permission, Role
from billing import structured
from billing.announcements import NEW_INVOICE
from billing.charges import kind_of
from billing.enums import AuditKind, ChargeKind, DocumentSource, InvoiceKind
from billing.models import Invoice, InvoiceDocument, InvoiceLine, InvoiceVat
from fleetportal.audit import services as audit
from fleetportal.audit.actors import Actor
from fleetportal.notifications.services import notify
from fleetportal.ubl.documents import Charge, Document, Party
from fleetportal.ubl.parsing import check_size, parse
from fleetportal.ubl.reading import read
from fleetportal.ubl.validation import Finding, require_valid
from fleetportal.web.errors import Refusal
from groupbundles.models import BundleOffer
from sims.enums import LineState
from sims.identifiers import IdentifierError, normalise_msisdn
from sims.models import Line, PlanOption, TariffPlan

BATCH = 1000
# Of a pile of old invoices that is taken in at once nobody needs to hear.
NEWS_FOR = timedelta(days=45)
LONGEST_PHONE_NUMBER, LONGEST_FILE_NAME = 16, 200


@dataclass(frozen=True, slots=True)
class Imported:
    """The invoice of a document; not ``is_new`` when the same document was taken in before."""

    invoice: Invoice
    is_new: bool
    warnings: tuple[Finding, ...] = ()


def import_document(
    *, xml: bytes, source: DocumentSource, file_name: str, by: Actor, expected_customer: Customer | None = None
) -> Imported:
    """Take in a UBL invoice or credit note. Raises ``Refusal`` with the reason, or the rule's own words.

    What was sent for ``expected_customer`` has to be about that company.
    """
    check_size(len(xml))
    sha256 = hashlib.sha256(xml).hexdigest()
    if known := _known(sha256):
        _refuse_other(known.customer, expected_customer)
        return Imported(known, is_new=False)
    parsed = parse(xml)
    warnings = require_valid(parsed)
    kept = Kept(xml, sha256, source, file_name[:LONGEST_FILE_NAME])
    document = read(parsed)
    _refuse_other(_customer(document.buyer), expected_customer)
    return take_in(document=document, kept=kept, by=by, warnings=tuple(warnings))


@dataclass(frozen=True, slots=True)
class Kept:
    """The document as it came, and how it came."""

    xml: bytes
    sha256: str
    source: DocumentSource
    file_name: str


@transaction.atomic
def take_in(*, document: Document, kept: Kept, by: Actor, warnings: tuple[Finding, ...] = ()) -> Imported:
    """Make the rows of a document that keeps the rules; ``Refusal`` when it cannot be placed."""
    _refuse_negative(document)
    supplier = number_of(document.supplier)
    _lock_numbers(supplier, document)
    if same := _of_this_number(supplier, document, kept.sha256):
        return Imported(same, is_new=False)
    customer = _customer(document.buyer)
    account = _account(customer, document)
    invoice = _invoice(customer, account, supplier, document)
    invoice.save(force_insert=True)
    InvoiceDocument.objects.create(
        customer=customer,
        invoice=invoice,
        xml=kept.xml,
        sha256=kept.sha256,
        source=kept.source,
        file_name=kept.file_name,
    )
    InvoiceVat.objects.bulk_create(
        InvoiceVat(customer=customer, invoice=invoice, category=v.category, rate=v.rate, net=v.net, vat=v.vat)
        for v in document.vat_amounts
    )
    _Rows(customer, document.charges).write(invoice)
    _settle_credit(invoice)
    _record(invoice, account, len(document.charges), kept, by)
    _tell(invoice, account)
    return Imported(invoice, is_new=True, warnings=warnings)


def number_of(party: Party) -> str:
    """The Belgian enterprise number of a party, as ten digits; else the first identifier it has."""
    numbers = _enterprise_numbers(party)
    return numbers[0] if numbers else "".join(party.identifiers[:1])[:40]


def _known(sha256: str) -> Invoice | None:
    kept = InvoiceDocument.objects.across_customers(reason="a document says itself which company it is for")
    found = kept.filter(sha256=sha256).select_related("invoice__billing_account", "invoice__customer").first()
    return found.invoice if found else None


def _refuse_other(customer: Customer, expected: Customer | None) -> None:
    if expected is not None and customer != expected:
        raise Refusal(_("The document is for another company than the one it was sent for."))


def _refuse_negative(document: Document) -> None:
    if document.net < 0 or document.total < 0:
        raise Refusal(_("The document asks for less than nothing. What is given back comes as a credit note."))
    if document.total != document.net + document.vat:
        raise Refusal(_("The amount with VAT is not the amount without VAT and the VAT together."))


def _lock_numbers(supplier: str, document: Document) -> None:
    """Its own number, and that of the invoice it corrects, in an order that two of them share."""
    numbers = sorted({document.number, document.corrects} - {""})
    with connection.cursor() as cursor:
        for number in numbers:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"invoice:{supplier}:{number}"])


def _of_this_number(supplier: str, document: Document, sha256: str) -> Invoice | None:
    """The invoice when it is this very document. Raises ``Refusal`` when the number belongs to another one."""
    invoices = Invoice.objects.across_customers(reason="the supplier's numbers are one series for all his customers")
    found: Invoice | None = (
        invoices.filter(supplier_number=supplier, number=document.number)
        .select_related("document", "billing_account", "customer")
        .first()
    )
    if found is not None and found.document.sha256 != sha256:
        raise Refusal(
            _("Another document has the number %(number)s already. An invoice that was issued does not change.")
            % {"number": document.number}
        )
    return found


def _enterprise_numbers(party: Party) -> list[str]:
    return list(dict.fromkeys(vat.compact(text) for text in party.identifiers if vat.is_valid(text)))


def _customer(buyer: Party) -> Customer:
    numbers = _enterprise_numbers(buyer)
    found = {
        customer.enterprise_number: customer for customer in Customer.objects.filter(enterprise_number__in=numbers)
    }
    if not found:
        raise Refusal(
            _("The buyer %(name)s (%(number)s) is not a company of this portal.")
            % {"name": buyer.name, "number": ", ".join(numbers or buyer.identifiers) or "-"}
        )
    if len(found) > 1:
        raise Refusal(_("The buyer has the enterprise numbers of two companies of this portal; it is unclear which."))
    return found.popitem()[1]


def _account(customer: Customer, document: Document) -> BillingAccount:
    """By the first reference that is the number of one of the company's accounts."""
    accounts = BillingAccount.objects.for_customer(customer).filter(number__in=document.account_references)
    found = {account.number: account for account in accounts}
    for reference in document.account_references:
        if reference in found:
            return found[reference]  # type: ignore[no-any-return]
    named = ", ".join(f"“{reference}”" for reference in document.account_references)
    if not named:
        raise Refusal(_("The document does not say which billing account it is for (BuyerReference)."))
    raise Refusal(
        _("%(company)s has no billing account %(number)s. Add it in the administration and take the document in again.")
        % {"company": customer.name, "number": named}
    )


def _invoice(customer: Customer, account: BillingAccount, supplier: str, document: Document) -> Invoice:
    """Not saved yet. What was paid beforehand and more than that leaves nothing to pay."""
    return Invoice(
        customer=customer,
        billing_account=account,
        kind=InvoiceKind.CREDIT_NOTE if document.is_credit_note else InvoiceKind.INVOICE,
        number=document.number,
        issued_on=document.issued_on,
        due_on=document.due_on,
        period_start_on=document.period_start_on,
        period_end_on=document.period_end_on,
        currency=document.currency,
        net=document.net,
        vat=document.vat,
        total=document.total,
        payable=max(document.payable, Decimal(0)),
        is_direct_debit=document.is_direct_debit,
        reference=structured.compact(document.payment_reference),
        iban=document.iban,
        supplier_name=document.supplier.name,
        supplier_number=supplier,
        corrects_number=document.corrects if document.is_credit_note else "",
    )


class _Rows:
    """Makes rows of the lines; what they name is looked up once for all of them."""

    def __init__(self, customer: Customer, charges: Iterable[Charge]) -> None:
        self.customer = customer
        self.charges = [(charge, _phone_number(charge.phone_number)) for charge in charges]
        self.lines = _lines(customer, {number for _charge, number in self.charges if number})
        self.centres = dict(CostCentre.objects.for_customer(customer).values_list("code", "pk"))
        self.catalogue = _catalogue(customer)

    def write(self, invoice: Invoice) -> None:
        InvoiceLine.objects.bulk_create(
            (self._row(invoice, n, *charge) for n, charge in enumerate(self.charges, 1)), batch_size=BATCH
        )

    def _row(self, invoice: Invoice, position: int, charge: Charge, number: str) -> InvoiceLine:
        return InvoiceLine(
            customer=self.customer,
            invoice=invoice,
            position=position,
            line_number=charge.number,
            description=charge.description,
            kind=kind_of(charge.description, charge.codes, self.catalogue),
            number=number,
            line_id=self.lines.get(number),
            cost_centre_code=charge.cost_centre,
            cost_centre_id=self.centres.get(charge.cost_centre),
            period_start_on=charge.period_start_on,
            period_end_on=charge.period_end_on,
            quantity=charge.quantity,
            unit=charge.unit,
            price=charge.price,
            net=charge.net,
            vat_category=charge.vat_category,
            vat_rate=charge.vat_rate,
        )


def _phone_number(text: str) -> str:
    """In E.164; what is no Belgian mobile number stays as the document has it, as far as it fits."""
    try:
        return normalise_msisdn(text) if text else ""
    except IdentifierError:
        return text if len(text) <= LONGEST_PHONE_NUMBER else ""


def _lines(customer: Customer, numbers: set[str]) -> dict[str, int]:
    """The line of each number; the one in service where an earlier one had the number before it."""
    found = Line.objects.for_customer(customer).filter(number__in=numbers).order_by("pk")
    rows = list(found.values_list("number", "pk", "state"))
    rows.sort(key=lambda row: row[2] != LineState.TERMINATED)
    return {number: pk for number, pk, _state in rows}


def _catalogue(customer: Customer) -> dict[str, ChargeKind]:
    """Every code of the company's catalogue and what it is, in upper case."""
    kinds: tuple[tuple[Any, ChargeKind], ...] = (
        (BundleOffer, ChargeKind.BUNDLE),
        (PlanOption, ChargeKind.OPTION),
        (TariffPlan, ChargeKind.PLAN),
    )
    return {
        code.upper(): kind
        for model, kind in kinds
        for code in model.objects.for_customer(customer).values_list("code", flat=True)
    }


def _settle_credit(invoice: Invoice) -> None:
    """Join credit notes and the invoice they correct, whichever is new, and bring up to date what they took off it."""
    mine = Invoice.objects.for_customer(invoice.customer_id).filter(
        supplier_number=invoice.supplier_number, currency=invoice.currency
    )
    if invoice.kind == InvoiceKind.CREDIT_NOTE:
        corrected = mine.filter(number=invoice.corrects_number, kind=InvoiceKind.INVOICE).first()
        if corrected is None:
            return
        invoice.corrects = corrected
        invoice.save(update_fields=["corrects"])
    else:
        corrected = invoice
        waiting = mine.filter(kind=InvoiceKind.CREDIT_NOTE, corrects_number=invoice.number)
        if not waiting.update(corrects=invoice):
            return
    sum_credit(corrected)


def sum_credit(invoice: Invoice) -> None:
    """Make what was credited on an invoice the sum of its credit notes; it was locked, or is new."""
    locked = Invoice.objects.for_customer(invoice.customer_id).select_for_update().get(pk=invoice.pk)
    locked.credited = locked.credit_notes.aggregate(sum=Sum("payable"))["sum"] or Decimal(0)
    locked.save(update_fields=["credited"])
    invoice.credited = locked.credited


def _record(invoice: Invoice, account: BillingAccount, lines: int, kept: Kept, by: Actor) -> None:
    audit.record(
        AuditKind.INVOICE_IMPORTED,
        by=by,
        customer_id=invoice.customer_id,
        subject=invoice,
        after={
            "number": invoice.number,
            "kind": invoice.kind,
            "billing_account": account.number,
            "total": str(invoice.total),
            "lines": lines,
            "source": kept.source,
            "file": kept.file_name,
            "sha256": kept.sha256,
        },
    )


def _tell(invoice: Invoice, account: BillingAccount) -> None:
    """Whoever may see invoices of this billing account hears of it, unless it is an old one."""
    if invoice.issued_on < timezone.localdate() - NEWS_FOR:
        return
    notify(
        customer_id=invoice.customer_id,
        event=NEW_INVOICE,
        recipients=_readers(account),
        once_key=f"invoice:{invoice.public_id}",
        params={
            "number": invoice.number,
            "account": str(account),
            "payable": str(invoice.payable),
            "due_on": invoice.due_on.isoformat() if invoice.due_on else "",
            "is_credit_note": invoice.kind == InvoiceKind.CREDIT_NOTE,
            "is_direct_debit": invoice.is_direct_debit,
        },
        url=reverse("invoice_detail", args=[invoice.public_id]),
    )


def _readers(account: BillingAccount) -> list[int]:
    roles = [role for role in Role if Permission.VIEW_INVOICES in PERMISSIONS[role]]
    people = Membership.objects.for_customer(account.customer_id).filter(role__in=roles)
    limited = people.exclude(account_limits=None).exclude(account_limits__billing_account=account)
    return list(people.exclude(pk__in=limited).values_list("user_id", flat=True))
