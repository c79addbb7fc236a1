"""Months in Belgium, by their first day: what usage is counted in."""

import re
from calendar import monthrange
from datetime import date, datetime, timedelta

from django.utils import timezone

from sims.orders.calendar import local_day, next_period

_ASKED = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")


def today(now: datetime | None = None) -> date:
    """The day it is in Belgium."""
    return local_day(now or timezone.now())


def first_of_month(day: date) -> date:
    return day.replace(day=1)


def previous_period(period: date) -> date:
    return first_of_month(period - timedelta(days=1))


def last_day(period: date) -> date:
    return next_period(period) - timedelta(days=1)


def periods_until(period: date, count: int) -> list[date]:
    """``count`` periods, ``period`` first and then back in time."""
    found = [period]
    while len(found) < count:
        found.append(previous_period(found[-1]))
    return found


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier, or the last day of that month where it has no such day."""
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def asked_period(text: str, *, latest: date, count: int) -> date:
    """``2026-11`` as an address has it; what makes no sense, or is not among the last ``count``, gives the latest."""
    match = _ASKED.fullmatch(text)
    asked = date(int(match[1]), int(match[2]), 1) if match else latest
    return asked if asked in periods_until(latest, count) else latest


def period_of(moment: datetime) -> date:
    """The first day of the month in which it is in Belgium."""
    return timezone.localtime(moment).date().replace(day=1)


def shifted(period: date, months: int) -> date:
    """The first day of the month so many months later, or earlier."""
    year, month = divmod(period.year * 12 + period.month - 1 + months, 12)
    return date(year, month + 1, 1)
