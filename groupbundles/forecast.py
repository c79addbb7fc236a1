"""What a bundle will have used when the month ends, from its daily curve and the months before.

Pure: no database, no clock; amounts are bytes or seconds. docs/usage.md explains the method in words. In short: a
company uses more on working days than on weekends and legal holidays, so days are compared through that rhythm; this
month's level is weighed against that of the months before, the more this month's the more days of it are known; and how
much days and months have differed from each other so far says how sure the outcome is.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from math import inf, sqrt

from groupbundles.enums import Sureness
from sims.orders.calendar import is_working_day, next_period

Days = Mapping[date, int]

# An interval that holds the outcome nine times in ten.
NINE_IN_TEN = 1.645
# From how many standard deviations between what is expected and the size on the answer is almost certain, or likely.
_CERTAIN, _LIKELY = 2.5, 1.0
# How far a day is from its usual amount, and a month from the one before, while there is too little to measure it.
_DAY_SPREAD, _MONTH_SPREAD = 0.35, 0.12
# However alike the days were so far, the next may be different.
_LEAST_DAY_SPREAD = 0.05
_MEASURABLE_DAYS, _COMPARABLE_DAYS = 10, 2
# Busy days come together: so many of them say as much as one that stands alone.
_DAYS_THAT_GO_TOGETHER = 2.0
# Of a month that lies one month further back, half counts.
_FADE = 0.5
_ENOUGH_DAYS = 5


@dataclass(frozen=True, slots=True)
class Point:
    """The total at the end of ``day``: what is expected, and between what it stays nine times in ten."""

    day: date
    expected: int
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """The total at the end of the month, and whether the bundle runs out before.

    ``runs_out_on`` is the day on which what is expected reaches the size, or did so already; ``earliest`` and
    ``latest`` are the same for the ends of the interval. None: not in this month. ``points`` are the days that are not
    complete yet, the day under way first; empty once nothing more is expected.
    """

    size: int
    used: int
    expected: int
    low: int
    high: int
    runs_out_on: date | None
    earliest: date | None
    latest: date | None
    sureness: Sureness
    points: tuple[Point, ...]

    @property
    def is_used_up(self) -> bool:
        return self.used >= self.size

    @property
    def is_final(self) -> bool:
        """Nothing more is expected: the month is known to its end, or nothing counts towards the bundle any more."""
        return not self.points


@dataclass(frozen=True, slots=True)
class _Rhythm:
    """How a working day and a day off compare; the busier of the two is 1."""

    working: float = 1.0
    off: float = 1.0

    def weight(self, day: date) -> float:
        return self.working if is_working_day(day) else self.off


@dataclass(frozen=True, slots=True)
class _Level:
    """The amount of a day of weight 1, how sure that is (variance), and how much days differ; both relative to it."""

    amount: float
    variance: float
    day_variance: float


def forecast(
    *, period: date, size: int, used: Days, known_until: date, since: date, history: Days | None = None
) -> Forecast | None:
    """The outcome of the month that begins on ``period``; None while nothing says what to expect.

    Figures are complete for the days before ``known_until``, which is itself under way, and begin on ``since``: a day
    between them that ``used`` or ``history`` does not name is one without use. ``history`` are days of earlier months.

    Operators that count nothing towards a bundle once it is used up leave empty days at the end of a month: those say
    nothing about the days before, and nothing more is expected of this month then.
    """
    end = next_period(period)
    this_month = {day: amount for day, amount in used.items() if period <= day < end}
    used_up_on = _reached(size, this_month)
    coming = list(_days(max(known_until, period, since), end))
    if used_up_on and used_up_on < known_until and not any(n for day, n in this_month.items() if day > used_up_on):
        coming = []
    if not coming:
        return _outcome(size, this_month, used_up_on, [], Sureness.CERTAIN)
    known = _filled(this_month, max(period, since), min(known_until, used_up_on or end, end))
    before = _without_empty_ends(_filled(history or {}, since, min(known_until, period)))
    rhythm = _rhythm(before) or _rhythm(known) or _Rhythm()
    past = _past(before, rhythm)
    level = _level(known, rhythm, past)
    if level is None:
        return _outcome(size, this_month, used_up_on, [], Sureness.CERTAIN) if used_up_on else None
    points = _points(coming, rhythm, level, this_month)
    if used_up_on:
        return _outcome(size, this_month, used_up_on, points, Sureness.CERTAIN)
    is_founded = past is not None or len(known) >= _ENOUGH_DAYS
    return _outcome(size, this_month, None, points, _sureness(size, points[-1], is_founded=is_founded))


def _outcome(size: int, this_month: Days, used_up_on: date | None, points: list[Point], sureness: Sureness) -> Forecast:
    total = sum(this_month.values())
    last = points[-1] if points else Point(date.min, total, total, total)
    return Forecast(
        size=size,
        used=total,
        expected=last.expected,
        low=last.low,
        high=last.high,
        runs_out_on=used_up_on or next((point.day for point in points if point.expected >= size), None),
        earliest=used_up_on or next((point.day for point in points if point.high >= size), None),
        latest=used_up_on or next((point.day for point in points if point.low >= size), None),
        sureness=sureness,
        points=tuple(points),
    )


def _sureness(size: int, last: Point, *, is_founded: bool) -> Sureness:
    """How far the outcome stays from the size, in either direction, measured by its spread."""
    spread = (last.high - last.expected) / NINE_IN_TEN
    distance = abs(size - last.expected) / spread if spread else inf
    if not is_founded or distance < _LIKELY:
        return Sureness.ROUGH
    return Sureness.CERTAIN if distance >= _CERTAIN else Sureness.LIKELY


def _reached(size: int, days: Days) -> date | None:
    """The day on which the running total came to ``size``."""
    total = 0
    for day, amount in sorted(days.items()):
        total += amount
        if total >= size:
            return day
    return None


def _days(start: date, end: date) -> Iterator[date]:
    """Every day from ``start``, without ``end``; days are days, whatever the clocks do on them."""
    return (start + timedelta(days=n) for n in range((end - start).days))


def _filled(days: Days, start: date, end: date) -> dict[date, int]:
    return {day: days.get(day, 0) for day in _days(start, end)}


def _by_month(days: Days) -> dict[date, dict[date, int]]:
    months: dict[date, dict[date, int]] = {}
    for day, amount in days.items():
        months.setdefault(day.replace(day=1), {})[day] = amount
    return months


def _without_empty_ends(days: Days) -> dict[date, int]:
    """Months that end in empty days, working days among them, up to the day before the last one with use."""
    kept: dict[date, int] = {}
    for month in _by_month(days).values():
        last = max((day for day, amount in month.items() if amount), default=None)
        empty = [day for day in month if last is None or day > last]
        if any(is_working_day(day) for day in empty):
            month = {day: amount for day, amount in month.items() if last and day < last}
        kept |= month
    return kept


def _rhythm(days: Days) -> _Rhythm | None:
    """The rhythm in these days; None when they hold too little of either kind of day, or no use."""
    working = [amount for day, amount in days.items() if is_working_day(day)]
    off = [amount for day, amount in days.items() if not is_working_day(day)]
    if min(len(working), len(off)) < _COMPARABLE_DAYS or not any(days.values()):
        return None
    on_working, on_off = sum(working) / len(working), sum(off) / len(off)
    busiest = max(on_working, on_off)
    return _Rhythm(on_working / busiest, on_off / busiest)


def _past(days: Days, rhythm: _Rhythm) -> _Level | None:
    """What the months before say: their level, and how far a new month may be from it.

    Months are weighted by their days and their age. None without any use.
    """
    months = _by_month(days)
    levels = [
        (level, _weight(month, rhythm) * _FADE**age)
        for age, (_period, month) in enumerate(sorted(months.items(), reverse=True))
        if (level := _amount(month, rhythm)) is not None
    ]
    weight = sum(weight for _level, weight in levels)
    if not weight or not (usual := sum(level * weight for level, weight in levels) / weight):
        return None
    measured = _day_variance(months.values(), rhythm)
    day_variance = _DAY_SPREAD**2 if measured is None else measured
    between = sum(weight * (level / usual - 1) ** 2 for level, weight in levels) / weight
    # A past of a few days is little to go by, however alike they are.
    variance = max(between, _MONTH_SPREAD**2) + day_variance * _DAYS_THAT_GO_TOGETHER / weight
    return _Level(usual, variance, day_variance)


def _level(known: Days, rhythm: _Rhythm, past: _Level | None) -> _Level | None:
    """This month's level: what its days say and what the past says, each weighed by how sure it is.

    The weights follow from the past alone, so that more use never makes the forecast smaller; this month's spread only
    widens the interval.
    """
    own, weight = _amount(known, rhythm), _weight(known, rhythm)
    if own is None:
        return past
    seen = _day_variance([known], rhythm)
    usual = past.day_variance if past else _DAY_SPREAD**2 if seen is None else seen
    day_variance = max(usual, seen or 0.0)
    own_variance = _DAYS_THAT_GO_TOGETHER * day_variance / weight
    if past is None:
        return _Level(own, own_variance, day_variance)
    precision = weight / (_DAYS_THAT_GO_TOGETHER * usual)
    share = precision / (precision + 1 / past.variance)
    return _Level(
        amount=share * own + (1 - share) * past.amount,
        variance=share**2 * own_variance + (1 - share) ** 2 * past.variance,
        day_variance=day_variance,
    )


def _weight(days: Iterable[date], rhythm: _Rhythm) -> float:
    return sum(rhythm.weight(day) for day in days)


def _amount(days: Days, rhythm: _Rhythm) -> float | None:
    """What a day of weight 1 had in these days; None when there was none."""
    weight = _weight(days, rhythm)
    return sum(days.values()) / weight if weight else None


def _day_variance(months: Iterable[Days], rhythm: _Rhythm) -> float | None:
    """How far days were from what their month and rhythm say, relative and per day of weight 1; None: too few.

    Quiet days may be off by relatively more, as far as a share of their weight is.
    """
    squares: list[float] = []
    for month in months:
        if level := _amount(month, rhythm):
            weights = {day: rhythm.weight(day) for day in month}
            squares += [(month[day] / level - weight) ** 2 / weight for day, weight in weights.items() if weight]
    if len(squares) < _MEASURABLE_DAYS:
        return None
    # Each month has its own level, and the rhythm was taken from the same days.
    return max(sum(squares) / (len(squares) - 2), _LEAST_DAY_SPREAD**2)


def _points(coming: list[date], rhythm: _Rhythm, level: _Level, this_month: Days) -> list[Point]:
    """Totals at the end of the days to come. What a day under way has already is part of what is expected of it."""
    total = sum(this_month.values())
    expected, weight = float(total), 0.0
    points: list[Point] = []
    lowest = total
    noise = _DAYS_THAT_GO_TOGETHER * level.day_variance
    for day in coming:
        still = max(0.0, level.amount * rhythm.weight(day) - this_month.get(day, 0))
        expected += still
        weight += still / level.amount if level.amount else 0
        margin = NINE_IN_TEN * level.amount * sqrt(noise * weight + level.variance * weight**2)
        lowest = max(lowest, round(expected - margin))
        points.append(Point(day, round(expected), min(lowest, round(expected)), round(expected + margin)))
    return points
