"""Curves of bundles as an import leaves them: one counter per day, and that of each line."""

from datetime import date, timedelta

from groupbundles.models import BundleUsageDay, GroupBundle
from sims.models import Line
from sims.orders.calendar import is_working_day
from tests.usage import use

GB = 10**9


def days(start: date, end: date) -> list[date]:
    """From ``start``, without ``end``."""
    return [start + timedelta(days=n) for n in range((end - start).days)]


def curve(bundle: GroupBundle, start: date, end: date, *, working: int = 60 * GB, off: int = 20 * GB) -> int:
    """The same amount on every working day and on every day off; returns the sum."""
    rows = [
        BundleUsageDay(
            customer=bundle.customer,
            code=bundle.code,
            kind=bundle.kind,
            day=day,
            quantity=working if is_working_day(day) else off,
            records=1,
        )
        for day in days(start, end)
    ]
    BundleUsageDay.objects.bulk_create(rows)
    return sum(row.quantity for row in rows)


def used(bundle: GroupBundle, line: Line, day: date, amount: int) -> None:
    """``line`` used so much of the bundle on ``day``."""
    use(line, day, amount, kind=bundle.kind, bundle=bundle.code)
