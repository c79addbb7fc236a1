"""A bank transfer of one invoice: what to fill in, and the same as a QR code that banking apps scan."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.safestring import SafeString, mark_safe
from segno.helpers import make_epc_qr
from stdnum import iban

from billing.models import Invoice
from billing.structured import shown

LONGEST_NAME, LONGEST_TEXT = 70, 140
MOST = Decimal("999999999.99")


@dataclass(frozen=True, slots=True)
class Transfer:
    """``iban`` is empty where the invoice names no account; ``qr`` is an SVG, empty where no code can be made."""

    invoice: Invoice
    amount: Decimal
    name: str
    iban: str
    communication: str
    qr: SafeString


def transfer_of(invoice: Invoice, *, with_code: bool = True) -> Transfer:
    """The transfer that pays what is left of an invoice."""
    amount = invoice.outstanding
    communication = shown(invoice.reference) or invoice.number
    name = invoice.supplier_name[:LONGEST_NAME]
    account = iban.format(invoice.iban) if invoice.iban else ""
    code = epc_qr(name, invoice.iban, amount, communication) if with_code else SafeString("")
    return Transfer(invoice, amount, name, account, communication, code)


def epc_qr(name: str, account: str, amount: Decimal, communication: str) -> SafeString:
    """The EPC code of a transfer in euro. Belgian banks read their communication from the free text."""
    if not account or not 0 < amount <= MOST:
        return SafeString("")
    code = make_epc_qr(name=name, iban=account, amount=amount, text=communication[:LONGEST_TEXT], encoding="utf-8")
    return mark_safe(code.svg_inline(border=4, omitsize=True, svgclass="qr", lineclass=None))  # noqa: S308
