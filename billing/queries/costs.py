"""What a month costs beside the one before: per cost centre, account, plan, kind and line, net of credit notes.

Counted set by set from the lines of the invoices; a page asks the same few questions however many lines there are.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Case, CharField, F, Max, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce

from accounts.models import BillingAccount, CostCentre, Customer
from billing.cost_filters import ACCOUNT, CENTRE, KIND, NO_CENTRE, PLAN, UNKNOWN, CostFilter
from billing.enums import ChargeKind
from billing.models import InvoiceLine
from billing.queries.cost_documents import Document, Pair
from fleetportal.web.pagination import PER_PAGE
from fleetportal.web.parameters import page_number
from groupbundles.queries.line_heads import LineHead, head_columns, head_of, plan_column
from sims.models import Line, TariffPlan
from sims.queries.lines import ListPage
from sims.search import matching

Sums = dict[str, Decimal]
CHUNK = 2_000
NO_WISH = Q()
_ORDERS = {
    "number": "number {way}",
    "this": "this {way}, number",
    "before": "before {way}, number",
    "difference": "this - before {way}, number",
}


@dataclass(frozen=True, slots=True)
class Cost:
    """Euro without VAT in a month and the one before."""

    this: Decimal = Decimal()
    before: Decimal = Decimal()

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.this + other.this, self.before + other.before)

    @property
    def difference(self) -> Decimal:
        return self.this - self.before

    @property
    def is_nothing(self) -> bool:
        return not self.this and not self.before


@dataclass(frozen=True, slots=True)
class Group:
    """What belongs together. ``key`` is what the filter calls it; ``label`` is empty where there is no name.

    ``depth`` is how deep a cost centre stands in the tree; ``is_own`` is the part booked on a centre itself, beside
    those under it. Only groups of depth 0 that are not ``is_own`` add up to the total.
    """

    key: str
    label: str
    cost: Cost
    depth: int = 0
    is_own: bool = False
    kinds: Mapping[str, Decimal] = field(default_factory=dict)


def asked(wanted: CostFilter, customer: Customer) -> Q:
    """The lines of invoices that are asked for, as far as they themselves can say."""
    asked = Q(kind=wanted.kind) if wanted.kind else Q()
    if wanted.centre == NO_CENTRE:
        asked &= Q(cost_centre=None, cost_centre_code="")
    elif wanted.centre.startswith(UNKNOWN):
        asked &= Q(cost_centre=None, cost_centre_code=wanted.centre.removeprefix(UNKNOWN))
    elif wanted.centre:
        asked &= Q(cost_centre__in=branch(customer, int(wanted.centre)))
    return asked


def found_by(wanted: CostFilter, customer: Customer) -> Q:
    """The lines of invoices about phone numbers or people that were looked for."""
    if not wanted.q:
        return Q()
    digits = "".join(filter(str.isdigit, wanted.q)).lstrip("0")
    lines = Q(line__in=Line.objects.for_customer(customer).filter(matching(wanted.q)))
    return lines | Q(number__contains=digits) if len(digits) > 3 else lines


def branch(customer: Customer, centre: int) -> list[int]:
    """The keys of a cost centre and of all that stand under it."""
    parents = dict(CostCentre.objects.for_customer(customer).values_list("pk", "parent"))
    found, added = set(), {centre} & parents.keys()
    while added:
        found |= added
        added = {key for key, parent in parents.items() if parent in added} - found
    return sorted(found)


def in_month(documents: Iterable[Document]) -> Q:
    return Q(invoice__in=[document.key for document in documents])


def signed(documents: Iterable[Document]) -> Any:
    """What a line of one of these adds: below zero in a credit note."""
    credits = [document.key for document in documents if document.is_credit]
    return Case(When(invoice__in=credits, then=-F("net")), default=F("net")) if credits else F("net")


def summed(pair: Pair, which: Q = NO_WISH) -> dict[str, Any]:
    """The aggregates ``this`` and ``before`` over the lines that fit."""
    amount = signed(pair.everything)
    return {
        "this": Coalesce(Sum(amount, filter=in_month(pair.this) & which), Decimal()),
        "before": Coalesce(Sum(amount, filter=in_month(pair.before) & which), Decimal()),
    }


def of_the_same_numbers(lines: QuerySet[Any], wanted: CostFilter, which: Q) -> QuerySet[Any]:
    """Everything that is charged for the numbers of which something is asked for."""
    if not wanted.centre and not wanted.kind:
        return lines
    return lines.filter(number__in=lines.filter(which).values("number"))


def charged(customer: Customer, pair: Pair) -> QuerySet[InvoiceLine]:
    """The lines of both months' documents that are asked for."""
    lines: QuerySet[InvoiceLine] = InvoiceLine.objects.for_customer(customer)
    return lines.filter(in_month([*pair.this, *pair.before])).order_by()


def groups(customer: Customer, wanted: CostFilter, pair: Pair, *, per_kind: bool = False) -> list[Group]:
    """The month put together by anything but lines; three queries at most. Those without any cost are left out."""
    lines = charged(customer, pair).filter(asked(wanted, customer))
    kinds = _kind_sums(pair) if per_kind else {}
    if wanted.by == CENTRE:
        found = _centres(customer, lines, pair, kinds)
    elif wanted.by == ACCOUNT:
        found = _accounts(customer, lines, pair, kinds)
    elif wanted.by == PLAN:
        found = _plans(customer, wanted, pair)
    else:
        assert wanted.by == KIND, "lines are read page by page"
        rows = {row["kind"]: row for row in lines.values("kind").annotate(**summed(pair))}
        found = [Group(kind, str(kind.label), _cost(rows[kind])) for kind in ChargeKind if kind in rows]
    return [group for group in found if not group.cost.is_nothing]


def _kind_sums(pair: Pair, which: Q = NO_WISH) -> dict[str, Any]:
    amount = signed(pair.everything)
    return {
        f"kind_{kind}": Coalesce(Sum(amount, filter=in_month(pair.this) & which & Q(kind=kind)), Decimal())
        for kind in ChargeKind
    }


def _cost(row: Mapping[str, Any]) -> Cost:
    return Cost(row["this"], row["before"])


def _kinds(row: Mapping[str, Any]) -> Sums:
    return {name.removeprefix("kind_"): value for name, value in row.items() if name.startswith("kind_")}


def _accounts(customer: Customer, lines: QuerySet[Any], pair: Pair, kinds: dict[str, Any]) -> list[Group]:
    account_of = {document.key: document.account for document in pair.everything}
    names = {account.pk: str(account) for account in BillingAccount.objects.for_customer(customer)}
    costs: dict[int, Cost] = {}
    by_kind: dict[int, Sums] = {}
    for row in lines.values("invoice").annotate(**summed(pair), **kinds):
        account = account_of[row["invoice"]]
        costs[account] = costs.get(account, Cost()) + _cost(row)
        by_kind[account] = added(by_kind.get(account, {}), _kinds(row))
    return [
        Group(str(key), names[key], costs[key], kinds=by_kind[key]) for key in sorted(costs, key=lambda key: names[key])
    ]


def added(first: Mapping[str, Decimal], second: Mapping[str, Decimal]) -> Sums:
    return {name: first.get(name, Decimal()) + second.get(name, Decimal()) for name in {**first, **second}}


def _centres(customer: Customer, lines: QuerySet[Any], pair: Pair, kinds: dict[str, Any]) -> list[Group]:
    """The tree, then codes that the company has not, then what names none."""
    unknown = Case(When(cost_centre=None, then=F("cost_centre_code")), default=Value(""), output_field=CharField())
    rows = lines.annotate(unknown=unknown).values("cost_centre", "unknown").annotate(**summed(pair), **kinds)
    own: dict[int | str, Group] = {}
    for row in rows:
        centre, code = row["cost_centre"], row["unknown"]
        own[centre or code] = Group("", code, _cost(row), kinds=_kinds(row))
    centres = list(CostCentre.objects.for_customer(customer).order_by("code"))
    found = list(_tree(centres, own))
    for code in sorted(code for code in own if isinstance(code, str) and code):
        found.append(Group(f"{UNKNOWN}{code}", str(code), own[code].cost, kinds=own[code].kinds))
    if "" in own:
        found.append(Group(NO_CENTRE, "", own[""].cost, kinds=own[""].kinds))
    return found


def _tree(centres: list[CostCentre], own: Mapping[int | str, Group]) -> Iterator[Group]:
    """Each centre with what it and all under it cost, those under it right behind."""
    under: dict[int | None, list[CostCentre]] = {}
    for centre in centres:
        under.setdefault(centre.parent_id, []).append(centre)

    def below(centre: CostCentre, depth: int) -> list[Group]:
        mine = own.get(centre.pk, Group("", "", Cost()))
        parts = [group for child in under.get(centre.pk, []) for group in below(child, depth + 1)]
        heads = [group for group in parts if group.depth == depth + 1 and not group.is_own]
        total, kinds = mine.cost, mine.kinds
        for head in heads:
            total, kinds = total + head.cost, added(kinds, head.kinds)
        group = Group(str(centre.pk), str(centre), total, depth, kinds=kinds)
        if heads and not mine.cost.is_nothing:
            parts = [Group(group.key, group.label, mine.cost, depth + 1, is_own=True, kinds=mine.kinds), *parts]
        return [group, *parts]

    for centre in under.get(None, []):
        yield from below(centre, 0)


def total_of(found: Iterable[Group]) -> Cost:
    return sum((group.cost for group in found if not group.depth and not group.is_own), Cost())


def _plans(customer: Customer, wanted: CostFilter, pair: Pair) -> list[Group]:
    """By the plan that is billed for a number, whatever else that number costs."""
    sql = "SELECT billed_plan, sum(this) AS this, sum(before) AS before FROM ({inner}) AS numbers GROUP BY billed_plan"
    names = plan_names(customer)
    rows = wrapped(sql, per_number(customer, wanted, pair))
    found = [Group(row["billed_plan"], names(row["billed_plan"]), _cost(row)) for row in rows]
    return sorted(found, key=lambda group: (not group.key, group.label.casefold()))


def plan_names(customer: Customer) -> Callable[[str], str]:
    """What people call the plan that an invoice describes: its name where the text ends with its code."""
    plans = {plan.code.casefold(): plan.name for plan in TariffPlan.objects.for_customer(customer)}

    def name(text: str) -> str:
        return plans.get(text.split()[-1].casefold(), text) if text.strip() else ""

    return name


def per_number(customer: Customer, wanted: CostFilter, pair: Pair, *, per_kind: bool = False) -> QuerySet[Any]:
    """One row per phone number, with the plan that is billed for it now or was the month before."""
    is_plan, which = Q(kind=ChargeKind.PLAN), asked(wanted, customer)
    lines = of_the_same_numbers(charged(customer, pair), wanted, which)
    rows = lines.filter(found_by(wanted, customer)).values("number")
    return rows.annotate(
        **summed(pair, which),
        **(_kind_sums(pair, which) if per_kind else {}),
        billed_plan=Coalesce(
            Max("description", filter=is_plan & in_month(pair.this)), Max("description", filter=is_plan), Value("")
        ),
        newest_line=Max("line"),
    )


def wrapped(sql: str, inner: QuerySet[Any], *more: Any) -> list[dict[str, Any]]:
    """The rows of a question about the rows of a scoped queryset, which stands for ``{inner}``."""
    try:
        text, params = inner.query.sql_with_params()
    except EmptyResultSet:
        # Nothing was billed: Django does not even ask.
        return []
    with connection.cursor() as cursor:
        cursor.execute(sql.format(inner=text), [*params, *more])
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class NumberCost:
    """What one phone number costs; ``line`` is None where the portal knows no line of it."""

    number: str
    plan: str
    cost: Cost
    line: LineHead | None
    kinds: Mapping[str, Decimal]


def number_page(customer: Customer, wanted: CostFilter, pair: Pair, asked_page: str | None) -> tuple[ListPage, Cost]:
    """A page of the phone numbers, and what all of them cost; past the end gives the last page. Four queries."""
    page = page_number(asked_page)
    rows, lines, total = _numbers(customer, wanted, pair, page)
    if not rows and page > 1:
        page = max(1, -(-lines // PER_PAGE))
        rows, lines, total = _numbers(customer, wanted, pair, page)
    items = list(_number_costs(customer, rows))
    return ListPage(items=items, number=page if items else 1, per_page=PER_PAGE, total=lines), total


def _numbers(customer: Customer, wanted: CostFilter, pair: Pair, page: int) -> tuple[list[dict[str, Any]], int, Cost]:
    """Rows of the page behind one that holds what all of them come to."""
    sql = """
        WITH numbers AS ({inner}), found AS (
            SELECT * FROM numbers WHERE (this <> 0 OR before <> 0) AND (%s = '' OR billed_plan = %s)
        )
        SELECT NULL AS number, count(*) AS newest_line, NULL AS billed_plan, sum(this) AS this, sum(before) AS before
        FROM found
        UNION ALL (
            SELECT number, newest_line, billed_plan, this, before FROM found ORDER BY ORDER_BY_COLUMN LIMIT %s OFFSET %s
        )"""
    sql = sql.replace("ORDER_BY_COLUMN", _order(wanted))
    inner = per_number(customer, wanted, pair)
    more = [wanted.plan, wanted.plan, PER_PAGE, (page - 1) * PER_PAGE]
    all_of_them, *rows = wrapped(sql, inner, *more) or [{"newest_line": 0, "this": None, "before": None}]
    total = Cost(all_of_them["this"] or Decimal(), all_of_them["before"] or Decimal())
    return rows, all_of_them["newest_line"], total


def _order(wanted: CostFilter) -> str:
    key = wanted.sort.removeprefix("-")
    return _ORDERS[key].format(way="DESC" if wanted.sort.startswith("-") else "ASC")


def all_numbers(customer: Customer, wanted: CostFilter, pair: Pair) -> Iterator[NumberCost]:
    """The whole list in its order with what each kind of cost comes to, lines looked up in chunks."""
    sql = "SELECT * FROM ({inner}) AS numbers WHERE (this <> 0 OR before <> 0) AND (%s = '' OR billed_plan = %s)"
    inner = per_number(customer, wanted, pair, per_kind=True)
    rows = wrapped(f"{sql} ORDER BY {_order(wanted)}", inner, wanted.plan, wanted.plan)
    for start in range(0, len(rows), CHUNK):
        yield from _number_costs(customer, rows[start : start + CHUNK])


def _number_costs(customer: Customer, rows: list[dict[str, Any]]) -> Iterator[NumberCost]:
    heads = line_heads(customer, {row["newest_line"] for row in rows} - {None})
    names = plan_names(customer)
    for row in rows:
        line = heads.get(row["newest_line"])
        yield NumberCost(row["number"], names(row["billed_plan"]), _cost(row), line, _kinds(row))


def line_heads(customer: Customer, keys: Iterable[int]) -> dict[int, LineHead]:
    """What names these lines, by key."""
    columns = ["pk", *head_columns(), *plan_column()]
    lines = Line.objects.for_customer(customer).filter(pk__in=list(keys)).annotate(**plan_column())
    return {row[0]: head_of(columns[1:], row[1:]) for row in lines.values_list(*columns)}
