"""What is said about an invoice's state: its badge, how long it has or is late, its payment reference as written."""

import re
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.enums import InvoiceKind, InvoiceState
from fleetportal.web import formatting

_STRUCTURED = re.compile(r"(\d{3})(\d{4})(\d{5})")
_LOOKS: dict[str, str] = {
    InvoiceState.OVERDUE: "overdue",
    InvoiceState.OPEN: "due",
    InvoiceState.DEBIT: "debit",
    InvoiceState.PAID: "paid",
}


def look_of(invoice: Any) -> str:
    """The key of the badge of an invoice with its state (``queries.invoices.with_state``)."""
    return _LOOKS.get(invoice.state, "credit")


def due_note(invoice: Any, day: date) -> str:
    """How many days an open invoice has left or is late, what was paid of it already; empty when all is said."""
    if invoice.kind == InvoiceKind.CREDIT_NOTE or invoice.state == InvoiceState.PAID:
        return ""
    if invoice.paid or invoice.credited:
        return _("%(amount)s left to pay") % {"amount": formatting.money(invoice.left, invoice.currency)}
    if invoice.due_on is None:
        return ""
    days = (invoice.due_on - day).days
    if days < 0:
        return late_text(invoice.due_on, day)
    if days == 0:
        return _("today")
    return ngettext("in %(n)s day", "in %(n)s days", days) % {"n": formatting.number(days)}


def late_text(due: date | None, day: date) -> str:
    """How late something due is that was not paid."""
    days = (day - due).days if due else 0
    return ngettext("%(n)s day late", "%(n)s days late", days) % {"n": formatting.number(days)}


def written_reference(reference: str) -> str:
    """Twelve digits as a structured communication ``+++123/4567/89002+++``; any other text as it is."""
    match = _STRUCTURED.fullmatch(reference)
    return f"+++{match[1]}/{match[2]}/{match[3]}+++" if match else reference


def signed_total(invoice: Any) -> str:
    """What it comes to with VAT; below nothing for a credit note."""
    is_credit = invoice.kind == InvoiceKind.CREDIT_NOTE
    return formatting.money(-invoice.total if is_credit else invoice.total, invoice.currency)
