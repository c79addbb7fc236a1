"""What company and employee pay of the invoices, by the split bill profile that holds in the month they charge."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet, Sum
from django.db.models.functions import TruncMonth

from accounts.models import Customer, Membership
from accounts.permissions import Permission
from billing.enums import ChargeKind
from billing.models import InvoiceLine
from billing.queries.access import visible_invoices
from billing.queries.cost_documents import Document
from billing.queries.costs import in_month, line_heads, signed
from billing.queries.invoices import month_of_line, signed_net
from billing.split_bill import Charge, Division, by_category, divide
from groupbundles.enums import UsageKind, UsageZone
from groupbundles.models import LineUsageDay
from groupbundles.periods import periods_until
from groupbundles.queries.line_heads import LineHead
from sims.enums import CostCategory
from sims.models import Line, SplitBillAssignment, SplitBillProfile
from sims.orders.calendar import next_period
from sims.queries.costs import Costs
from sims.search import matching

_USE = {
    UsageKind.DATA: CostCategory.DATA,
    UsageKind.VOICE: CostCategory.VOICE,
    UsageKind.SMS: CostCategory.SMS,
}
_ABROAD = (UsageZone.EU, UsageZone.WORLD)
Use = dict[CostCategory, Decimal]


@dataclass(frozen=True, slots=True)
class LineDivision:
    """One line of a month; ``employee_number`` is the company's own, for payroll."""

    line: LineHead
    employee_number: str
    profile: SplitBillProfile
    division: Division


@dataclass(frozen=True, slots=True)
class Totals:
    """Of several lines; VAT is the sum of what each of them has."""

    company: Decimal = Decimal("0.00")
    employee: Decimal = Decimal("0.00")
    employee_vat: Decimal = Decimal("0.00")

    @property
    def net(self) -> Decimal:
        return self.company + self.employee

    @property
    def employee_pays(self) -> Decimal:
        return self.employee + self.employee_vat


def totals_of(divisions: Iterable[Division]) -> Totals:
    found = Totals()
    for one in divisions:
        found = Totals(
            found.company + one.company, found.employee + one.employee, found.employee_vat + one.employee_vat
        )
    return found


def divided(customer: Customer, month: date, documents: list[Document]) -> dict[int, tuple[SplitBillProfile, Division]]:
    """Every line whose bill is divided in this month and that is charged something, by its key. Three queries."""
    profiles = _profiles(customer, month)
    charges = _charges(customer, documents, _assigned(customer, month).values("line"))
    mine = {key: together(found) for key, found in charges.items() if key in profiles}
    with_use = [key for key, found in mine.items() if any(charge.kind == ChargeKind.USAGE for charge in found)]
    use = _use(customer, with_use, [month])
    return {key: (profiles[key], divide(mine[key], profiles[key], use.get((key, month)))) for key in mine}


def _assigned(customer: Customer, month: date) -> QuerySet[SplitBillAssignment]:
    found: QuerySet[SplitBillAssignment] = SplitBillAssignment.objects.for_customer(customer)
    return found.filter(since__lte=month)


def _profiles(customer: Customer, month: date) -> dict[int, SplitBillProfile]:
    """The profile that holds for each line that has one."""
    newest = _assigned(customer, month).order_by("line", "-since", "-id").distinct("line")
    kept = {profile.pk: profile for profile in SplitBillProfile.objects.for_customer(customer)}
    rows = newest.values_list("line", "profile")
    return {line: kept[profile] for line, profile in rows if profile is not None}


def _charges(customer: Customer, documents: list[Document], lines: Any) -> dict[int, list[Charge]]:
    rows = InvoiceLine.objects.for_customer(customer).filter(in_month(documents), line__in=lines).order_by()
    charges: dict[int, list[Charge]] = {}
    for line, kind, rate, net in rows.values_list("line", "kind", "vat_rate").annotate(net=Sum(signed(documents))):
        charges.setdefault(line, []).append(Charge(ChargeKind(kind), rate, net))
    return charges


def _use(customer: Customer, lines: Sequence[int], months: Sequence[date]) -> dict[tuple[int, date], Use]:
    """What use outside of any bundle cost per category, as the records say; third parties are charged apart."""
    first, end = min(months), next_period(max(months))
    days = LineUsageDay.objects.for_customer(customer).filter(
        line__in=lines, day__gte=first, day__lt=end, charge__gt=0, kind__in=_USE
    )
    rows = days.exclude(zone=UsageZone.THIRD_PARTY).annotate(month=TruncMonth("day")).order_by()
    found: dict[tuple[int, date], Use] = {}
    for line, month, kind, zone, total in rows.values_list("line", "month", "kind", "zone").annotate(
        total=Sum("charge")
    ):
        category = CostCategory.ROAMING if zone in _ABROAD else _USE[UsageKind(kind)]
        use = found.setdefault((line, month), {})
        use[category] = use.get(category, Decimal()) + total
    return found


def matching_lines(
    customer: Customer, text: str, found: dict[int, tuple[SplitBillProfile, Division]]
) -> dict[int, tuple[SplitBillProfile, Division]]:
    """Those whose number or employee is looked for."""
    if not text:
        return found
    keys = Line.objects.for_customer(customer).filter(matching(text), pk__in=list(found)).values_list("pk", flat=True)
    return {key: found[key] for key in keys}


def most_first(found: Mapping[int, tuple[SplitBillProfile, Division]]) -> list[int]:
    """The keys of lines, whose employee pays most first."""
    return sorted(found, key=lambda key: (-found[key][1].employee_pays, key))


def line_divisions(
    customer: Customer, found: Mapping[int, tuple[SplitBillProfile, Division]], keys: Iterable[int]
) -> Iterator[LineDivision]:
    """These lines in their order, with what names them."""
    keys = list(keys)
    heads = line_heads(customer, keys)
    lines = Line.objects.for_customer(customer).filter(pk__in=keys)
    numbers = dict(lines.values_list("pk", "subscriber__employee_number"))
    for key in keys:
        profile, division = found[key]
        yield LineDivision(heads[key], numbers[key] or "", profile, division)


@dataclass(frozen=True, slots=True)
class LineMonth:
    """What a month's invoices charge for a line; ``profile`` is None where the company pays everything."""

    month: date
    profile: SplitBillProfile | None
    division: Division

    @property
    def is_divided(self) -> bool:
        return self.profile is not None


def line_months(line: Line, membership: Membership, count: int) -> list[LineMonth]:
    """The last months for which invoices that this person may see charge for the line, newest first; three queries."""
    charges = _charges_by_month(line, membership)
    newest = next(iter(charges), None)
    months = [month for month in periods_until(newest, count) if month in charges] if newest else []
    if not months:
        return []
    assignments = list(
        SplitBillAssignment.objects.for_customer(line.customer_id).filter(line=line).select_related("profile")
    )
    use = _use(line.customer, [line.pk], months)
    return [_line_month(month, charges[month], assignments, use.get((line.pk, month))) for month in months]


def billed_costs(line: Line, membership: Membership) -> Costs | None:
    """What invoices that this person may see charge for the line in the newest month; None before the first."""
    if not membership.can(Permission.VIEW_INVOICES):
        return None
    charges = _charges_by_month(line, membership)
    newest = next(iter(charges), None)
    if newest is None:
        return None
    use = _use(line.customer, [line.pk], [newest]).get((line.pk, newest))
    return Costs(newest, by_category(together(charges[newest]), use))


def _charges_by_month(line: Line, membership: Membership) -> dict[date, list[Charge]]:
    """Newest month first; what is given back is below zero."""
    seen = visible_invoices(line.customer, membership).filter(currency="EUR")
    rows = (
        InvoiceLine.objects.for_customer(line.customer_id)
        .filter(line=line, invoice__in=seen.values("pk"))
        .annotate(month=month_of_line())
        .order_by("-month")
        .values_list("month", "kind", "vat_rate")
        .annotate(net=Sum(signed_net("invoice__kind")))
    )
    charges: dict[date, list[Charge]] = {}
    for month, kind, rate, net in rows:
        charges.setdefault(month, []).append(Charge(ChargeKind(kind), rate, net))
    return charges


def _line_month(
    month: date, charges: list[Charge], assignments: list[SplitBillAssignment], use: Use | None
) -> LineMonth:
    """The newest assignment stands first."""
    held = next((one.profile for one in assignments if one.since <= month), None)
    return LineMonth(month, held, divide(together(charges), held, use))


def together(charges: Iterable[Charge]) -> list[Charge]:
    """One charge for each kind and rate: several invoices of a month are divided as one would be."""
    sums: dict[tuple[ChargeKind, Decimal], Decimal] = {}
    for charge in charges:
        sums[charge.kind, charge.rate] = sums.get((charge.kind, charge.rate), Decimal()) + charge.net
    return [Charge(kind, rate, net) for (kind, rate), net in sorted(sums.items())]
