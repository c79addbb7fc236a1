"""Lists of invoices, and the lines of one, as workbooks: amounts are numbers, days are dates, numbers are text."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import Customer, Membership
from billing import structured
from billing.enums import ChargeKind, InvoiceKind, InvoiceState
from billing.filters import InvoiceFilter
from billing.models import Invoice, InvoiceLine
from fleetportal.spreadsheets.writing import Column, Value, write_xlsx

CHUNK = 2_000
NOW_AND_THEN = 1_000
Tell = Callable[[int], None]


class InvoicesExport:
    """What a filter asks for, as rows. Headings are in the active language; credit notes stand below nothing."""

    def __init__(self, customer: Customer, membership: Membership, wanted: InvoiceFilter) -> None:
        found = wanted.apply(customer, membership).select_related("billing_account")
        self.invoices: QuerySet[Any] = found.order_by(*wanted.order())

    @property
    def title(self) -> str:
        """What it holds, also the name of the file."""
        return _("Invoices")

    def count(self) -> int:
        return self.invoices.order_by().count()

    def write(self, path: Path, *, progress: Tell = lambda done: None) -> int:
        """Returns how many rows."""
        rows = _told((_row(invoice) for invoice in self.invoices.iterator(chunk_size=CHUNK)), progress)
        return write_xlsx(path, title=self.title, columns=_columns(), rows=rows)


class LinesExport:
    """The lines of one document."""

    def __init__(self, invoice: Invoice) -> None:
        self.invoice = invoice
        lines = InvoiceLine.objects.for_customer(invoice.customer_id).filter(invoice=invoice)
        self.lines = lines.select_related("cost_centre").order_by("position")

    @property
    def title(self) -> str:
        return self.invoice.number

    def count(self) -> int:
        return int(self.lines.count())

    def write(self, path: Path, *, progress: Tell = lambda done: None) -> int:
        sign = -1 if self.invoice.kind == InvoiceKind.CREDIT_NOTE else 1
        rows = _told((_line_row(line, sign) for line in self.lines.iterator(chunk_size=CHUNK)), progress)
        return write_xlsx(path, title=self.title, columns=_line_columns(), rows=rows)


def _told(rows: Iterator[list[Value]], progress: Tell) -> Iterator[list[Value]]:
    for done, row in enumerate(rows, start=1):
        yield row
        if done % NOW_AND_THEN == 0:
            progress(done)


def _columns() -> list[Column]:
    return [
        Column(_("Invoice"), 18),
        Column(_("Kind"), 12),
        Column(_("Status"), 14),
        Column(_("Billing account"), 16),
        Column(_("Name"), 22),
        Column(_("Date"), 12),
        Column(_("Due date"), 12),
        Column(_("Period from"), 12),
        Column(_("Period until"), 12),
        Column(_("Currency"), 9),
        Column(_("Without VAT"), 14),
        Column(_("VAT"), 14),
        Column(_("With VAT"), 14),
        Column(_("To be paid"), 14),
        Column(_("Paid"), 14),
        Column(_("Credited"), 14),
        Column(_("Outstanding"), 14),
        Column(_("Payment reference"), 24),
        Column(_("Account to pay to"), 22),
        Column(_("Supplier"), 26),
        Column(_("Corrects invoice"), 18),
    ]


def _row(invoice: Any) -> list[Value]:
    sign = -1 if invoice.kind == InvoiceKind.CREDIT_NOTE else 1
    account = invoice.billing_account
    state = str(InvoiceState(invoice.state).label) if invoice.state else str(InvoiceKind.CREDIT_NOTE.label)
    return [
        invoice.number,
        invoice.get_kind_display(),
        state,
        account.number,
        account.name,
        invoice.issued_on,
        invoice.due_on,
        invoice.period_start_on,
        invoice.period_end_on,
        invoice.currency,
        *(sign * amount for amount in (invoice.net, invoice.vat, invoice.total, invoice.payable)),
        invoice.paid,
        invoice.credited,
        invoice.left,
        structured.shown(invoice.reference),
        invoice.iban,
        invoice.supplier_name,
        invoice.corrects_number,
    ]


def _line_columns() -> list[Column]:
    return [
        Column(_("Line"), 8),
        Column(_("Phone number"), 16),
        Column(_("Description"), 40),
        Column(_("Kind"), 24),
        Column(_("Cost centre"), 14),
        Column(_("Name of the cost centre"), 22),
        Column(_("Period from"), 12),
        Column(_("Period until"), 12),
        Column(_("Quantity"), 12),
        Column(_("Unit"), 8),
        Column(_("Price"), 14),
        Column(_("Without VAT"), 14),
        Column(_("VAT rate (%)"), 12),
    ]


def _line_row(line: InvoiceLine, sign: int) -> list[Value]:
    return [
        line.line_number,
        line.number,
        line.description,
        str(ChargeKind(line.kind).label),
        line.cost_centre_code,
        line.cost_centre.name if line.cost_centre else "",
        line.period_start_on,
        line.period_end_on,
        line.quantity,
        line.unit,
        line.price,
        sign * line.net,
        line.vat_rate,
    ]
