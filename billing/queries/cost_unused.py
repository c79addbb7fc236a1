"""Lines that nobody used, and what they cost all the same: by their plan per month, and on the invoices of a month."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Sum

from accounts.models import Customer
from billing.models import InvoiceLine
from billing.queries.cost_documents import Document
from billing.queries.costs import in_month, signed
from fleetportal.web.pagination import PER_PAGE
from fleetportal.web.parameters import page_number
from groupbundles.filters import UNUSED, UsageFilter
from groupbundles.queries.freshness import freshness
from groupbundles.queries.unused_lines import Unused, UnusedRow, unused, unused_lines, unused_rows
from sims.queries.lines import ListPage


@dataclass(frozen=True, slots=True)
class Idle:
    """A line without use; ``billed`` is euro without VAT of the month that is looked at."""

    row: UnusedRow
    billed: Decimal


@dataclass(frozen=True, slots=True)
class IdleLines:
    """All of them: what can be said at all, the query of the lines (None: nothing can), what they come to."""

    found: Unused
    lines: Any
    count: int = 0
    per_month: Decimal = Decimal()
    billed: Decimal = Decimal()


def idle_lines(
    customer: Customer, months: int, documents: list[Document], account: int | None, limits: Iterable[int] | None
) -> IdleLines:
    """Without use for so many months; on the billing account that is asked for and within a person's limits, where
    there are any. Five queries.
    """
    wanted = UsageFilter(view=UNUSED, months=months)
    found = unused(customer, wanted, freshness(customer))
    if found.since is None:
        return IdleLines(found, None)
    lines: Any = unused_lines(customer, wanted, found.since)
    if account is not None:
        lines = lines.filter(billing_account=account)
    if limits is not None:
        lines = lines.filter(billing_account__in=list(limits))
    summed = lines.aggregate(lines=Count("pk"), total=Sum("cost"))
    billed = sum(_billed(customer, documents, lines.values("pk")).values(), Decimal())
    return IdleLines(found, lines, summed["lines"], summed["total"] or Decimal(), billed)


def idle_page(customer: Customer, idle: IdleLines, documents: list[Document], asked: str | None) -> ListPage:
    """The dearest first; past the end gives the last page."""
    page = min(page_number(asked), max(1, -(-idle.count // PER_PAGE)))
    start = (page - 1) * PER_PAGE
    items = list(_idle(customer, idle, documents, slice(start, start + PER_PAGE))) if idle.count else []
    return ListPage(items=items, number=page, per_page=PER_PAGE, total=idle.count)


def all_idle(customer: Customer, idle: IdleLines, documents: list[Document]) -> Iterator[Idle]:
    return _idle(customer, idle, documents, slice(None))


def _idle(customer: Customer, idle: IdleLines, documents: list[Document], part: slice) -> Iterator[Idle]:
    assert idle.lines is not None, "without figures there is nothing to look for"
    keys = list(idle.lines.order_by("-cost", "pk").values_list("pk", flat=True)[part])
    billed = _billed(customer, documents, keys)
    rows = idle.lines.filter(pk__in=keys).order_by("-cost", "pk")
    for key, row in zip(keys, unused_rows(rows), strict=True):
        yield Idle(row, billed.get(key, Decimal()))


def _billed(customer: Customer, documents: list[Document], lines: object) -> dict[int, Decimal]:
    rows = InvoiceLine.objects.for_customer(customer).filter(in_month(documents), line__in=lines).order_by()
    return dict(rows.values_list("line").annotate(billed=Sum(signed(documents))))
