"""Which of the due orders come next: dealt out over the companies, and taken by one at a time."""

from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet, Window
from django.db.models.functions import Now, RowNumber

from sims.models import Order
from sims.orders import patience


def deal(limit: int, *, is_bulk: bool) -> list[Order]:
    """Up to ``limit`` due orders that nobody else is dealt for a while; two who ask at once share them.

    Dealt out like cards: the longest waiting order of every company, then everybody's second, so that a company with
    ten thousand orders does not keep the others waiting.
    """
    with transaction.atomic():
        turns = _turns(limit, is_bulk)
        free = waiting(is_bulk=is_bulk).filter(pk__in=turns).select_for_update(skip_locked=True, of=("self",))
        hand = sorted(free, key=lambda order: turns[order.pk])
        again = patience.from_now(settings.ORDER_WAKE_AGAIN_SECONDS)
        _all().filter(pk__in=[order.pk for order in hand]).update(wake_after=again)
    return hand


def give_back(hand: list[Order]) -> None:
    """Whoever was dealt these did not get to them."""
    _all().filter(pk__in=[order.pk for order in hand]).update(wake_after=None)


def waiting(*, is_bulk: bool) -> "QuerySet[Order]":
    """Due orders that nobody is at and nobody was dealt."""
    not_dealt = Q(wake_after=None) | Q(wake_after__lte=Now())
    not_taken = Q(lease_until=None) | Q(lease_until__lte=Now())
    return _all().filter(not_dealt, not_taken, is_bulk=is_bulk, due_at__lte=Now())


def seconds_until_next(within: float, *, is_bulk: bool) -> float | None:
    """How long until another one becomes due, by the database's clock; None when that takes longer than ``within``."""
    soon = _all().filter(is_bulk=is_bulk, due_at__gt=Now(), due_at__lte=patience.from_now(within))
    wait = soon.order_by("due_at").values_list(F("due_at") - Now(), flat=True).first()
    return None if wait is None else float(wait.total_seconds())


def _all() -> "QuerySet[Order]":
    orders: QuerySet[Order] = Order.objects.across_customers(reason="workers serve every company")
    return orders


def _turns(limit: int, is_bulk: bool) -> dict[UUID, int]:
    """Which orders come first, with their place in the row."""
    turn = Window(RowNumber(), partition_by=F("customer_id"), order_by=[F("due_at"), F("pk")])
    ids = waiting(is_bulk=is_bulk).annotate(turn=turn).order_by("turn", "due_at").values_list("pk", flat=True)[:limit]
    return {pk: place for place, pk in enumerate(ids)}
