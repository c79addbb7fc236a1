"""Finds the orders that are due and wakes workers up for them, so that no order depends on a message having arrived."""

from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet, Window
from django.db.models.functions import Now, RowNumber

from sims.models import Order
from sims.orders import patience
from sims.orders.waking import wake_worker

SWEEP_SIZE = 500

logger = structlog.get_logger(__name__)


def sweep(limit: int = SWEEP_SIZE) -> int:
    """Send a wake-up for up to ``limit`` due orders and say for how many; two sweeps at once share the work.

    Dealt out like cards: the longest waiting order of every company, then everybody's second, so that a company with
    ten thousand orders does not keep the others waiting.
    """
    with transaction.atomic():
        turns = _dealt(limit)
        free = _waiting().filter(pk__in=turns).select_for_update(skip_locked=True, of=("self",))
        hand = sorted(free, key=lambda order: turns[order.pk])
        again = patience.from_now(settings.ORDER_WAKE_AGAIN_SECONDS)
        _all().filter(pk__in=[order.pk for order in hand]).update(wake_after=again)
        for order in hand:
            wake_worker(order)
    if hand:
        logger.info("orders_swept", count=len(hand))
    return len(hand)


def _all() -> "QuerySet[Order]":
    orders: QuerySet[Order] = Order.objects.across_customers(reason="the sweep serves every company")
    return orders


def _waiting() -> "QuerySet[Order]":
    not_woken = Q(wake_after=None) | Q(wake_after__lte=Now())
    not_taken = Q(lease_until=None) | Q(lease_until__lte=Now())
    return _all().filter(not_woken, not_taken, due_at__lte=Now())


def _dealt(limit: int) -> dict[UUID, int]:
    """Which orders come first, with their place in the row."""
    turn = Window(RowNumber(), partition_by=F("customer_id"), order_by=[F("due_at"), F("pk")])
    ids = _waiting().annotate(turn=turn).order_by("turn", "due_at").values_list("pk", flat=True)[:limit]
    return {pk: place for place, pk in enumerate(ids)}
