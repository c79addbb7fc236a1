"""The month of a bundle drawn: the running total, the days, and both as a table."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate

from django.utils import formats
from django.utils.translation import gettext as _

from fleetportal.web import formatting
from fleetportal.web.charts import Bar, Chart, area_chart, column_chart
from groupbundles.outlook import outlook_of
from groupbundles.periods import previous_period
from groupbundles.queries.bundle_usage import BundleMonth, Days


@dataclass(frozen=True, slots=True)
class DayRow:
    """A day of the table: what was used and the total, or what is expected (``low`` and ``high`` say between what)."""

    day: date
    used: str
    total: str
    between: str = ""
    is_expected: bool = False


def day_rows(month: BundleMonth) -> Iterator[DayRow]:
    """The figures of the chart, day by day."""

    def text(value: int) -> str:
        return formatting.usage(value, month.bundle.kind)

    total = 0
    for day in _days(month.period, month.shown_until):
        used = month.days.get(day, 0)
        total += used
        yield DayRow(day, text(used), text(total))
    for point in month.forecast.points if month.forecast else ():
        if point.day > month.shown_until:
            between = _("%(low)s to %(high)s") % {"low": text(point.low), "high": text(point.high)}
            yield DayRow(point.day, "", text(point.expected), between, is_expected=True)


def running_total(month: BundleMonth) -> Chart:
    """The month as a running total, with what is expected, the limit and the month before."""
    unit, size = formatting.usage_unit(month.bundle.kind)
    points = month.forecast.points if month.forecast else ()
    # A day under way belongs to what is expected: half a day would look like a quiet one.
    known = points[0].day - timedelta(days=1) if points else month.shown_until
    return area_chart(
        _totals(month.days, month.period, known, size),
        description=conclusion(month),
        slots=(month.end - month.period).days,
        unit=unit,
        ticks=_ticks(month),
        previous=_before(month, size),
        forecast=[point.expected / size for point in points],
        band=[(point.low / size, point.high / size) for point in points],
        limit=month.bundle.size / size,
    )


def _before(month: BundleMonth, size: int) -> list[float]:
    """The month before, on as many days as this one has; nothing without any use."""
    if not month.before:
        return []
    first = previous_period(month.period)
    days = min(month.end - month.period, month.period - first).days
    return _totals(month.before, first, first + timedelta(days=days - 1), size)


def _totals(days: Days, first: date, last: date, size: int) -> list[float]:
    """The running total at the start and at the end of each day."""
    return [total / size for total in accumulate((days.get(day, 0) for day in _days(first, last)), initial=0)]


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


def _ticks(month: BundleMonth) -> list[str]:
    """The days at the ends and the quarters of the month."""
    count = (month.end - month.period).days
    days = [month.period + timedelta(days=min(n * count // 4, count - 1)) for n in range(5)]
    return [formats.date_format(day, "j b") for day in days]


def conclusion(month: BundleMonth) -> str:
    """What the chart shows, for who cannot see it."""
    kind = month.bundle.kind
    texts = [
        _("%(bundle)s in %(month)s: %(used)s of %(size)s used up to %(day)s.")
        % {
            "bundle": month.bundle.name,
            "month": formatting.month(month.period),
            "used": formatting.usage(month.used, kind),
            "size": formatting.usage(month.bundle.size, kind),
            "day": formatting.day_and_month(max(month.shown_until, month.period)),
        },
        outlook_of(month).text,
    ]
    if month.before:
        before = {
            "month": formatting.month(previous_period(month.period)).capitalize(),
            "used": formatting.usage(month.used_before, kind),
        }
        texts.append(_("%(month)s ended at %(used)s.") % before)
    return " ".join(texts)


def daily_columns(month: BundleMonth) -> Chart:
    """What was used per day."""
    unit, size = formatting.usage_unit(month.bundle.kind)
    days = list(_days(month.period, month.last_day))
    return column_chart(
        [_column(month, day, size) for day in days],
        description=_busiest(month),
        unit=unit,
        ticks=[str(day.day) if day.day == 1 or day.day % 5 == 0 else "" for day in days],
    )


def _column(month: BundleMonth, day: date, size: int) -> Bar:
    if day > month.shown_until:
        return Bar(None)
    amount = month.days.get(day, 0)
    words = {"day": formatting.day_and_month(day), "amount": formatting.usage(amount, month.bundle.kind)}
    return Bar(amount / size, _("%(day)s: %(amount)s") % words)


def _busiest(month: BundleMonth) -> str:
    text = _("Use per day in %(month)s.") % {"month": formatting.month(month.period)}
    if not month.used:
        return f"{text} " + _("Nothing used.")
    day, amount = max(month.days.items(), key=lambda found: (found[1], -found[0].toordinal()))
    words = {"day": formatting.day_and_month(day), "amount": formatting.usage(amount, month.bundle.kind)}
    return f"{text} " + _("Most on %(day)s: %(amount)s.") % words
