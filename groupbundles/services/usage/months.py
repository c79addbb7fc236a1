"""Which months usage may be of: the calendar of Europe/Brussels, and how long each kind of data is kept."""

from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import Max

from groupbundles.models import PurgedMonth
from groupbundles.periods import period_of, shifted

# Clocks differ, and somebody may phone at midnight on the other side of the world.
AHEAD = timedelta(days=1)


def oldest_period(now: datetime) -> date:
    """The oldest month of which records are taken in: kept, and never removed before.

    A month that was removed is over for good: a longer retention later must not let its records count again.
    """
    kept = shifted(period_of(now), -settings.USAGE_RECORD_MONTHS)
    purged: date | None = PurgedMonth.objects.aggregate(last=Max("period"))["last"]
    return max(kept, shifted(purged, 1)) if purged else kept


def latest_moment(now: datetime) -> datetime:
    """Past this, a record is of the future and not believed."""
    return now + AHEAD
