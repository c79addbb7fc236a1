"""Made-up usage, record by record. What a line does on a day follows from its number and that day alone, so a demo made
tomorrow tells the same story, one day on.

A month takes a fixed part of each bundle, however many lines are in it: enough so far, and this time it runs out about
the 27th. What follows then, and what a plan does not hold, is charged.
"""

import random
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property

from groupbundles.enums import BundleKind, UsageKind, UsageZone
from groupbundles.periods import last_day
from sims.orders.calendar import BRUSSELS, is_working_day

GIGABYTE = 10**9
# What a month takes of a bundle, the present month first.
SHARES = {BundleKind.DATA: (1.13, 0.96, 0.92, 0.88), BundleKind.VOICE: (0.55, 0.52, 0.58, 0.5)}
DAY_OFF = 0.35
# Euro: a GB that no bundle holds, and one outside the European Union; a call of a premium number; what phones pay for.
PER_GB, PER_GB_AWAY, PREMIUM_CALL, TICKETS = 2.0, 40.0, 3.0, (1.8, 3.4, 12.5)

HOURS = (7, 8, 9, 11, 12, 14, 16, 17, 19)

# The columns of a usage file; and kind, zone, quantity, bundle and charge of one record.
Row = tuple[str, str, str, str, str, int, str, str, str]
Use = tuple[UsageKind, str, int, str, float]


@dataclass(frozen=True)
class Habits:
    """A line: ``place`` among the company's lines says who travels, pays by phone or does nothing at all.

    ``allowance`` is its plan's, in bytes a month, and ``thirst`` how much its use of it goes up; ``bundles`` are the
    codes of its group bundles by kind, ``joined`` since when it is in them.
    """

    number: str
    place: int
    allowance: int
    since: date
    until: date
    barrings: Collection[str] = ()
    bundles: Mapping[str, str] = field(default_factory=dict)
    joined: Mapping[str, date] = field(default_factory=dict)
    thirst: float = 1.0

    def bundle(self, kind: str, day: date) -> str:
        """The code of its group bundle on this day, or nothing."""
        return self.bundles.get(kind, "") if self.joined.get(kind, day) <= day else ""

    def dice(self, what: object) -> random.Random:
        return random.Random(f"{self.number} {what}")  # noqa: S311 - the same made-up usage every time

    @cached_property
    def appetite(self) -> float:
        return self.dice("appetite").lognormvariate(0, 0.7)

    def works_on(self, day: date) -> bool:
        return self.place % 19 != 7 and self.since <= day <= self.until

    def zone(self, day: date) -> str:
        """One line in nine travels in Europe in some weeks, one in thirty-one farther away."""
        week = day.toordinal() // 7
        if "ROAM_ALL" in self.barrings:
            return UsageZone.BE
        if self.place % 31 == 3 and (week + self.place) % 4 == 0:
            return UsageZone.WORLD
        return UsageZone.EU if self.place % 9 == 4 and (week + self.place) % 5 == 0 else UsageZone.BE

    @cached_property
    def of_the_plan(self) -> float:
        """Which part of its plan it uses in a month; one in seventeen wants more than there is."""
        return self.thirst * (1.3 if self.place % 17 == 5 else self.dice("plan").uniform(0.2, 0.85))


def records(lines: Sequence[Habits], sizes: Mapping[str, int], periods: Iterable[date], now: datetime) -> Iterator[Row]:
    """The rows of a usage file for these months, newest month first in ``periods``, up to ``now``.

    ``sizes`` are those of the group bundles by code, in bytes or seconds.
    """
    for age, period in reversed(list(enumerate(periods))):
        yield from _Month(lines, sizes, period, age, now).rows()


@dataclass(slots=True)
class _Day:
    """A line on a day: how the day compares with its others, and the line with the others; then what chance brings."""

    line: Habits
    day: date
    is_busy: bool
    dice: random.Random
    weight: float


def _day(line: Habits, day: date, is_busy: bool) -> _Day:
    dice = line.dice(day)
    return _Day(line, day, is_busy, dice, line.appetite * (1 if is_busy else DAY_OFF) * dice.lognormvariate(0, 0.4))


class _Month:
    """One month of all lines together: a bundle is used up by who comes first."""

    def __init__(
        self, lines: Sequence[Habits], sizes: Mapping[str, int], period: date, age: int, now: datetime
    ) -> None:
        self.lines, self.now = lines, now
        days = [period + timedelta(days=n) for n in range((last_day(period) - period).days + 1)]
        busy = {day: is_working_day(day) for day in days}
        self.days = [_day(line, day, busy[day]) for day in days for line in lines if line.works_on(day)]
        self.weights: dict[str, float] = {}
        for one in self.days:
            self.weights[one.line.number] = self.weights.get(one.line.number, 0) + one.weight
        self.left = dict(sizes)
        self.own_left = {line.number: line.allowance for line in lines}
        self.wanted = {code: size * self._share(code, age) for code, size in sizes.items()}
        self.weight_of = {code: self._weight(code) for code in sizes}

    def _share(self, code: str, age: int) -> float:
        kind = next((kind for line in self.lines for kind, one in line.bundles.items() if one == code), BundleKind.DATA)
        shares = SHARES[BundleKind(kind)]
        return shares[min(age, len(shares) - 1)]

    def _weight(self, code: str) -> float:
        members = (line.number for line in self.lines if code in line.bundles.values())
        return sum(self.weights.get(number, 0) for number in members) or 1.0

    def rows(self) -> Iterator[Row]:
        for one in self.days:
            for place, (kind, zone, quantity, bundle, charge) in enumerate(self._uses(one)):
                hour, minute = one.dice.choice(HOURS), one.dice.randrange(60)
                at = datetime.combine(one.day, time(hour, minute), BRUSSELS)
                if quantity and at <= self.now:
                    key = f"demo-{one.line.number[1:]}-{one.day:%Y%m%d}-{place}"
                    yield key, one.line.number, at.isoformat(), kind, zone, quantity, kind.unit, bundle, f"{charge:.4f}"

    def _uses(self, one: _Day) -> Iterator[Use]:
        """What a line does on a day; always in the same order, so that a line is not led astray by its bundle."""
        line, dice, zone = one.line, one.dice, one.line.zone(one.day)
        calls, writes, parks = dice.random(), dice.random(), dice.random()
        yield self._data(one, zone)
        if calls < (0.7 if one.is_busy else 0.3):
            yield self._call(one, zone)
        if writes < 0.2:
            yield UsageKind.SMS, zone, 1, "own" if zone != UsageZone.WORLD else "", 0.0
        if line.place % 43 == 9 and "PREMIUM_ALL" not in line.barrings and one.day.day in (9, 22):
            yield UsageKind.VOICE, UsageZone.PREMIUM, 120, "", PREMIUM_CALL
        if line.place % 14 == 2 and "DCB" not in line.barrings and one.is_busy and parks < 0.2:
            yield UsageKind.SERVICE, UsageZone.THIRD_PARTY, 1, "", dice.choice(TICKETS)

    def _data(self, one: _Day, zone: str) -> Use:
        if zone == UsageZone.WORLD:
            quantity = round(one.dice.uniform(0.02, 0.08) * GIGABYTE)
            return UsageKind.DATA, zone, quantity, "", quantity / GIGABYTE * PER_GB_AWAY
        line, code = one.line, one.line.bundle(BundleKind.DATA, one.day)
        if code:
            quantity = round(self.wanted[code] * one.weight / self.weight_of[code])
            is_inside = self._takes(self.left, code, quantity)
        else:
            quantity = round(line.allowance * line.of_the_plan * one.weight / self.weights[line.number])
            is_inside = self._takes(self.own_left, line.number, quantity)
        if is_inside:
            return UsageKind.DATA, zone, quantity, code or "own", 0.0
        is_stopped = "DATA_OOB" in line.barrings
        return UsageKind.DATA, zone, 0 if is_stopped else quantity, "", quantity / GIGABYTE * PER_GB

    def _call(self, one: _Day, zone: str) -> Use:
        code = one.line.bundle(BundleKind.VOICE, one.day)
        if zone == UsageZone.WORLD:
            return UsageKind.VOICE, zone, 90, "", 1.5
        if code and zone == UsageZone.BE:
            # Not every day has a call: those that do are that much longer.
            quantity = round(self.wanted[code] * one.weight / self.weight_of[code] / 0.65)
            return UsageKind.VOICE, zone, quantity, code if self._takes(self.left, code, quantity) else "", 0.0
        return UsageKind.VOICE, zone, round(one.dice.expovariate(1 / 300)) + 10, "own", 0.0

    @staticmethod
    def _takes(left: dict[str, int], key: str, quantity: int) -> bool:
        """Whether there is still room; a bundle takes the record with which it runs out."""
        has_room = left.get(key, 0) > 0
        left[key] = left.get(key, 0) - quantity
        return has_room
