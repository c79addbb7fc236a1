"""What is said about an invoice's state: its badge, how long it has or is late, amounts with a sign."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.enums import InvoiceKind, InvoiceState
from fleetportal.web import formatting

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
    """How many days an open invoice has left or is late; empty when all is said."""
    if invoice.kind == InvoiceKind.CREDIT_NOTE or invoice.state == InvoiceState.PAID:
        return ""
    if invoice.due_on is None:
        return ""
    days = (invoice.due_on - day).days
    if days < 0:
        return late_text(invoice.due_on, day)
    if days == 0:
        return _("today")
    return ngettext("in %(n)s day", "in %(n)s days", days) % {"n": formatting.number(days)}


def left_note(invoice: Any) -> str:
    """What is left of an invoice that was paid or credited in part."""
    if not invoice.left or invoice.left == invoice.total:
        return ""
    return _("%(amount)s left to pay") % {"amount": formatting.money(invoice.left, invoice.currency)}


def late_text(due: date | None, day: date) -> str:
    """How late something due is that was not paid."""
    days = (day - due).days if due else 0
    return ngettext("%(n)s day late", "%(n)s days late", days) % {"n": formatting.number(days)}


def signed_total(invoice: Any) -> str:
    """What it comes to with VAT; below nothing for a credit note."""
    total = formatting.money(invoice.total, invoice.currency)
    return f"−{formatting.NBSP}{total}" if invoice.kind == InvoiceKind.CREDIT_NOTE else total


def signed_change(amount: Decimal, currency: str = "EUR") -> str:
    """A difference with its sign, also above nothing; empty where there is none."""
    if not amount:
        return ""
    return f"{'+' if amount > 0 else '−'}{formatting.NBSP}{formatting.money(abs(amount), currency)}"
