"""Transfers that come later than promised, and what the company may claim for them.

The compensation is per day and number and is asked from the new operator within six months after the request for the
transfer; it is not paid by itself.
The amounts are the setting ``PORT_LATE_COMPENSATION``; docs/domain.md names their source.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.conf import settings
from django.utils import timezone

from sims.enums import OrderKind, OrderState
from sims.models import Order
from sims.orders import calendar

MONTHS_TO_CLAIM = 6


@dataclass(frozen=True, slots=True)
class Lateness:
    """``days`` in Belgium after the promised day, ``amount`` in euro so far.

    ``moved`` is None while the amount still grows; ``claim_until`` is the last day to claim.
    """

    days: int
    amount: Decimal
    promised: date
    moved: date | None
    claim_until: date


def lateness_of(order: Order, today: date | None = None) -> Lateness | None:
    """How late this number transfer is or was; None when it keeps or kept its day, or ended otherwise."""
    if order.kind != OrderKind.PORT_IN or order.slot_at is None:
        return None
    moved = calendar.local_day(order.cut_over_at) if order.cut_over_at else None
    if moved is None and (order.state == OrderState.COMPLETED or not order.is_open):
        return None
    promised = calendar.local_day(order.slot_at)
    end = moved or today or calendar.local_day(timezone.now())
    days = (end - promised).days
    if days <= 0:
        return None
    amount = sum((amount_on(promised + timedelta(days=n + 1)) for n in range(days)), Decimal())
    asked = calendar.local_day(order.created_at)
    return Lateness(days, amount, promised, moved, months_after(asked, MONTHS_TO_CLAIM))


def amount_on(day: date) -> Decimal:
    """Euro per day and number, as it stands on that day; nothing before the first amount."""
    known = sorted((date.fromisoformat(since), Decimal(amount)) for since, amount in settings.PORT_LATE_COMPENSATION)
    return next((amount for since, amount in reversed(known) if since <= day), Decimal())


def months_after(day: date, count: int) -> date:
    """The same day so many months later, or the last of that month when it is shorter."""
    month = day.month - 1 + count
    year, month = day.year + month // 12, month % 12 + 1
    following = date(year + month // 12, month % 12 + 1, 1)
    return min(date(year, month, 1) + timedelta(days=day.day - 1), following - timedelta(days=1))
