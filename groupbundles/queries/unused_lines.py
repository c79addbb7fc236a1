"""Lines in service that nobody used for some months, and what they cost.

Months count back from the last delivery of usage, not from today: old figures say nothing about the days after them.
A line must have been there all that time, and so must the company's figures.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import (
    Count,
    DateTimeField,
    DecimalField,
    Exists,
    F,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Window,
)
from django.db.models.functions import Coalesce

from accounts.models import Customer
from fleetportal.web.pagination import PER_PAGE
from fleetportal.web.parameters import page_number
from groupbundles.filters import UNUSED_MONTHS, UsageFilter
from groupbundles.models import LineUsageMonth
from groupbundles.periods import first_of_month, months_before
from groupbundles.queries.freshness import Freshness
from groupbundles.queries.line_columns import IN_SERVICE
from groupbundles.queries.line_heads import LineHead, head_columns, head_of, plan_column
from sims.models import Line, LineOption
from sims.orders.calendar import local_day, start_of_day
from sims.queries.lines import ListPage

CHUNK = 2_000
_MONEY: Any = DecimalField(max_digits=12, decimal_places=2)


@dataclass(frozen=True, slots=True)
class Unused:
    """Since which day lines are without use, how many they are and what they cost together in a month.

    ``choices`` are the numbers of months that the company's figures reach back for; without the asked one among them
    nothing can be said, and ``since`` is None. ``known_from`` is the first day of the figures.
    """

    since: date | None
    known_from: date | None
    choices: list[int]
    lines: int = 0
    cost: Decimal = Decimal()


@dataclass(frozen=True, slots=True)
class UnusedRow:
    """``last_used_at`` is None for a line that was never used; ``cost`` is euro per month of plan and options."""

    line: LineHead
    last_used_at: datetime | None
    active_since: date | None
    cost: Decimal


def unused(customer: Customer, wanted: UsageFilter, known: Freshness) -> Unused:
    """From when on there are figures, and so what can be said; without counting the lines."""
    first = LineUsageMonth.objects.for_customer(customer).aggregate(first=Min("period"))["first"]
    if known.at is None or first is None:
        return Unused(None, first, [])
    until = local_day(known.at)
    choices = [n for n in UNUSED_MONTHS if months_before(until, n) >= first]
    since = months_before(until, wanted.months) if wanted.months in choices else None
    return Unused(since, first, choices)


def counted(customer: Customer, wanted: UsageFilter, found: Unused) -> Unused:
    """With how many lines there are and what they cost together."""
    if found.since is None:
        return found
    lines = unused_lines(customer, wanted, found.since)
    summed = lines.aggregate(lines=Count("pk"), total=Sum("cost"))
    return replace(found, lines=summed["lines"], cost=summed["total"] or Decimal())


def unused_page(customer: Customer, wanted: UsageFilter, number: str | None, found: Unused) -> tuple[ListPage, Unused]:
    """The page ``number`` (as the address has it), and ``found`` with its sums; past the end gives the last page.

    The lines are looked for once: sums and keys of the page come together, then the page's rows.
    """
    page = page_number(number)
    keys: list[int] = []
    if found.since:
        keys, found = _keys(customer, wanted, found, page)
        if not keys and page > 1:
            found = counted(customer, wanted, found)
            page = max(1, -(-found.lines // PER_PAGE))
            keys, found = _keys(customer, wanted, found, page)
    rows = []
    if keys and found.since:
        lines = unused_lines(customer, wanted, found.since).filter(pk__in=keys).order_by(*wanted.order())
        rows = list(unused_rows(lines))
    return ListPage(items=rows, number=page if keys else 1, per_page=PER_PAGE, total=found.lines), found


def _keys(customer: Customer, wanted: UsageFilter, found: Unused, page: int) -> tuple[list[int], Unused]:
    assert found.since is not None, "without figures there is nothing to look for"
    lines = unused_lines(customer, wanted, found.since).annotate(
        in_all=Window(Count("pk")), cost_of_all=Window(Sum("cost"))
    )
    start = (page - 1) * PER_PAGE
    keys = list(lines.order_by(*wanted.order()).values_list("pk", "in_all", "cost_of_all")[start : start + PER_PAGE])
    if not keys:
        return [], found
    return [pk for pk, _lines, _cost in keys], replace(found, lines=keys[0][1], cost=keys[0][2])


def all_unused(customer: Customer, wanted: UsageFilter, since: date) -> Iterator[UnusedRow]:
    """The whole list in its order, read in chunks."""
    return unused_rows(unused_lines(customer, wanted, since).order_by(*wanted.order()), chunks=CHUNK)


def unused_lines(customer: Customer, wanted: UsageFilter, since: date) -> QuerySet[Line]:
    """Lines in service since before ``since`` and without use from that day on, with ``cost`` and ``last_used_at``."""
    months = LineUsageMonth.objects.for_customer(customer).filter(line=OuterRef("pk"))
    used = months.filter(period__gte=first_of_month(since), last_used_at__gte=start_of_day(since))
    options = (
        LineOption.objects.filter(line=OuterRef("pk"))
        .order_by()
        .values("line")
        .annotate(total=Sum("option__price_month"))
        .values("total")
    )
    lines = wanted.lines.apply(customer).filter(~Exists(used), state__in=IN_SERVICE)
    lines = lines.filter(Q(activated_on=None) | Q(activated_on__lte=since))
    return lines.annotate(
        cost=Coalesce(F("plan__price_month"), Decimal(), output_field=_MONEY)
        + Coalesce(Subquery(options), Decimal(), output_field=_MONEY),
        last_used_at=Subquery(months.order_by("-period").values("last_used_at")[:1], output_field=DateTimeField()),
    )


def unused_rows(lines: QuerySet[Line], *, chunks: int = 0) -> Iterator[UnusedRow]:
    """What is shown of :func:`unused_lines`; ``chunks`` reads that many at a time instead of all at once."""
    columns = [*head_columns(), *plan_column(), "last_used_at", "activated_on", "cost"]
    found = lines.annotate(**plan_column()).values_list(*columns)
    for row in found.iterator(chunk_size=chunks) if chunks else found:
        yield UnusedRow(head_of(columns, row), *row[-3:])
