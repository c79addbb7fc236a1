"""What a line has spent on services of third parties this month, as the operator told it and when."""

from datetime import datetime
from decimal import Decimal

from django.utils import timezone

from sims.models import Line
from sims.orders.calendar import local_day

# Belgian standard rate, on what the operator bills for its own services; limits and prices are without it.
VAT = Decimal("0.21")
SPENT = ("third_party_spent", "third_party_spent_at")


def put_spent(line: Line, spent: Decimal | None, *, at: datetime) -> tuple[str, ...]:
    """Set what the operator told at ``at`` and answer the columns to save; an older figure never replaces a newer."""
    if spent is None or (line.third_party_spent_at is not None and line.third_party_spent_at > at):
        return ()
    line.third_party_spent, line.third_party_spent_at = spent, at
    return SPENT


def spent_this_month(line: Line, *, now: datetime | None = None) -> Decimal | None:
    """Euro spent so far; None when the last figure is of an earlier month or there is none."""
    if line.third_party_spent is None or line.third_party_spent_at is None:
        return None
    today, day = local_day(now or timezone.now()), local_day(line.third_party_spent_at)
    return line.third_party_spent if (day.year, day.month) == (today.year, today.month) else None
