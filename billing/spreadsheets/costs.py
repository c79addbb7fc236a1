"""Costs as workbooks: amounts are numbers, months and days are dates, phone numbers are text; totals stand below."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from django.utils.translation import gettext as _

from accounts.models import Membership
from billing import cost_wording as wording
from billing.cost_filters import DIMENSIONS, LINE, PLAN, CostFilter
from billing.enums import ChargeKind, CostList
from billing.queries.access import account_ids
from billing.queries.cost_causes import all_changes, causes, count_changes
from billing.queries.cost_documents import Pair, documents, pair_of
from billing.queries.cost_split import LineDivision, divided, line_divisions, matching_lines, most_first
from billing.queries.cost_unused import Idle, all_idle, idle_lines
from billing.queries.costs import Cost, Group, NumberCost, all_numbers, groups, number_page
from fleetportal.spreadsheets.writing import Column, Value, write_xlsx
from groupbundles.queries.line_heads import LineHead
from sims.orders.calendar import local_day

NOW_AND_THEN = 1_000
Tell = Callable[[int], None]
# A row, and whether it counts in the totals: a part of what stands in another row does not.
Counted = tuple[list[Value], bool]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One list as a workbook; headings and texts are in the language that is active while it is made."""

    title: str
    month: date
    columns: list[Column]
    rows: Callable[[], Iterator[Counted]]
    expected: int

    def write(self, path: Path, *, progress: Tell = lambda done: None) -> int:
        """Returns how many rows, without that of the totals."""
        totals: list[Value] = [None] * len(self.columns)
        rows = self._told(totals, progress)
        return write_xlsx(path, title=self.title, columns=self.columns, rows=rows, total=lambda: totals)

    def _told(self, totals: list[Value], progress: Tell) -> Iterator[list[Value]]:
        for done, (row, is_counted) in enumerate(self.rows(), start=1):
            if is_counted:
                _add_up(totals, row)
            yield row
            if done % NOW_AND_THEN == 0:
                progress(done)
        totals[0] = _("Total")


def _add_up(totals: list[Value], row: Sequence[Value]) -> None:
    for index, value in enumerate(row):
        if isinstance(value, Decimal):
            before = totals[index]
            totals[index] = value + (before if isinstance(before, Decimal) else Decimal())


def sheet_of(membership: Membership, what: CostList, wanted: CostFilter) -> Sheet | None:
    """What this member may see of the list; None before the first invoice."""
    found = documents(membership.customer, membership)
    month = found.chosen(wanted.month)
    if month is None:
        return None
    makers = {
        CostList.COSTS: _numbers if wanted.by == LINE else _groups,
        CostList.CHANGES: _changes,
        CostList.UNUSED: _unused,
        CostList.SPLIT: _split,
    }
    return makers[what](membership, wanted, pair_of(found, month, wanted.account))


def _title(what: CostList, month: date) -> str:
    return f"{what.label} {month:%Y-%m}"


def _euro(text: str) -> Column:
    return Column(_("%(what)s (euro)") % {"what": text}, 18)


def _cost_columns() -> list[Column]:
    return [_euro(_("Cost")), _euro(_("Before")), _euro(_("Difference"))]


def _cost_values(cost: Cost) -> list[Value]:
    return [cost.this, cost.before, cost.difference]


def _kind_columns() -> list[Column]:
    return [_euro(str(kind.label)) for kind in ChargeKind]


def _head_columns() -> list[Column]:
    return [Column(_("Phone number"), 16), Column(_("Employee"), 26), Column(_("Department"), 18)]


def _head(line: LineHead | None, number: str) -> list[Value]:
    return [number, line.name if line else "", line.department if line else ""]


def _groups(membership: Membership, wanted: CostFilter, pair: Pair) -> Sheet:
    has_kinds = wanted.by not in (PLAN, "kind")
    found = groups(membership.customer, wanted, pair, per_kind=has_kinds)

    def row(group: Group) -> Counted:
        label = "    " * group.depth + wording.group_label(group, wanted.by)
        kinds: list[Value] = [group.kinds[kind] for kind in ChargeKind] if has_kinds else []
        is_counted = not group.depth and not group.is_own
        return [label, pair.month, *_cost_values(group.cost), *kinds], is_counted

    columns = [Column(str(DIMENSIONS[wanted.by]), 36), Column(_("Month"), 12), *_cost_columns()]
    columns += _kind_columns() if has_kinds else []
    return Sheet(_title(CostList.COSTS, pair.month), pair.month, columns, lambda: map(row, found), len(found))


def _numbers(membership: Membership, wanted: CostFilter, pair: Pair) -> Sheet:
    customer = membership.customer

    def row(found: NumberCost) -> Counted:
        centre = found.line.centre if found.line else ""
        kinds: list[Value] = [found.kinds[kind] for kind in ChargeKind]
        head = _head(found.line, found.number)
        return [*head, found.plan, centre, pair.month, *_cost_values(found.cost), *kinds], True

    columns = [*_head_columns(), Column(_("Plan"), 18), Column(_("Cost centre"), 18), Column(_("Month"), 12)]
    columns += [*_cost_columns(), *_kind_columns()]
    listed, _total = number_page(customer, wanted, pair, None)
    rows = lambda: map(row, all_numbers(customer, wanted, pair))  # noqa: E731
    return Sheet(_title(CostList.COSTS, pair.month), pair.month, columns, rows, listed.total)


def _changes(membership: Membership, wanted: CostFilter, pair: Pair) -> Sheet:
    customer = membership.customer

    def rows() -> Iterator[Counted]:
        for change in all_changes(customer, wanted, pair):
            head = _head(change.line, change.number)
            yield [*head, change.description, str(change.cause.label), pair.month, *_cost_values(change.cost)], True

    columns = [*_head_columns(), Column(_("Description"), 32), Column(_("Cause"), 24), Column(_("Month"), 12)]
    expected = count_changes(causes(customer, wanted, pair), wanted.cause)
    return Sheet(_title(CostList.CHANGES, pair.month), pair.month, [*columns, *_cost_columns()], rows, expected)


def _unused(membership: Membership, wanted: CostFilter, pair: Pair) -> Sheet:
    customer = membership.customer
    idle = idle_lines(customer, wanted.months, pair.this, wanted.account, account_ids(membership))

    def row(found: Idle) -> Counted:
        line, last = found.row.line, found.row.last_used_at
        days: list[Value] = [local_day(last) if last else None, found.row.active_since, pair.month]
        return [*_head(line, line.number), line.plan, line.centre, *days, found.row.cost, found.billed], True

    columns = [*_head_columns(), Column(_("Plan"), 18), Column(_("Cost centre"), 18), Column(_("Last used"), 12)]
    columns += [Column(_("Active since"), 12), Column(_("Month"), 12), _euro(_("Per month")), _euro(_("Billed"))]
    rows = lambda: map(row, all_idle(customer, idle, pair.this))  # noqa: E731
    return Sheet(_title(CostList.UNUSED, pair.month), pair.month, columns, rows, idle.count)


def _split(membership: Membership, wanted: CostFilter, pair: Pair) -> Sheet:
    customer = membership.customer
    found = matching_lines(customer, wanted.q, divided(customer, pair.month, pair.this))

    def row(one: LineDivision) -> Counted:
        head = [*_head(one.line, one.line.number), one.employee_number, one.line.centre, one.profile.name]
        division = one.division
        amounts: list[Value] = [division.net, division.company, division.employee]
        return [*head, pair.month, *amounts, division.employee_vat, division.employee_pays], True

    columns = [*_head_columns(), Column(_("Employee number"), 16), Column(_("Cost centre"), 18)]
    columns += [Column(_("Profile"), 24), Column(_("Month"), 12), _euro(_("Cost")), _euro(_("Company"))]
    columns += [_euro(_("Employee")), _euro(_("VAT of the employee")), _euro(_("Employee with VAT"))]
    rows = lambda: map(row, line_divisions(customer, found, most_first(found)))  # noqa: E731
    return Sheet(_title(CostList.SPLIT, pair.month), pair.month, columns, rows, len(found))
