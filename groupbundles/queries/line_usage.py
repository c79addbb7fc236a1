"""What one line used in a month, from its counters: per day, kind and zone, inside a bundle and outside of any.

Amounts are bytes, seconds and pieces, charges euro without VAT. "Inside" is what the line's own allowance or a group
bundle takes in; the rest is outside and usually costs something.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import CharField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Cast, JSONObject
from django.utils.translation import gettext as _

from accounts.models import Customer
from fleetportal.web import formatting
from groupbundles.enums import BundleKind, UsageKind, UsageZone
from groupbundles.models import BundleMember, GroupBundle, LineUsageDay, LineUsageMonth
from groupbundles.periods import first_of_month, last_day, periods_until, previous_period, today
from groupbundles.queries.freshness import Freshness, freshness_of, newest_delivery
from sims.models import Line
from sims.orders.calendar import local_day

MONTHS = 12
OWN, OUTSIDE = "own", ""


@dataclass(frozen=True, slots=True)
class Count:
    """A counter: what was used on a day of one kind, in one zone, towards one bundle."""

    day: date
    kind: str
    zone: str
    bundle: str
    quantity: int
    records: int
    charge: Decimal

    @property
    def is_inside(self) -> bool:
        return self.bundle != OUTSIDE


@dataclass(frozen=True, slots=True)
class Used:
    """Several counters added up."""

    inside: int = 0
    outside: int = 0
    charge: Decimal = Decimal()

    @property
    def total(self) -> int:
        return self.inside + self.outside


def added(counts: Iterable[Count]) -> Used:
    inside, outside, charge = 0, 0, Decimal()
    for count in counts:
        charge += count.charge
        if count.is_inside:
            inside += count.quantity
        else:
            outside += count.quantity
    return Used(inside, outside, charge)


@dataclass(frozen=True, slots=True)
class MonthTotals:
    """The counters of a whole month; charges are parts of ``out_of_bundle``."""

    period: date
    data_bytes: int = 0
    own_data_bytes: int = 0
    voice_seconds: int = 0
    sms: int = 0
    services: int = 0
    out_of_bundle: Decimal = Decimal()
    roaming_charge: Decimal = Decimal()
    data_roaming_charge: Decimal = Decimal()
    third_party_charge: Decimal = Decimal()
    premium_charge: Decimal = Decimal()


@dataclass(frozen=True, slots=True)
class KindRow:
    """One kind of use in the whole month."""

    kind: UsageKind
    used: Used

    @property
    def inside(self) -> str:
        return formatting.usage(self.used.inside, self.kind)

    @property
    def outside(self) -> str:
        return formatting.usage(self.used.outside, self.kind)


@dataclass(frozen=True, slots=True)
class DayRow:
    """A day in one zone: what each kind is called and how much of it was used, as text, in their usual order."""

    day: date
    zone: str
    amounts: list[tuple[str, str]]
    charge: Decimal


@dataclass(frozen=True, slots=True)
class Membership:
    """A group bundle in which the line is now; ``size`` is bytes or seconds."""

    bundle_id: str
    name: str
    kind: BundleKind
    size: int
    since: date


@dataclass(frozen=True, slots=True)
class LineUsage:
    """A month of a line.

    ``months`` are those with any use; their figures stay longer than ``counts``, those per day. ``choices`` are the
    months that can be looked at, newest first; ``known_until`` is the last day of the month of which figures can be
    there, None when the month lies after the last delivery.
    """

    line: Line
    period: date
    choices: list[date]
    months: dict[date, MonthTotals]
    counts: list[Count]
    names: dict[str, str]
    freshness: Freshness
    known_until: date | None
    memberships: list[Membership]
    by_kind: dict[str, Used] = field(default_factory=dict)

    @property
    def month(self) -> MonthTotals | None:
        return self.months.get(self.period)

    @property
    def totals(self) -> MonthTotals:
        """Those of the month; zeros for one without use."""
        return self.month or MonthTotals(self.period)

    @property
    def before(self) -> MonthTotals | None:
        """The month before this one, to compare with."""
        return self.months.get(previous_period(self.period))

    @property
    def is_new(self) -> bool:
        """Nothing was ever counted for this line."""
        return not self.months

    @property
    def has_days(self) -> bool:
        return bool(self.counts)

    @property
    def data(self) -> Used:
        return self.used(UsageKind.DATA)

    @property
    def own_gigabytes(self) -> Decimal:
        """Out of the line's own allowance."""
        return Decimal(self.totals.own_data_bytes) / formatting.GIGABYTE

    @property
    def allowance(self) -> Decimal | None:
        """GB that the plan has, None where it names none."""
        return self.line.plan.data_gb if self.line.plan else None

    @property
    def data_unit(self) -> str:
        """The unit of the two above."""
        return formatting.usage_unit(UsageKind.DATA)[0]

    @property
    def parts(self) -> list[tuple[str, Decimal]]:
        """What the amount outside of any bundle is made of, as far as it has a name."""
        parts = {
            _("roaming"): self.totals.roaming_charge,
            _("premium numbers"): self.totals.premium_charge,
            _("third parties"): self.totals.third_party_charge,
        }
        return [(label, amount) for label, amount in parts.items() if amount]

    @property
    def data_days(self) -> list[tuple[date, Used]]:
        """The days that are known."""
        return [(day, used) for day, used in self.per_day(UsageKind.DATA) if used is not None]

    @property
    def has_roaming(self) -> bool:
        """Whether the roaming limit has something to say about this month."""
        return bool(self.totals.data_roaming_charge or self.world_data.total)

    @property
    def shared(self) -> list[tuple[str, int]]:
        """Bytes out of group bundles, by the bundle's name."""
        found: dict[str, int] = defaultdict(int)
        for count in self.counts:
            if count.kind == UsageKind.DATA and count.bundle not in (OWN, OUTSIDE):
                found[self.names.get(count.bundle, count.bundle)] += count.quantity
        return sorted(found.items())

    @property
    def world_data(self) -> Used:
        """Data outside the European Union."""
        return added(c for c in self.counts if c.kind == UsageKind.DATA and c.zone == UsageZone.WORLD)

    def used(self, kind: str) -> Used:
        return self.by_kind.get(kind, Used())

    @property
    def kinds(self) -> list[KindRow]:
        """The kinds with any use."""
        return [KindRow(kind, self.by_kind[kind]) for kind in UsageKind if kind in self.by_kind]

    def per_day(self, kind: str) -> list[tuple[date, Used | None]]:
        """Every day of the month; None for days of which nothing can be known yet."""
        found: dict[date, list[Count]] = defaultdict(list)
        for count in self.counts:
            if count.kind == kind:
                found[count.day].append(count)
        days = [self.period + timedelta(days=n) for n in range(last_day(self.period).day)]
        return [(day, added(found[day]) if self._is_known(day) or found[day] else None) for day in days]

    def _is_known(self, day: date) -> bool:
        return self.known_until is not None and day <= self.known_until

    @property
    def day_rows(self) -> list[DayRow]:
        """Day by zone, newest day first."""
        found: dict[tuple[date, str], list[Count]] = defaultdict(list)
        for count in self.counts:
            found[count.day, count.zone].append(count)
        order = {zone: place for place, zone in enumerate(UsageZone.values)}
        keys = sorted(found, key=lambda key: (-key[0].toordinal(), order.get(key[1], 9)))
        return [_day_row(day, zone, found[day, zone]) for day, zone in keys]


def _day_row(day: date, zone: str, counts: list[Count]) -> DayRow:
    per_kind = {kind: added(c for c in counts if c.kind == kind) for kind in UsageKind}
    return DayRow(
        day=day,
        zone=str(UsageZone(zone).label),
        amounts=[
            (str(kind.label), formatting.usage(used.total, kind) if used.total else "")
            for kind, used in per_kind.items()
        ],
        charge=sum((count.charge for count in counts), Decimal()),
    )


_COUNT = ("day", "kind", "zone", "bundle", "quantity", "records")
_AMOUNTS = ("data_bytes", "own_data_bytes", "voice_seconds", "sms", "services")
_CHARGES = (
    "out_of_bundle",
    "roaming_charge",
    "data_roaming_charge",
    "third_party_charge",
    "premium_charge",
)


def line_usage(customer: Customer, line: Line, period: date) -> LineUsage:
    """One month, and the line's group bundles, in one question: the page of a line asks many already."""
    choices = periods_until(first_of_month(today()), MONTHS)
    days, months, members, delivered_at = (
        Line.objects.for_customer(customer)
        .filter(pk=line.pk)
        .values_list(
            ArraySubquery(_days(customer, period)),
            ArraySubquery(_months(customer, choices)),
            ArraySubquery(_members(customer)),
            newest_delivery(customer),
        )
        .get()
    )
    counts = [_count(row) for row in days]
    known = freshness_of(delivered_at)
    return LineUsage(
        line=line,
        period=period,
        choices=choices,
        months={month.period: month for month in map(_month, months)},
        counts=counts,
        names={row["bundle"]: row["name"] for row in days if row["name"]},
        freshness=known,
        known_until=_known_until(period, known),
        memberships=[_membership(row) for row in members],
        by_kind={kind: added(c for c in counts if c.kind == kind) for kind in {c.kind for c in counts}},
    )


def _days(customer: Customer, period: date) -> QuerySet[LineUsageDay]:
    bundles = GroupBundle.objects.for_customer(customer).filter(code=OuterRef("bundle"))
    days = LineUsageDay.objects.for_customer(customer).filter(
        line=OuterRef("pk"), day__range=(period, last_day(period))
    )
    columns = {name: name for name in _COUNT}
    facts = JSONObject(**columns, charge=Cast("charge", CharField()), name=Subquery(bundles.values("name")[:1]))
    ordered: QuerySet[LineUsageDay] = days.order_by("day", "kind", "zone", "bundle").values(facts=facts)
    return ordered


def _months(customer: Customer, choices: list[date]) -> QuerySet[LineUsageMonth]:
    months = LineUsageMonth.objects.for_customer(customer).filter(line=OuterRef("pk"), period__in=choices)
    columns: dict[str, Any] = {name: name for name in ("period", *_AMOUNTS)}
    # Text keeps all decimals; a number of JSON would not.
    columns |= {name: Cast(name, CharField()) for name in _CHARGES}
    found: QuerySet[LineUsageMonth] = months.values(facts=JSONObject(**columns))
    return found


def _members(customer: Customer) -> QuerySet[BundleMember]:
    members = BundleMember.objects.for_customer(customer).filter(line=OuterRef("pk"), until=None)
    columns = {"bundle_id": "bundle__public_id", "name": "bundle__name", "size": "bundle__size"}
    found: QuerySet[BundleMember] = members.order_by("kind").values(
        facts=JSONObject(kind="kind", since="since", **columns)
    )
    return found


def _membership(row: dict[str, Any]) -> Membership:
    return Membership(**row | {"kind": BundleKind(row["kind"]), "since": date.fromisoformat(row["since"])})


def _count(row: dict[str, Any]) -> Count:
    facts = {name: row[name] for name in _COUNT}
    return Count(**facts | {"day": date.fromisoformat(row["day"]), "charge": Decimal(row["charge"])})


def _month(row: dict[str, Any]) -> MonthTotals:
    facts: dict[str, Any] = {name: row[name] for name in _AMOUNTS}
    facts |= {name: Decimal(row[name]) for name in _CHARGES}
    return MonthTotals(date.fromisoformat(row["period"]), **facts)


def counts_of_month(customer: Customer, line: Line, period: date) -> list[Count]:
    """The counters as they stand, by day, kind, zone and bundle."""
    days = LineUsageDay.objects.for_customer(customer).filter(line=line, day__range=(period, last_day(period)))
    return [Count(*row) for row in days.order_by("day", "kind", "zone", "bundle").values_list(*_COUNT, "charge")]


def bundle_names(customer: Customer, codes: set[str]) -> dict[str, str]:
    """The names of the group bundles among these codes; no question where there are none."""
    codes = codes - {OWN, OUTSIDE}
    if not codes:
        return {}
    bundles = GroupBundle.objects.for_customer(customer).filter(code__in=codes)
    return dict(bundles.values_list("code", "name"))


def _known_until(period: date, known: Freshness) -> date | None:
    """The last day of the month that the newest delivery can tell of."""
    if known.at is None or local_day(known.at) < period:
        return None
    return min(local_day(known.at), last_day(period))
