"""A payment service inside the portal, for installations without a real one: same steps, no money.

The person who pays chooses on its page what the bank would have answered. It keeps its own rows and shares none with
the payments of the portal, so that what it says has to be asked for like anywhere else.
"""

import re
import secrets
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from billing.enums import PaymentMode, PaymentState
from billing.gateways.base import GatewayPayment, Method, NewPayment, Rejected
from billing.models import SimulatedPayment, SimulatedRefund

REFERENCE = re.compile(r"sim_[a-z0-9]{16}\Z")
LIFETIME = timedelta(minutes=15)
METHODS = (
    Method("bancontact", "Bancontact", Decimal("0.02"), Decimal(50_000)),
    Method("creditcard", "Card", Decimal("0.01"), Decimal(10_000)),
)
# What the person who pays can choose, and what becomes of the payment.
RESULTS = {
    "paid": PaymentState.PAID,
    "later": PaymentState.PENDING,
    "failed": PaymentState.FAILED,
    "cancelled": PaymentState.CANCELLED,
}


class SimulatedGateway:
    """Implements :class:`billing.gateways.base.PaymentGateway`."""

    name = "simulated"
    mode = PaymentMode.TEST
    is_simulated = True

    def is_reference(self, text: str) -> bool:
        return REFERENCE.match(text) is not None

    def methods(self, currency: str) -> Sequence[Method]:
        return METHODS

    def create(self, new: NewPayment) -> GatewayPayment:
        now = timezone.now()
        row, _is_new = SimulatedPayment.objects.get_or_create(
            key=new.key,
            defaults={
                "reference": f"sim_{secrets.token_hex(8)}",
                "payment": new.payment_id,
                "amount": new.amount,
                "currency": new.currency,
                "method": new.method,
                "description": new.description[:200],
                "return_url": new.return_url,
                "created_at": now,
                "expires_at": now + LIFETIME,
            },
        )
        return _payment(row, now)

    def fetch(self, reference: str) -> GatewayPayment:
        row = SimulatedPayment.objects.filter(reference=reference).first()
        if row is None:
            raise Rejected("missing", "no such payment")
        return _payment(row, timezone.now())

    def find(self, payment_id: UUID, since: datetime) -> GatewayPayment | None:
        row = SimulatedPayment.objects.filter(payment=payment_id, created_at__gte=since - LIFETIME).first()
        return _payment(row, timezone.now()) if row else None

    def payments_since(self, since: datetime) -> Iterator[GatewayPayment]:
        now = timezone.now()
        for row in SimulatedPayment.objects.filter(created_at__gte=since).order_by("-created_at"):
            yield _payment(row, now)

    def cancel(self, reference: str) -> GatewayPayment:
        if not decide(reference, "cancelled"):
            raise Rejected("refused", "The payment can no longer be cancelled.")
        return self.fetch(reference)

    def refund(self, reference: str, *, key: UUID, amount: Decimal, currency: str, description: str) -> str:
        with transaction.atomic():
            row = SimulatedPayment.objects.select_for_update().filter(reference=reference).first()
            if row is None:
                raise Rejected("missing", "no such payment")
            earlier = SimulatedRefund.objects.filter(key=key).first()
            if earlier is not None:
                return earlier.reference
            if _state(row, timezone.now()) != PaymentState.PAID or row.refunded + amount > row.amount:
                raise Rejected("refused", "The amount is higher than what is left.")
            made = SimulatedRefund.objects.create(
                key=key, payment=row, amount=amount, reference=f"re_{secrets.token_hex(8)}"
            )
            SimulatedPayment.objects.filter(pk=row.pk).update(refunded=F("refunded") + amount)
        return made.reference


def decide(reference: str, result: str) -> bool:
    """What the bank answers, once; False when the payment is not waiting for it any more."""
    now = timezone.now()
    values: dict[str, object] = {"status": RESULTS[result]}
    if result == "paid":
        values["paid_at"] = now
    elif result == "later":
        values["pays_at"] = now + timedelta(seconds=settings.SIMULATED_PAYMENT_SECONDS)
    waiting = Q(status=PaymentState.OPEN, expires_at__gt=now)
    return bool(SimulatedPayment.objects.filter(waiting, reference=reference).update(**values))


def _state(row: SimulatedPayment, now: datetime) -> PaymentState:
    """A payment whose time has come changes by itself, as at a real bank."""
    if row.status == PaymentState.PENDING and row.pays_at and row.pays_at <= now:
        return PaymentState.PAID
    if row.status == PaymentState.OPEN and row.expires_at <= now:
        return PaymentState.EXPIRED
    return PaymentState(row.status)


def _payment(row: SimulatedPayment, now: datetime) -> GatewayPayment:
    state = _state(row, now)
    return GatewayPayment(
        reference=row.reference,
        mode=PaymentMode.TEST,
        state=state,
        amount=row.amount,
        currency=row.currency,
        payment_id=str(row.payment),
        created_at=row.created_at,
        checkout_url=reverse("payment_simulated", args=[row.reference]) if state == PaymentState.OPEN else "",
        expires_at=row.expires_at,
        paid_at=(row.paid_at or row.pays_at) if state == PaymentState.PAID else None,
        refunded=row.refunded,
    )
