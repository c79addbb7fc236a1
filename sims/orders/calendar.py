"""Days in Belgium: what day it is there, which days are working days, and the moments days and port windows begin.

Moments are UTC, decisions are made in Europe/Brussels.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays
from django.conf import settings

BRUSSELS = ZoneInfo("Europe/Brussels")
SATURDAY = 5


@cache
def _legal_holidays() -> holidays.HolidayBase:
    """The ten legal holidays; bank and community holidays are working days for number transfers."""
    return holidays.country_holidays("BE", categories=("public",))


def local_day(moment: datetime) -> date:
    return moment.astimezone(BRUSSELS).date()


def is_working_day(day: date) -> bool:
    return day.weekday() < SATURDAY and day not in _legal_holidays()


def working_day_after(day: date, count: int = 1) -> date:
    """The ``count``-th working day after ``day``; with 0, ``day`` itself or the first working day after it."""
    if count == 0:
        return day if is_working_day(day) else working_day_after(day)
    for _step in range(count):
        day += timedelta(days=1)
        while not is_working_day(day):
            day += timedelta(days=1)
    return day


def working_day_before(day: date, count: int = 1) -> date:
    """The ``count``-th working day before ``day``; with 0, ``day`` itself."""
    for _step in range(count):
        day -= timedelta(days=1)
        while not is_working_day(day):
            day -= timedelta(days=1)
    return day


def start_of_day(day: date) -> datetime:
    """Local midnight. The clock changes at two or three in the night, so midnight exists exactly once every day."""
    return datetime.combine(day, time.min, BRUSSELS).astimezone(UTC)


def end_of_day(day: date) -> datetime:
    """One minute before the next local midnight, so that it still reads as that day."""
    return start_of_day(day + timedelta(days=1)) - timedelta(minutes=1)


def next_period(day: date) -> date:
    """The first day of the billing period after the one ``day`` is in: the first of the next month."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def port_window(day: date) -> tuple[datetime, datetime]:
    """Between which moments numbers are taken over on a working day."""
    start, end = (time.fromisoformat(text) for text in settings.PORT_IN_WINDOW)
    return (
        datetime.combine(day, start, BRUSSELS).astimezone(UTC),
        datetime.combine(day, end, BRUSSELS).astimezone(UTC),
    )


def port_window_start(day: date) -> datetime:
    return port_window(day)[0]


def earliest_port_day(now: datetime) -> date:
    """The first day a number can be taken over when it is asked at ``now``; today only while its window is open."""
    lead = settings.PORT_IN_LEAD_WORKING_DAYS
    today = local_day(now)
    if lead == 0 and now >= port_window(today)[1]:
        return working_day_after(today)
    return working_day_after(today, lead)


def port_request_from(moment: datetime) -> datetime:
    """When a transfer for this moment is sent: so many working days ahead that the donor can validate it in time."""
    day = working_day_before(local_day(moment), settings.PORT_IN_LEAD_WORKING_DAYS)
    return min(moment, port_window_start(day)) if settings.PORT_IN_LEAD_WORKING_DAYS else moment
