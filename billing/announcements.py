"""What people are told about invoices: a new one came in."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.permissions import Permission
from fleetportal.shell.registry import NotificationEvent
from fleetportal.web import formatting

NEW_INVOICE = "billing.invoice"

Params = Mapping[str, Any]


def _title(params: Params) -> str:
    text = _("New credit note %(number)s") if params["is_credit_note"] else _("New invoice %(number)s")
    return text % {"number": params["number"]}


def _body(params: Params) -> str:
    amount = formatting.eur(Decimal(params["payable"]))
    if params["is_credit_note"] or not params["due_on"]:
        return _("%(account)s: %(amount)s.") % {"account": params["account"], "amount": amount}
    day = date_format(date.fromisoformat(params["due_on"]), "j F Y")
    text = (
        _("%(account)s: %(amount)s, collected by direct debit on %(day)s.")
        if params["is_direct_debit"]
        else _("%(account)s: %(amount)s, to be paid by %(day)s.")
    )
    return text % {"account": params["account"], "amount": amount, "day": day}


EVENTS = [
    NotificationEvent(
        NEW_INVOICE,
        gettext_lazy("A new invoice or credit note"),
        gettext_lazy("The operator sent an invoice or a credit note on a billing account that you may see."),
        _title,
        _body,
        icon="receipt-euro",
        permission=Permission.VIEW_INVOICES,
        order=50,
    ),
]
