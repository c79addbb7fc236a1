"""What the simulated operator's lines use, hour by hour: made up, and the same however often it is asked for.

Everything about a line in an hour follows from a hash of the two: nothing is stored, and a page costs about as much as
its records. An hour is told once it is over. What is in the records fits what the operator knows of the line: barred
traffic does not take place, members of a group bundle use that, data plans neither call nor write.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from fleetportal.operators.contract import (
    ContractError,
    ServiceStatus,
    UsageKind,
    UsagePage,
    UsageRecord,
    UsageZone,
)
from fleetportal.operators.simulator.models import SimulatedBundle, SimulatedLine

PAGE = 3000
LINES_AT_ONCE = 5000
# A small company's quiet weeks are not walked through in one answer.
MOST_HOURS = 24 * 31
FIRST_MONTHS_BACK = 2
HOUR = 3600
SHARED_ZONES = (UsageZone.BE, UsageZone.EU)
UNITS = {UsageKind.DATA: "B", UsageKind.VOICE: "s", UsageKind.SMS: "1", UsageKind.SERVICE: "1"}
BRUSSELS = ZoneInfo("Europe/Brussels")

# In how many of 256 such hours a line is used, by the hour of the day in Belgium.
WORKING_DAY = (2, 1, 1, 1, 2, 4, 14, 40, 70, 76, 78, 74, 58, 70, 76, 76, 72, 62, 44, 34, 30, 26, 14, 6)
WEEKEND = (3, 2, 1, 1, 1, 2, 4, 8, 14, 20, 24, 26, 24, 24, 26, 26, 24, 24, 24, 22, 20, 18, 12, 6)
# Out of 256 hours in which a line is used, how many times a record of that hour is told a second time.
TOLD_AGAIN = 2
# Out of 256 weeks, how many a line spends in the European Union, and how many further away.
WEEKS_IN_EU, WEEKS_FAR_AWAY = 8, 3

_CURSOR = re.compile(r"(?P<hour>\d{1,7})/(?P<line>\d{1,18})\Z")
_CENTS = Decimal("0.0001")
_THIRD_PARTY_PRICES = ("0.8182", "1.6446", "2.0579", "4.1240", "8.2562")
_PREMIUM_TEXTS = ("0.8264", "1.6529", "3.3058")


# Per kind of use the code of the group bundle that a line shares, and since when.
Shared = dict[str, tuple[str, date]]


@dataclass(frozen=True, slots=True)
class _Line:
    """What of a line decides how it is used."""

    pk: int
    number: str
    plan_code: str
    activated_on: date | None
    barrings: frozenset[str]
    third_party_limit: Decimal | None
    habit: int
    shared: Shared

    @property
    def diligence(self) -> int:
        """Ten for most: one line in 25 lies in a drawer, one in six is hardly used, one in ten never rests."""
        return 0 if self.habit < 4 else 2 if self.habit < 20 else 18 if self.habit > 89 else 10

    def bundle(self, kind: UsageKind, day: date) -> str:
        """The group bundle it used on a day, or empty."""
        code, since = self.shared.get(kind, ("", date.max))
        return code if day >= since else ""

    def bars(self, *codes: str) -> bool:
        return not self.barrings.isdisjoint(codes)


@dataclass(frozen=True, slots=True)
class _Hour:
    """An hour of the operator's clock as people in Belgium live it."""

    number: int
    starts_at: datetime
    day: date
    week: tuple[int, int]
    # In how many of 256 such hours most lines are used.
    chance: int

    @classmethod
    def of(cls, number: int) -> "_Hour":
        starts_at = datetime.fromtimestamp(number * HOUR, UTC)
        local = starts_at.astimezone(BRUSSELS)
        chances = WEEKEND if local.isoweekday() > 5 else WORKING_DAY
        return cls(number, starts_at, local.date(), local.isocalendar()[:2], chances[local.hour])


def page(customer_reference: str, cursor: str, at: datetime) -> UsagePage:
    """The records after ``cursor`` of the hours that were over at ``at``.

    Raises ``ContractError`` for a cursor that is none of ours.
    """
    hour, after = _position(cursor, at)
    end = min(int(at.timestamp()) // HOUR, hour + MOST_HOURS)
    records: list[UsageRecord] = []
    again: list[UsageRecord] = []
    first_lines = _lines(customer_reference, 0)
    while hour < end:
        moment = _Hour.of(hour)
        lines = _lines(customer_reference, after) if after else first_lines
        for line in lines:
            found, is_told_again = _records(line, moment)
            records += found
            again += found if is_told_again else ()
            after = line.pk
            if len(records) >= PAGE:
                return UsagePage((*records, *again), f"{hour}/{after}", is_last=False)
        if len(lines) < LINES_AT_ONCE:
            hour, after = hour + 1, 0
    return UsagePage((*records, *again), f"{hour}/{after}", is_last=hour >= int(at.timestamp()) // HOUR)


def cursor_at(at: datetime) -> str:
    """The cursor of somebody who has everything of the hours before ``at``."""
    return f"{int(at.timestamp()) // HOUR}/0"


def _position(cursor: str, at: datetime) -> tuple[int, int]:
    """The hour to go on with, and the last line that was told of it."""
    if not cursor:
        return _first_hour(at), 0
    match = _CURSOR.match(cursor)
    if match is None:
        raise ContractError(f"{cursor!r} is not a cursor of this operator")
    return int(match["hour"]), int(match["line"])


def _first_hour(at: datetime) -> int:
    """Where the month before last begins in Belgium."""
    day = at.astimezone(BRUSSELS).date().replace(day=1)
    for _n in range(FIRST_MONTHS_BACK):
        day = (day - timedelta(days=1)).replace(day=1)
    return int(datetime(day.year, day.month, 1, tzinfo=BRUSSELS).timestamp()) // HOUR


def _lines(customer_reference: str, after: int) -> list[_Line]:
    """Living lines that are not suspended, by their age."""
    rows = SimulatedLine.objects.filter(
        customer_reference=customer_reference, status=ServiceStatus.ACTIVE, pk__gt=after
    ).order_by("pk")
    shared = _shared(customer_reference)
    columns = ("pk", "number", "plan_code", "activated_on", "barrings", "third_party_limit")
    return [
        _Line(pk, number, plan, since, frozenset(barrings), limit, _habit(number), shared.get(number, {}))
        for pk, number, plan, since, barrings, limit in rows.values_list(*columns)[:LINES_AT_ONCE]
    ]


def _shared(customer_reference: str) -> dict[str, Shared]:
    """The group bundles that run, by the numbers of their members."""
    found: dict[str, Shared] = {}
    bundles = SimulatedBundle.objects.filter(customer_reference=customer_reference, ends_on=None)
    for code, kind, numbers, since in bundles.values_list("code", "kind", "numbers", "starts_on"):
        for number in numbers:
            found.setdefault(number, {})[kind] = (code, since)
    return found


@lru_cache(maxsize=20_000)
def _habit(number: str) -> int:
    """Which of a hundred kinds of people uses the line."""
    return _hash(f"habit {number}")[0] * 100 // 256


def _hash(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=48).digest()


@lru_cache(maxsize=20_000)
def _whereabouts(number: str, week: tuple[int, int]) -> UsageZone:
    """Where the phone is in a week of the year."""
    chance = _hash(f"where {number} {week[0]} {week[1]}")[0]
    if chance < WEEKS_FAR_AWAY:
        return UsageZone.WORLD
    return UsageZone.EU if chance < WEEKS_FAR_AWAY + WEEKS_IN_EU else UsageZone.BE


def _records(line: _Line, hour: _Hour) -> tuple[list[UsageRecord], bool]:
    """What the line used in the hour, mostly nothing, else one or two things; and whether that is told twice."""
    chance = hour.chance * line.diligence // 10
    if not chance or (line.activated_on and hour.day < line.activated_on):
        return [], False
    dice = _hash(f"{line.number} {hour.number}")
    if dice[16] >= chance:
        return [], False
    parts = [dice[18:32]] if dice[17] % 2 else [dice[18:32], dice[32:46]]
    found = (_record(line, hour, f"{dice[:15].hex()}{n:02x}", part) for n, part in enumerate(parts))
    return [record for record in found if record is not None], dice[47] < TOLD_AGAIN


def _record(line: _Line, hour: _Hour, name: str, dice: bytes) -> UsageRecord | None:
    """One record, or None for what the line cannot do."""
    where = _whereabouts(line.number, hour.week)
    is_abroad = where != UsageZone.BE
    size, kind, zone = int.from_bytes(dice[1:4]) / (1 << 24), UsageKind.DATA, where
    if not line.plan_code.startswith("DATA"):
        kind, zone = _kind(dice[0], where)
    if _is_barred(line, kind, zone, is_abroad=is_abroad):
        return None
    shared = "" if zone not in SHARED_ZONES else line.bundle(kind, hour.day)
    quantity = _quantity(kind, size, is_shared=bool(shared))
    bundle, charge = (shared, Decimal(0)) if shared else _bundle_and_charge(line, hour, kind, zone, quantity, dice[4])
    started_at = hour.starts_at + timedelta(seconds=int.from_bytes(dice[5:7]) * HOUR >> 16)
    return UsageRecord(name, line.number, started_at, kind, zone, quantity, UNITS[kind], bundle, charge)


def _kind(chance: int, where: UsageZone) -> tuple[UsageKind, UsageZone]:
    if chance < 76:
        return UsageKind.VOICE, where
    if chance < 106:
        return UsageKind.SMS, where
    if chance < 109:
        return UsageKind.SERVICE, UsageZone.THIRD_PARTY
    if chance < 111:
        return (UsageKind.VOICE if chance == 109 else UsageKind.SMS), UsageZone.PREMIUM
    return UsageKind.DATA, where


def _is_barred(line: _Line, kind: UsageKind, zone: UsageZone, *, is_abroad: bool) -> bool:
    """Whether what the company barred keeps this from happening."""
    if zone == UsageZone.PREMIUM:
        # Special numbers cannot be reached from abroad.
        return is_abroad or line.bars("PREMIUM_ALL") or (kind == UsageKind.SMS and line.bars("SMS_PAYMENT", "SMS_MO"))
    if zone == UsageZone.THIRD_PARTY:
        return line.bars("DCB", "DATA_ALL") or line.third_party_limit == 0
    if is_abroad and line.bars("ROAM_ALL"):
        return True
    if kind == UsageKind.DATA:
        is_far = zone == UsageZone.WORLD
        return (
            line.bars("DATA_ALL")
            or (is_abroad and line.bars("ROAM_DATA"))
            or (is_far and line.bars("ROAM_DATA_NON_EU"))
        )
    if kind == UsageKind.SMS:
        return line.bars("SMS_MO")
    return is_abroad and line.bars("ROAM_VOICE_OUT")


def _quantity(kind: UsageKind, size: float, *, is_shared: bool) -> int:
    """Many small ones and a few large ones: 4 to 220 MB, twenty seconds to a quarter of an hour.

    Who shares a group bundle of data needs eight times as much of it.
    """
    if kind == UsageKind.DATA:
        return int(4_000_000 * (8 if is_shared else 1) * 55**size)
    return int(20 * 50**size) if kind == UsageKind.VOICE else 1


def _bundle_and_charge(
    line: _Line, hour: _Hour, kind: UsageKind, zone: UsageZone, quantity: int, dice: int
) -> tuple[str, Decimal]:
    """What it counts towards, and what it costs on top. Who never rests has used everything by the end of the month."""
    if zone == UsageZone.THIRD_PARTY:
        return "", Decimal(_THIRD_PARTY_PRICES[dice % len(_THIRD_PARTY_PRICES)])
    if zone == UsageZone.PREMIUM and kind == UsageKind.SMS:
        return "", Decimal(_PREMIUM_TEXTS[dice % len(_PREMIUM_TEXTS)])
    if zone in (UsageZone.PREMIUM, UsageZone.WORLD):
        return "", _price(kind, quantity, megabyte="0.05", minute="0.60", text="0.35")
    if line.habit > 96 and hour.day.day > 24 and kind == UsageKind.DATA:
        return "", _price(kind, quantity, megabyte="0.008", minute="0", text="0")
    return "own", Decimal(0)


def _price(kind: UsageKind, quantity: int, *, megabyte: str, minute: str, text: str) -> Decimal:
    if kind == UsageKind.DATA:
        return (Decimal(quantity) * Decimal(megabyte) / 1_000_000).quantize(_CENTS)
    if kind == UsageKind.VOICE:
        return (Decimal(quantity) * Decimal(minute) / 60).quantize(_CENTS)
    return Decimal(text)
