"""What a company used in a month: totals with those of the month before, and lists of its lines.

Set by set from the counters per month; a page costs the same few questions whatever the fleet's size.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.cache import caches
from django.db.models import Count, Q, QuerySet, Sum

from accounts.models import Customer
from fleetportal.web.pagination import PER_PAGE
from fleetportal.web.parameters import page_number
from groupbundles.filters import UNUSED, VIEWS, UsageFilter
from groupbundles.models import LineUsageMonth
from groupbundles.periods import previous_period
from groupbundles.queries.freshness import Freshness
from groupbundles.queries.line_heads import LineHead, head_columns, head_of, plan_column
from sims.queries.lines import COUNTED, ListPage

# Totals of a large fleet are kept until newer figures come in, and not longer than this.
LARGE = 5_000
KEEP_SECONDS = 300
CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class Totals:
    """Of all lines in a month; ``views`` has the number of lines that each list holds."""

    data_bytes: int = 0
    voice_seconds: int = 0
    sms: int = 0
    services: int = 0
    out_of_bundle: Decimal = Decimal()
    roaming_charge: Decimal = Decimal()
    third_party_charge: Decimal = Decimal()
    premium_charge: Decimal = Decimal()
    data: int = 0
    outside: int = 0
    roaming: int = 0
    extras: int = 0

    @property
    def extra_charge(self) -> Decimal:
        return self.third_party_charge + self.premium_charge

    @property
    def lines(self) -> int:
        return self.data


_SUMS = (
    "data_bytes",
    "voice_seconds",
    "sms",
    "services",
    "out_of_bundle",
    "roaming_charge",
    "third_party_charge",
    "premium_charge",
)


@dataclass(frozen=True, slots=True)
class MonthPair:
    """A month and the one before it; ``before`` is None when nothing was counted then."""

    this: Totals
    before: Totals | None


def month_totals(customer: Customer, period: date, known: Freshness) -> MonthPair:
    """One grouped query for both months, or what it gave since the newest delivery for a large fleet."""
    kept, key = caches["memory"], f"usage-totals:{customer.pk}:{period}:{known.at and known.at.timestamp()}"
    if (found := kept.get(key)) is not None:
        return _pair(found)
    totals = {month: asdict(one) for month, one in _totals(customer, (period, previous_period(period))).items()}
    pair = (totals.get(period), totals.get(previous_period(period)))
    if pair[0] and pair[0]["data"] >= LARGE:
        kept.set(key, pair, KEEP_SECONDS)
    return _pair(pair)


def _pair(found: Any) -> MonthPair:
    this, before = found
    return MonthPair(Totals(**(this or {})), Totals(**before) if before else None)


def _totals(customer: Customer, periods: tuple[date, ...]) -> dict[date, Totals]:
    months = LineUsageMonth.objects.for_customer(customer).filter(period__in=periods)
    lists = {name: view.holds for name, view in VIEWS.items() if name != UNUSED}
    counts = {f"n_{name}": Count("pk", filter=holds) for name, holds in lists.items()}
    sums = {f"s_{name}": Sum(name) for name in _SUMS}
    rows = months.order_by().values("period").annotate(**counts, **sums)
    return {row["period"]: Totals(**{key[2:]: row[key] for key in (*counts, *sums)}) for row in rows}


@dataclass(frozen=True, slots=True)
class UsageRow:
    """A line in one of the lists; ``values`` has what every column of the lists is made of."""

    line: LineHead
    values: dict[str, Any]


# Where each column of the lists comes from; "extras" is the sum of two.
SOURCES = {
    "data": "data_bytes",
    "calls": "voice_seconds",
    "sms": "sms",
    "outside": "out_of_bundle",
    "roaming": "roaming_charge",
    "data_roaming": "data_roaming_charge",
    "premium": "premium_charge",
    "premium_records": "premium_records",
    "third_party": "third_party_charge",
}


def usage_page(customer: Customer, wanted: UsageFilter, number: str | None, totals: Totals) -> ListPage:
    """The page ``number`` (as the address has it) of the list; past the end gives the last page."""
    asked = page_number(number)
    months = lines_used(customer, wanted)
    total, is_open_ended = _total(months, wanted, asked, totals)
    page = min(asked, max(1, -(-total // PER_PAGE)))
    start = (page - 1) * PER_PAGE
    # Keys of the page first, so that only its rows are joined with what stands around their lines.
    keys = months.order_by(*wanted.order()).values("pk")[start : start + PER_PAGE]
    rows = _rows(LineUsageMonth.objects.for_customer(customer).filter(pk__in=keys), wanted) if total else []
    return ListPage(items=list(rows), number=page, per_page=PER_PAGE, total=total, is_open_ended=is_open_ended)


def all_rows(customer: Customer, wanted: UsageFilter) -> Iterator[UsageRow]:
    """The whole list in its order, read in chunks."""
    return _rows(lines_used(customer, wanted), wanted, chunks=CHUNK)


def lines_used(customer: Customer, wanted: UsageFilter) -> QuerySet[LineUsageMonth]:
    """The month's counters of the lines that fit, unsorted."""
    months: QuerySet[LineUsageMonth] = LineUsageMonth.objects.for_customer(customer)
    months = months.filter(VIEWS[wanted.view].holds or Q(), period=wanted.period)
    return months.filter(line__in=wanted.lines.apply(customer)) if wanted.narrows else months


def _total(months: QuerySet[LineUsageMonth], wanted: UsageFilter, page: int, totals: Totals) -> tuple[int, bool]:
    """How many lines fit, and whether there may be more: counting stops a little beyond what the page can show."""
    if not wanted.narrows:
        return int(getattr(totals, wanted.view)), False
    most = max(COUNTED, (page + 4) * PER_PAGE)
    found = months.order_by()[: most + 1].count()
    return min(found, most), found > most


def _rows(months: QuerySet[LineUsageMonth], wanted: UsageFilter, *, chunks: int = 0) -> Iterator[UsageRow]:
    """``chunks`` reads that many at a time instead of all at once."""
    columns = [*head_columns("line__"), *plan_column("line__"), *SOURCES.values()]
    found = months.annotate(**plan_column("line__")).order_by(*wanted.order()).values_list(*columns)
    for row in found.iterator(chunk_size=chunks) if chunks else found:
        values = dict(zip(columns, row, strict=True))
        known = {name: values[source] for name, source in SOURCES.items()}
        known["extras"] = known["premium"] + known["third_party"]
        yield UsageRow(head_of(columns, row, "line__"), known)
