"""Why a month costs more or less than the one before, cause by cause; together they are the whole difference.

What a document charges is compared by phone number, kind and description. A line is new or ended by its subscription:
what else it costs has causes of its own.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from typing import Any

from django.core.cache import caches
from django.db.models import Count, F, Max, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from accounts.models import Customer
from billing.cost_filters import CostFilter
from billing.enums import CostCause
from billing.models import InvoiceLine
from billing.queries.cost_documents import Pair
from billing.queries.costs import CHUNK, Cost, asked, in_month, line_heads, of_the_same_numbers, wrapped
from fleetportal.web.pagination import PER_PAGE
from fleetportal.web.parameters import page_number
from groupbundles.queries.line_heads import LineHead
from sims.queries.lines import ListPage

# ``n_…`` count what the documents charge, ``f_…`` only what was asked for; credit notes stand apart.
_CAUSES = """
    WITH charged AS ({inner}),
    numbers AS (
        SELECT
            number AS one,
            bool_or(kind = 'plan' AND n_this > 0) AS has,
            bool_or(kind = 'plan' AND n_before > 0) AS had
        FROM charged GROUP BY number
    ),
    causes AS (
        SELECT number, description, newest_line, this, before, CASE
            WHEN kind NOT IN ('plan', 'option') THEN kind
            WHEN number = '' THEN 'other'
            WHEN has AND NOT had THEN 'new'
            WHEN had AND NOT has THEN 'ended'
            WHEN n_this > 0 AND n_before > 0 AND (f_this = 0 OR f_before = 0) THEN 'moved'
            WHEN n_this > 0 AND n_before > 0 AND price_this::numeric <> price_before::numeric THEN 'price'
            WHEN n_this > 0 AND n_before > 0 THEN 'part'
            ELSE kind
        END AS cause
        FROM charged JOIN numbers ON one = number
        WHERE this <> before
        UNION ALL
        SELECT number, description, newest_line, credit_this, credit_before, 'credit'
        FROM charged WHERE credit_this <> credit_before
    )
"""


_SUMS = """
    SELECT
        cause,
        sum(this) AS this,
        sum(before) AS before,
        count(DISTINCT nullif(number, '')) AS lines,
        count(*) AS changes
    FROM causes GROUP BY cause
    UNION ALL
    SELECT NULL, coalesce(sum(this + credit_this), 0), coalesce(sum(before + credit_before), 0), 0, count(*)
    FROM charged"""
# Of so many charges the sums are kept: other invoices are other documents, and so another question.
LARGE = 20_000
KEEP_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Cause:
    """``lines`` is how many phone numbers have it, ``changes`` how many of their charges."""

    cause: CostCause
    cost: Cost
    lines: int = 0
    changes: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """One charge of one phone number that is not what it was."""

    number: str
    description: str
    cause: CostCause
    cost: Cost
    line: LineHead | None


def causes(customer: Customer, wanted: CostFilter, pair: Pair) -> list[Cause]:
    """The largest first, whichever way it goes. One query, or what it gave a moment ago for a large fleet."""
    rows = {row["cause"]: row for row in _sums(customer, wanted, pair)}
    lines = rows.pop(None, None)
    found = [
        Cause(CostCause(row["cause"]), Cost(row["this"], row["before"]), row["lines"], row["changes"])
        for row in rows.values()
    ]
    if lines is not None and not wanted.narrows:
        found.append(Cause(CostCause.DOCUMENT, _on_no_line(pair, Cost(lines["this"], lines["before"]))))
    changed = (cause for cause in found if cause.cost.difference or cause.changes)
    return sorted(changed, key=lambda cause: (-abs(cause.cost.difference), cause.cause))


def _sums(customer: Customer, wanted: CostFilter, pair: Pair) -> list[dict[str, Any]]:
    """A row per cause, and one without any cause: what all lines come to."""
    documents = [(one.key, one.month == pair.month) for one in pair.everything]
    asked_for = wanted.changed(cause="", sort="", by="", q="").query()
    digest = sha256(repr((documents, asked_for)).encode()).hexdigest()
    kept, key = caches["memory"], f"cost-causes:{customer.pk}:{digest}"
    found: list[dict[str, Any]] | None = kept.get(key)
    if found is None:
        found = _ask(_SUMS, _charged(customer, wanted, pair))
        if sum(row["changes"] for row in found if row["cause"] is None) >= LARGE:
            kept.set(key, found, KEEP_SECONDS)
    return found


def _on_no_line(pair: Pair, lines: Cost) -> Cost:
    """What documents give or take as a whole: their amount without that of their lines."""
    this, before = (sum((one.net for one in month), Decimal()) for month in (pair.this, pair.before))
    return Cost(this - lines.this, before - lines.before)


def _charged(customer: Customer, wanted: CostFilter, pair: Pair) -> QuerySet[Any]:
    """What is charged, by number, kind and description; sums of what was asked for, counts of everything."""
    which = asked(wanted, customer)
    credit = in_month([document for document in pair.everything if document.is_credit])
    lines = InvoiceLine.objects.for_customer(customer).filter(in_month(pair.everything)).order_by()
    now = Q(invoice__in=[document.key for document in pair.everything if document.month == pair.month])

    def total(where: Q, sign: int = 1) -> Any:
        return Coalesce(Sum(sign * F("net"), filter=where & which), Decimal())

    lines = of_the_same_numbers(lines, wanted, which)
    return lines.values("number", "kind", "description").annotate(
        this=total(in_month(pair.this) & ~credit),
        before=total(in_month(pair.before) & ~credit),
        credit_this=total(in_month(pair.this) & credit, -1),
        credit_before=total(in_month(pair.before) & credit, -1),
        n_this=Count("pk", filter=now & ~credit),
        n_before=Count("pk", filter=~now & ~credit),
        f_this=Count("pk", filter=in_month(pair.this) & ~credit & which),
        f_before=Count("pk", filter=in_month(pair.before) & ~credit & which),
        price_this=Max("price", filter=now & ~credit),
        price_before=Max("price", filter=~now & ~credit),
        newest_line=Max("line"),
    )


def _ask(sql: str, inner: QuerySet[Any], *more: Any) -> list[dict[str, Any]]:
    return wrapped(_CAUSES + sql, inner, *more)


_LIST = """
    SELECT number, description, newest_line, this, before, cause FROM causes
    WHERE %s IN ('', cause) ORDER BY abs(this - before) DESC, number, description LIMIT %s OFFSET %s"""


def change_page(customer: Customer, wanted: CostFilter, pair: Pair, asked_page: str | None, total: int) -> ListPage:
    """A page of the charges with the cause that is asked for, the largest difference first."""
    page = min(page_number(asked_page), max(1, -(-total // PER_PAGE)))
    rows = _ask(_LIST, _charged(customer, wanted, pair), wanted.cause, PER_PAGE, (page - 1) * PER_PAGE)
    return ListPage(items=list(_changes(customer, rows)), number=page, per_page=PER_PAGE, total=total)


def count_changes(found: Iterable[Cause], cause: str) -> int:
    """How many charges the list holds; an empty ``cause`` stands for all."""
    return sum(one.changes for one in found if cause in ("", one.cause))


def all_changes(customer: Customer, wanted: CostFilter, pair: Pair) -> Iterator[Change]:
    """The whole list, lines looked up in chunks."""
    rows = _ask(_LIST, _charged(customer, wanted, pair), wanted.cause, None, 0)
    for start in range(0, len(rows), CHUNK):
        yield from _changes(customer, rows[start : start + CHUNK])


def _changes(customer: Customer, rows: list[dict[str, Any]]) -> Iterator[Change]:
    heads = line_heads(customer, {row["newest_line"] for row in rows} - {None})
    for row in rows:
        cost, line = Cost(row["this"], row["before"]), heads.get(row["newest_line"])
        yield Change(row["number"], row["description"], CostCause(row["cause"]), cost, line)
