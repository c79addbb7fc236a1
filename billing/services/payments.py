"""Starting, settling and ending online payments.

The row is written and committed first, the payment service is called outside any transaction, and what it says is
compared with the row and taken over under its lock. An answer that was lost is settled by asking, never by a second
payment; money counts once, whatever order redirect, webhook, double click and retry come in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import Customer
from billing.enums import AuditKind, PaymentState
from billing.gateways.base import Busy, ContractError, GatewayError, NewPayment, Rejected, Uncertain
from billing.gateways.registry import gateway, gateway_named
from billing.models import Invoice, Payment, PaymentShare
from billing.services.bookings import locked_invoices
from billing.services.taking import doubt, locked_payment, take
from fleetportal.audit.actors import Actor
from fleetportal.audit.services import record
from fleetportal.web.errors import Refusal

# How long a payment whose beginning got no answer is asked for with the same key; services keep keys for an hour.
BEGIN_AGAIN = timedelta(minutes=10)
# An answer that was overtaken by another one is asked for again so often.
TRIES = 5
CURRENCY = "EUR"
logger = structlog.get_logger(__name__)


class AlreadyUnderWay(Exception):
    """One of the invoices has an open payment: that one is finished or cancelled first."""

    def __init__(self, payment: Payment) -> None:
        super().__init__(str(payment.public_id))
        self.payment = payment


@dataclass(frozen=True, slots=True)
class PaymentWish:
    """What somebody asked on the page: these invoices in this way.

    ``key`` is that of the form he looked at, ``total`` the amount he saw.
    """

    invoices: Sequence[Invoice]
    method: str
    key: UUID
    total: Decimal
    language: str = "nl"


def start_payment(*, customer: Customer, wish: PaymentWish, by: Actor) -> Payment:
    """A payment that can be gone on with, or raises ``Refusal`` or :class:`AlreadyUnderWay`.

    Its ``checkout_url`` is empty while the payment service gives no answer.
    """
    payment = _opened(customer, wish, by)
    try:
        return begin(payment)
    except (Busy, Uncertain, ContractError) as error:
        logger.warning("payment_not_begun", payment=payment.pk, error=str(error))
        return _again(payment)


def _opened(customer: Customer, wish: PaymentWish, by: Actor) -> Payment:
    """The row, before anybody else hears of it."""
    service = gateway()
    if service is None:
        raise Refusal(_("Online payment is not set up here. Pay by bank transfer."), field="method")
    with transaction.atomic():
        invoices = list(locked_invoices([invoice.pk for invoice in wish.invoices]).values())
        if (earlier := _earlier(customer, invoices, wish.key)) is not None:
            return earlier
        _check(invoices, wish)
        payment: Payment = Payment.objects.create(
            customer=customer,
            idempotency_key=wish.key,
            gateway=service.name,
            mode=service.mode,
            method=wish.method,
            amount=wish.total,
            currency=CURRENCY,
            language=wish.language,
            created_by_id=by.id,
            created_by_name=by.name,
            check_at=timezone.now() + timedelta(minutes=1),
        )
        PaymentShare.objects.bulk_create(
            PaymentShare(customer=customer, payment=payment, invoice=invoice, amount=invoice.outstanding)
            for invoice in invoices
        )
        after = {"amount": str(payment.amount), "method": payment.method, "invoices": [one.number for one in invoices]}
        record(AuditKind.PAYMENT_STARTED, by=by, customer_id=customer.pk, subject=payment, after=after)
    return payment


def _earlier(customer: Customer, invoices: Sequence[Invoice], key: UUID) -> Payment | None:
    """The payment this very form made before; raises when another one is open on an invoice."""
    payments = Payment.objects.for_customer(customer)
    same: Payment | None = payments.filter(idempotency_key=key).first()
    if same is not None:
        return same
    open_shares = PaymentShare.objects.for_customer(customer).filter(invoice__in=invoices, is_open=True)
    under_way: Payment | None = payments.filter(pk__in=open_shares.values("payment")).first()
    if under_way is not None:
        raise AlreadyUnderWay(under_way)
    return None


def _check(invoices: Sequence[Invoice], wish: PaymentWish) -> None:
    if not invoices or any(invoice.outstanding <= 0 for invoice in invoices):
        raise Refusal(_("One of these invoices has been paid meanwhile."))
    if any(invoice.currency != CURRENCY for invoice in invoices):
        raise Refusal(_("Only invoices in euro can be paid online."))
    if sum(invoice.outstanding for invoice in invoices) != wish.total:
        raise Refusal(_("What is to be paid has changed meanwhile. Look at the amount and confirm again."))


def begin(payment: Payment) -> Payment:
    """Ask the payment service for it, with the key it was given; raises when there is no answer."""
    if payment.state != PaymentState.NEW:
        return payment
    try:
        answer = gateway_named(payment.gateway).create(_asked(payment))
    except Rejected as refused:
        return _not_begun(payment, refused.message)
    return take(payment_id=payment.pk, answer=answer, seen=payment.version) or _again(payment)


def _asked(payment: Payment) -> NewPayment:
    numbers = [share.invoice.number for share in payment.shares.select_related("invoice")]
    with override(payment.language):
        description = _("Invoice %(numbers)s") % {"numbers": ", ".join(numbers)}
    return NewPayment(
        key=payment.idempotency_key,
        payment_id=payment.public_id,
        amount=payment.amount,
        currency=payment.currency,
        method=payment.method,
        description=description,
        return_url=settings.PORTAL_URL + reverse("payment_return", args=[payment.public_id]),
        webhook_url=_webhook(),
        language=payment.language,
    )


def _webhook() -> str:
    """Only where the payment service can reach it: it refuses an address of this machine."""
    is_reached = settings.PORTAL_URL.startswith("https://") or settings.MOLLIE_API_URL.startswith("http://127.0.0.1")
    return settings.PORTAL_URL + reverse("payment_webhook") if is_reached else ""


def _again(payment: Payment) -> Payment:
    payment.refresh_from_db()
    return payment


def _not_begun(payment: Payment, reason: str) -> Payment:
    """The service has no such payment: nothing can be paid on it, and the invoices are free again."""
    with transaction.atomic():
        row = locked_payment(payment.pk)
        if row.state != PaymentState.NEW:
            return row
        row.state, row.reason, row.ended_at, row.check_at = PaymentState.FAILED, reason[:200], timezone.now(), None
        row.version += 1
        row.save()
        row.shares.update(is_open=False)
        after = {"amount": str(row.amount), "reason": row.reason}
        by = Actor.system("payments")
        record(AuditKind.PAYMENT_FAILED, by=by, customer_id=row.customer_id, subject=row, after=after)
    return row


def settle_payment(*, payment: Payment) -> Payment:
    """How it stands at the payment service now, taken over once; raises ``GatewayError`` when it cannot be asked."""
    for _try in range(TRIES):
        payment = _again(payment)
        if not payment.gateway_reference:
            return _look_for(payment) if payment.state == PaymentState.NEW else payment
        try:
            answer = gateway_named(payment.gateway).fetch(payment.gateway_reference)
        except Rejected as refused:
            if refused.code != "missing":
                raise
            return doubt(payment_id=payment.pk)
        settled = take(payment_id=payment.pk, answer=answer, seen=payment.version)
        if settled is not None:
            return settled
    raise Uncertain("other answers kept coming in between")


def _look_for(payment: Payment) -> Payment:
    """A payment whose beginning was never answered: asked for with its key while that is kept, then looked up.

    Nobody was sent to a payment page of it, so one that is not found cannot be paid any more.
    """
    if timezone.now() - payment.created_at < BEGIN_AGAIN:
        return begin(payment)
    answer = gateway_named(payment.gateway).find(payment.public_id, payment.created_at)
    if answer is None:
        return _not_begun(payment, "")
    return take(payment_id=payment.pk, answer=answer, seen=payment.version) or _again(payment)


def cancel_payment(*, payment: Payment, by: Actor) -> Payment:
    """End it where the payment service still allows that; raises ``Refusal`` with what to do instead."""
    payment = _again(payment)
    if not payment.is_open:
        return payment
    if not payment.gateway_reference:
        raise Refusal(_("The payment is still being prepared. Try again in a minute."))
    try:
        answer = gateway_named(payment.gateway).cancel(payment.gateway_reference)
        taken = take(payment_id=payment.pk, answer=answer, seen=payment.version, by=by)
        return taken or settle_payment(payment=payment)
    except Rejected:
        return _not_cancelled(payment)
    except GatewayError as error:
        raise Refusal(_("The payment service does not answer. Try again in a minute.")) from error


def _not_cancelled(payment: Payment) -> Payment:
    """It is too late, or this method cannot be cancelled from outside: what became of it says the service."""
    try:
        payment = settle_payment(payment=payment)
    except GatewayError as error:
        raise Refusal(_("The payment service does not answer. Try again in a minute.")) from error
    if payment.is_open:
        raise Refusal(_("This payment can only be cancelled on the page of the bank. It ends by itself when unused."))
    return payment


def postpone(*, payment_id: int, until: datetime) -> None:
    """Ask no earlier than this: the payment service could not be asked now."""
    rows = Payment.objects.across_customers(reason="the sweep asks about payments of every company")
    rows.filter(pk=payment_id, check_at__isnull=False).update(check_at=until)


def due_payments(*, limit: int, lease: timedelta) -> list[int]:
    """Claims payments to ask about: nobody else gets them during ``lease``."""
    now = timezone.now()
    rows = Payment.objects.across_customers(reason="the sweep asks about payments of every company")
    with transaction.atomic():
        due = rows.filter(check_at__lte=now).order_by("check_at").select_for_update(skip_locked=True, of=("self",))
        keys = list(due.values_list("pk", flat=True)[:limit])
        rows.filter(pk__in=keys).update(check_at=now + lease)
    return keys
