"""An invoice as a PDF: laid out for people and screen readers, with a code that banking apps read.

Its thousands of lines are paragraphs under a heading per number, not cells of a table: that takes a tenth of the time
and a screen reader can go from number to number.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import segno.helpers
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from billing import structured
from billing.enums import InvoiceKind
from billing.models import Invoice
from billing.queries.invoice_paper import PaperBlock, PaperLine, paper_of
from billing.queries.invoices import period_text
from fleetportal.web import formatting
from fleetportal.web.pdf import render_pdf

# About as many lines as fit on a page, to say beforehand how many pages there will be.
LINES_PER_PAGE = 30
GAP = 3 * formatting.NBSP
_LONGEST_NAME = 70


def invoice_pdf(invoice: Invoice, *, progress: Callable[[int, int], None] = lambda done, total: None) -> bytes:
    """In the active language; ``progress`` is told pages and how many there are about."""
    paper = paper_of(invoice)
    pages = 2 + paper.lines // LINES_PER_PAGE
    progress(0, pages)
    words = {"paper": paper, "blocks": [_block(block, invoice) for block in paper.blocks], "columns": _columns()}
    html = render_to_string("pdf/invoice.html", _context(invoice) | words)
    return render_pdf(html, on_page=lambda page: progress(min(page, pages), pages))


def _context(invoice: Invoice) -> dict[str, Any]:
    return {
        "language": get_language(),
        "invoice": invoice,
        "customer": invoice.customer,
        "author": invoice.supplier_name,
        "is_credit": invoice.kind == InvoiceKind.CREDIT_NOTE,
        "period": period_text(invoice),
        "reference": structured.shown(invoice.reference),
        "iban": formatting.iban(invoice.iban),
        "outstanding": invoice.outstanding,
        "payment_code": payment_code(invoice),
    }


@dataclass(frozen=True, slots=True)
class Block:
    """A number with its lines as they are printed; columns are tab stops of 24 mm: amount, period (two), the rest."""

    title: str
    lines: list[str]


def _columns() -> str:
    return f"{_('Without VAT')}\t{_('Period')}\t\t{_('VAT')}{GAP}{_('Description')}"


def _block(block: PaperBlock, invoice: Invoice) -> Block:
    number = formatting.phone(block.number) or _("Not for one number")
    centre = f", {_('Cost centre').lower()} {block.centre}" if block.centre else ""
    title = formatting.colon(f"{number}{centre}", formatting.money(block.net, invoice.currency))
    return Block(title, [_line(line, invoice.currency) for line in block.lines])


def _line(line: PaperLine, currency: str) -> str:
    """A period fills two columns, one day or none only one."""
    days = " – ".join(formatting.short_date(day) for day in (line.start, line.end) if day)
    tabs = "\t" if line.start and line.end else "\t\t"
    net, rate = formatting.money(line.net, currency), formatting.rate(line.vat_rate)
    return f"{net}\t{days}{tabs}{rate}{GAP}{line.description}"


def payment_code(invoice: Invoice) -> str:
    """The EPC code for what is left to pay, as the address of an image; empty where nothing is paid by transfer.

    Belgian banks read a structured communication from the text of the code: it is no ISO reference.
    """
    left: Decimal = invoice.outstanding
    if not (left and invoice.iban and invoice.currency == "EUR") or invoice.is_direct_debit:
        return ""
    code = segno.helpers.make_epc_qr(
        name=invoice.supplier_name[:_LONGEST_NAME],
        iban=invoice.iban,
        amount=left,
        text=structured.shown(invoice.reference) or invoice.number,
        encoding="utf-8",
    )
    return str(code.svg_data_uri(border=2))
