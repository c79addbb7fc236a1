"""What people are told about payments: the events, their texts, and to whom they go."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.permissions import Permission
from billing.enums import PaymentState
from billing.models import Payment
from fleetportal.notifications.enums import MailTiming
from fleetportal.notifications.services import notify
from fleetportal.shell.registry import NotificationEvent
from fleetportal.web import formatting

PAID, FAILED, GIVEN_BACK = "billing.payment_paid", "billing.payment_failed", "billing.payment_given_back"
Params = Mapping[str, Any]


def _amount(params: Params) -> dict[str, str]:
    return {"amount": formatting.eur(Decimal(params["amount"]))}


def _invoices(params: Params) -> str:
    return _("Invoice %(numbers)s") % {"numbers": ", ".join(params["invoices"])}


EVENTS = [
    NotificationEvent(
        PAID,
        gettext_lazy("A payment was received"),
        gettext_lazy("A payment that you started reached the operator."),
        lambda params: _("Payment of %(amount)s received") % _amount(params),
        _invoices,
        icon="circle-check",
        tone="ok",
        permission=Permission.PAY_INVOICES,
        order=60,
    ),
    NotificationEvent(
        FAILED,
        gettext_lazy("A payment failed"),
        gettext_lazy("A payment that you started was refused by the bank."),
        lambda params: _("Payment of %(amount)s failed") % _amount(params),
        _invoices,
        icon="alert-triangle",
        tone="bad",
        permission=Permission.PAY_INVOICES,
        mail=MailTiming.NOW,
        order=61,
    ),
    NotificationEvent(
        GIVEN_BACK,
        gettext_lazy("A payment was given back"),
        gettext_lazy("The operator refunded a payment that you started, or your bank took it back."),
        lambda params: _("%(amount)s of a payment was given back") % _amount(params),
        _invoices,
        icon="refresh",
        tone="warn",
        permission=Permission.PAY_INVOICES,
        mail=MailTiming.NOW,
        order=62,
    ),
]


def tell_how_it_ended(payment: Payment) -> None:
    """Who started it hears that it was paid or refused; what he cancelled or left alone he knows."""
    event = {PaymentState.PAID: PAID, PaymentState.FAILED: FAILED}.get(PaymentState(payment.state))
    if event is not None:
        _tell(event, payment, f"payment:{payment.pk}:{payment.state}", payment.amount)


def tell_given_back(payment: Payment, amount: Decimal) -> None:
    _tell(GIVEN_BACK, payment, f"payment:{payment.pk}:back:{payment.version}", amount)


def _tell(event: str, payment: Payment, once_key: str, amount: Decimal) -> None:
    if payment.created_by_id is None:
        return
    numbers = [share.invoice.number for share in payment.shares.select_related("invoice")]
    notify(
        customer_id=payment.customer_id,
        event=event,
        recipients=[payment.created_by_id],
        once_key=once_key,
        params={"amount": str(amount), "invoices": numbers},
        url=reverse("payment_return", args=[payment.public_id]),
    )
