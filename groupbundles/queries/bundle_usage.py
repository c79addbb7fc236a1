"""What group bundles used in a month: their curve with what is expected of the rest, and who used how much.

Amounts are bytes of a data bundle or seconds of a bundle of calls; a month is known by its first day in Belgium.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Exists, OuterRef, QuerySet, Sum, Window
from django.db.models.functions import JSONObject

from accounts.models import Customer
from fleetportal.web.pagination import PER_PAGE, Page
from groupbundles.forecast import Forecast, forecast
from groupbundles.models import BundleMember, BundleUsageDay, GroupBundle, LineUsageDay
from groupbundles.periods import last_day, next_period, periods_until, previous_period
from sims.models import Line
from sims.orders.calendar import local_day

# So many months before the one that is shown say what to expect of it.
_PAST_MONTHS = 3

Days = Mapping[date, int]


@dataclass(frozen=True, slots=True)
class BundleMonth:
    """A month of a bundle. ``days`` and ``before`` (the month before) hold only days with use.

    ``updated_at`` is when the figures were brought up to date, None before the first time. They are complete for the
    days before ``known_until``.
    """

    bundle: GroupBundle
    period: date
    updated_at: datetime | None
    known_until: date
    days: Days
    before: Days
    forecast: Forecast | None

    @property
    def end(self) -> date:
        return next_period(self.period)

    @property
    def last_day(self) -> date:
        return last_day(self.period)

    @property
    def period_before(self) -> date:
        return previous_period(self.period)

    @property
    def used(self) -> int:
        return sum(self.days.values())

    @property
    def used_before(self) -> int:
        return sum(self.before.values())

    @property
    def is_over(self) -> bool:
        """The whole month is known."""
        return self.known_until >= self.end

    @property
    def shown_until(self) -> date:
        """The last day of the month of which there are figures; the day before the month when there is none yet."""
        last = max(self.days, default=self.period - timedelta(days=1))
        return max(last, min(self.known_until, self.end) - timedelta(days=1))


def months_of(
    customer: Customer, bundles: Iterable[GroupBundle], period: date, updated_at: datetime | None
) -> dict[int, BundleMonth]:
    """The month of each bundle by its primary key, from one query."""
    bundles = list(bundles)
    first, end = periods_until(period, _PAST_MONTHS + 1)[-1], next_period(period)
    rows = (
        BundleUsageDay.objects.for_customer(customer)
        .filter(code__in=[bundle.code for bundle in bundles], day__gte=first, day__lt=end)
        .values_list("code", "kind", "day", "quantity")
    )
    curves: dict[tuple[str, str], dict[date, int]] = {}
    for code, kind, day, quantity in rows:
        curves.setdefault((code, kind), {})[day] = quantity
    newest = max((max(curve) for curve in curves.values()), default=None)
    known_until = _known_until(period, updated_at, newest)
    return {
        bundle.pk: _month(bundle, period, updated_at, known_until, curves.get((bundle.code, bundle.kind), {}))
        for bundle in bundles
    }


def _month(
    bundle: GroupBundle, period: date, updated_at: datetime | None, known_until: date, curve: Days
) -> BundleMonth:
    if not bundle.is_active:  # nothing more will count
        known_until = max(known_until, next_period(period))
    days = {day: amount for day, amount in curve.items() if day >= period}
    expected = None
    if updated_at is not None and curve:
        expected = forecast(
            period=period,
            size=bundle.size,
            used=days,
            known_until=known_until,
            since=max(bundle.starts_on, min(curve)),
            history={day: amount for day, amount in curve.items() if day < period},
        )
    before = {day: amount for day, amount in curve.items() if previous_period(period) <= day < period}
    return BundleMonth(bundle, period, updated_at, known_until, days, before, expected)


def _known_until(period: date, updated_at: datetime | None, newest: date | None) -> date:
    """The day under way when the figures were brought up to date.

    In the month that is going on they cannot be newer than the day after the last one with any use: records that come
    late leave days out, and an empty day is not one without use.
    """
    if updated_at is None:
        return period
    day = local_day(updated_at)
    if newest is not None and day < next_period(period):
        return min(day, newest + timedelta(days=1))
    return day


@dataclass(frozen=True, slots=True)
class MemberUse:
    """A line as it is shown, and what it used of a bundle in a month."""

    public_id: str
    number: str
    name: str
    employee_number: str
    cost_centre: str
    used: int


def _uses(customer: Customer, bundle: GroupBundle, period: date) -> QuerySet[LineUsageDay]:
    return LineUsageDay.objects.for_customer(customer).filter(
        bundle=bundle.code, kind=bundle.kind, day__gte=period, day__lt=next_period(period), quantity__gt=0
    )


# What is shown of a line.
_WHO = JSONObject(
    id="public_id",
    number="number",
    first="subscriber__first_name",
    last="subscriber__last_name",
    employee="subscriber__employee_number",
    centre="cost_centre__code",
    centre_name="cost_centre__name",
)


def biggest_users(customer: Customer, bundle: GroupBundle, period: date, number: int, shown: int = PER_PAGE) -> Page:
    """Lines that used the bundle, the biggest users first, as :class:`MemberUse`; also those that left it since.

    With ``shown`` 0 only how many there are. Two queries, one without rows.
    """
    totals = (
        _uses(customer, bundle, period)
        .values("line_id")
        .annotate(used=Sum("quantity"), of=Window(Count("*")))
        .order_by("-used", "line_id")
    )
    start = (number - 1) * shown
    rows = list(totals[start : start + max(shown, 1)])
    if not rows and number > 1:
        return biggest_users(customer, bundle, period, 1, shown)
    total = rows[0]["of"] if rows else 0
    used = {row["line_id"]: row["used"] for row in rows[:shown]}
    who = dict(Line.objects.for_customer(customer).filter(pk__in=used).values_list("pk", _WHO))
    return Page([MemberUse(**_shown(who[key]), used=amount) for key, amount in used.items()], number, shown or 1, total)


def _shown(who: dict[str, str | None]) -> dict[str, str]:
    return {
        "public_id": who["id"] or "",
        "number": who["number"] or "",
        "name": " ".join(filter(None, (who["first"], who["last"]))),
        "employee_number": who["employee"] or "",
        "cost_centre": " ".join(filter(None, (who["centre"], who["centre_name"]))),
    }


def unused_by(customer: Customer, bundle: GroupBundle, period: date, number: int, shown: int = PER_PAGE) -> Page:
    """Members of the month that used nothing of the bundle in it, by number; one query.

    With ``shown`` 0 only how many there are.
    """
    used = _uses(customer, bundle, period).filter(line=OuterRef("pk"))
    lines = (
        Line.objects.for_customer(customer)
        .filter(~Exists(used), pk__in=members_in(customer, bundle, period).values("line_id"))
        .annotate(of=Window(Count("*")), who=_WHO)
        .order_by("number", "pk")
        .values("of", "who")
    )
    start = (number - 1) * shown
    rows = list(lines[start : start + max(shown, 1)])
    if not rows and number > 1:
        return unused_by(customer, bundle, period, 1, shown)
    total = rows[0]["of"] if rows else 0
    return Page([MemberUse(**_shown(row["who"]), used=0) for row in rows[:shown]], number, shown or 1, total)


def members_in(customer: Customer, bundle: GroupBundle, period: date) -> QuerySet[BundleMember]:
    """Who was a member on any day of the month."""
    return (
        BundleMember.objects.for_customer(customer)
        .filter(bundle=bundle, since__lt=next_period(period))
        .exclude(until__lte=period)
    )


def use_of_everybody(customer: Customer, bundle: GroupBundle, period: date) -> list[MemberUse]:
    """Every member of the month and every line that used the bundle in it: the biggest users first, then the others."""
    totals = dict(_uses(customer, bundle, period).values_list("line_id").annotate(used=Sum("quantity")))
    keys = totals.keys() | set(members_in(customer, bundle, period).values_list("line_id", flat=True))
    lines = Line.objects.for_customer(customer).filter(pk__in=keys).order_by("number", "pk").values_list("pk", _WHO)
    found = [MemberUse(**_shown(who), used=totals.get(key, 0)) for key, who in lines]
    return sorted(found, key=lambda use: -use.used)
