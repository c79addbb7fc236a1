"""The fleet list: one page of lines, ready to be drawn, from as few and as narrow queries as it takes."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Case, JSONField, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import JSONObject
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Customer, User
from fleetportal.shell.registry import LineColumn, contributions
from fleetportal.web import formatting
from fleetportal.web.pagination import PER_PAGE, Page
from fleetportal.web.parameters import page_number
from fleetportal.web.translated import name_expression
from sims.enums import LineState, OpenRequest, OrderKind, OrderState
from sims.filters import LineFilter
from sims.models import Line, Order
from sims.queries.counts import FleetCounts

# A search that fits more lines than this says "1,000+" until somebody pages on to see them.
COUNTED = 1_000
# From here on a page is found from the end of the list when that is nearer, and its total is counted anew.
FAR = 5_000

# The list's own columns in the order of the table; number and employee are always there.
COLUMNS: dict[str, str | Promise] = {
    "plan": gettext_lazy("Plan"),
    "state": gettext_lazy("Status"),
    "centre": gettext_lazy("Cost centre"),
    "account": gettext_lazy("Billing account"),
    "split": gettext_lazy("Split bill"),
    "employee": gettext_lazy("Employee number"),
    "since": gettext_lazy("Active since"),
}
USUAL_COLUMNS = ("plan", "state")
COLUMNS_PREFERENCE = "sims.columns"

_FIELDS = (
    "pk",
    "public_id",
    "number",
    "state",
    "open_request",
    "sim__iccid",
    "sim__is_esim",
    "subscriber__first_name",
    "subscriber__last_name",
    "subscriber__department",
    "subscriber__employee_number",
    "plan__data_gb",
    "cost_centre__code",
    "cost_centre__name",
    "billing_account__name",
    "billing_account__number",
    "split_bill",
    "activated_on",
)


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line as the list shows it; texts are in the reader's language."""

    pk: int
    id: str
    number: str
    iccid: str
    is_esim: bool
    name: str
    department: str
    initials: str
    hue: int
    employee_number: str
    plan: str
    data_gb: str
    state: str
    state_label: str
    note: str
    centre: str
    account: str
    split_bill: bool
    since: str
    can_activate: bool
    # The cells of columns that other apps contribute.
    extra: str = ""

    @property
    def title(self) -> str:
        """What names the line for somebody who only hears it."""
        return f"{self.number or self.iccid} {self.name}".strip()

    @property
    def select_label(self) -> str:
        return _("Select %(what)s") % {"what": self.title}

    @property
    def actions_label(self) -> str:
        return _("Actions for %(what)s") % {"what": self.title}


@dataclass(frozen=True, slots=True)
class ListPage(Page):
    """A page whose ``total`` may be only the least there is."""

    is_open_ended: bool = False

    @property
    def total_text(self) -> str:
        return f"{formatting.number(self.total)}+" if self.is_open_ended else formatting.number(self.total)


def contributed_columns() -> dict[str, LineColumn]:
    """The columns that other apps fill, by their key, in the order of the table."""
    return {column.key: column for source in contributions.line_columns for column in source.columns}


def all_columns() -> dict[str, str | Promise]:
    """What the column chooser offers: key and heading, in the order of the table."""
    return COLUMNS | {key: column.heading for key, column in contributed_columns().items()}


def columns_of(user: User) -> list[str]:
    """The columns this person wants to see, in the order of the table."""
    contributed = contributed_columns()
    usual = [*USUAL_COLUMNS, *(key for key, column in contributed.items() if column.is_usual)]
    chosen = user.preferences.get(COLUMNS_PREFERENCE, usual)
    return [name for name in (*COLUMNS, *contributed) if name in chosen]


def with_contributed(customer: Customer, page: ListPage, shown: Sequence[str]) -> tuple[ListPage, list[str | Promise]]:
    """The page with the cells of the contributed columns among ``shown``, and the notes that belong below it.

    One question per source of columns, for all lines of the page.
    """
    cells: dict[int, list[SafeString]] = {row.pk: [] for row in page}
    notes: list[str | Promise] = []
    for source in contributions.line_columns:
        columns = [column for column in source.columns if column.key in shown]
        if not columns or not cells:
            continue
        known = source.load(customer, list(cells))
        for pk, found in cells.items():
            found += [_cell(column, known.get(pk)) for column in columns]
        if source.note and (note := source.note(known)):
            notes.append(note)
    rows = [replace(row, extra=format_html_join("", "{}", ((cell,) for cell in cells[row.pk]))) for row in page]
    return replace(page, items=rows), notes


def _cell(column: LineColumn, known: Any) -> SafeString:
    css = format_html(' class="{}"', column.css) if column.css else ""
    if known is None:
        return format_html('<td role="cell"{}></td>', css)
    place = format_html(' data-m="{}"', column.place) if column.place else ""
    return format_html('<td role="cell"{}{}>{}</td>', css, place, column.cell(known))


def filtered_lines(customer: Customer, params: QueryDict | Mapping[str, str]) -> QuerySet[Line]:
    """The lines that a list with these parameters holds, in its order."""
    wanted = LineFilter.from_query(params)
    return wanted.apply(customer).order_by(*wanted.order())


def line_page(customer: Customer, wanted: LineFilter, number: str | None, counts: FleetCounts) -> ListPage:
    """The page ``number`` (as the address has it) of the lines that fit; past the end gives the last page."""
    asked = page_number(number)
    lines = wanted.apply(customer)
    total, is_open_ended = _total(lines, wanted, counts, asked)
    page = min(asked, max(1, -(-total // PER_PAGE)))
    rows = _rows(customer, lines, wanted, (page - 1) * PER_PAGE, None if is_open_ended else total)
    return ListPage(items=rows, number=page, per_page=PER_PAGE, total=total, is_open_ended=is_open_ended)


def _total(lines: QuerySet[Line], wanted: LineFilter, counts: FleetCounts, page: int) -> tuple[int, bool]:
    """How many lines fit, and whether there may be more: counting stops a little beyond what the page can show."""
    far = page * PER_PAGE > FAR
    if not wanted.narrows and not far:
        return counts.views[wanted.view], False
    most = max(COUNTED, (page + 4) * PER_PAGE) if wanted.narrows else counts.lines + COUNTED
    found = lines.order_by()[: most + 1].count()
    return min(found, most), found > most


def _rows(
    customer: Customer, lines: QuerySet[Line], wanted: LineFilter, start: int, total: int | None
) -> list[LineRow]:
    """One query: keys of the page from an index, then only their rows with what stands around them."""
    size = PER_PAGE if total is None else min(PER_PAGE, total - start)
    if size <= 0:
        return []
    backwards = total is not None and start > FAR and start > total // 2
    if backwards and total is not None:
        start = total - start - size
    keys = lines.order_by(*wanted.order(backwards=backwards)).values("pk")[start : start + size]
    found = (
        Line.objects.for_customer(customer)
        .filter(pk__in=keys)
        .order_by(*wanted.order())
        .values_list(*_FIELDS, name_expression("plan__"), _last_order(customer))
    )
    return [line_row(dict(zip((*_FIELDS, "plan", "order"), row, strict=True))) for row in found]


def _last_order(customer: Customer) -> Case:
    """Kind, state and date of the newest order, for lines where it explains their state."""
    orders = Order.objects.for_customer(customer).filter(line=OuterRef("pk")).order_by("-created_at")
    facts = orders.values(facts=JSONObject(kind="kind", state="state", not_before="not_before"))[:1]
    explains = Q(state=LineState.NEW) | ~Q(open_request=OpenRequest.NONE)
    return Case(When(explains, then=Subquery(facts)), default=None, output_field=JSONField())


def line_row(values: Mapping[str, Any]) -> LineRow:
    """What the list shows of the values of :data:`_FIELDS`, the plan's name and the newest order."""
    first, last = values["subscriber__first_name"] or "", values["subscriber__last_name"] or ""
    name = f"{first} {last}".strip()
    state, label = shown_state(values["state"], values["open_request"])
    account = values["billing_account__name"]
    data = values["plan__data_gb"]
    return LineRow(
        pk=values["pk"],
        id=str(values["public_id"]),
        number=formatting.phone(values["number"]),
        iccid=formatting.iccid(values["sim__iccid"]),
        is_esim=bool(values["sim__is_esim"]),
        name=name,
        department=values["subscriber__department"] or "",
        initials=(first[:1] + last[:1]).upper(),
        hue=formatting.hue(name),
        employee_number=values["subscriber__employee_number"] or "",
        plan=values["plan"] or "",
        data_gb=formatting.data_allowance(data),
        state=state,
        state_label=label,
        note=_note(values["order"]),
        centre=" ".join(filter(None, (values["cost_centre__code"], values["cost_centre__name"]))),
        account=f"{account}, {values['billing_account__number']}" if account else "",
        split_bill=values["split_bill"],
        since=formatting.short_date(values["activated_on"]),
        can_activate=values["state"] == LineState.NEW and not values["open_request"],
    )


def shown_state(state: str, open_request: str) -> tuple[str, str]:
    """The badge of a line and its word where it differs from the usual one.

    A line that never worked shows what was asked for it; one that works shows that it works.
    """
    if state != LineState.NEW:
        return state, ""
    if open_request:
        return open_request, ""
    return state, _("Not activated")


_WAITING = {OrderState.SCHEDULED, OrderState.AWAITING_APPROVAL}
_UNDER_WAY = {OrderState.READY, OrderState.SUBMITTING, OrderState.IN_PROGRESS}


def _note(order: Mapping[str, str] | None) -> str:
    """The newest order in a few words, for under the badge."""
    if order is None:
        return ""
    state, kind = order["state"], OrderKind(order["kind"])
    if state in _WAITING:
        day = formatting.day_and_month(dt.datetime.fromisoformat(order["not_before"]))
        if kind == OrderKind.ACTIVATE:
            return _("Starts on %(day)s") % {"day": day}
        return _("%(request)s on %(day)s") % {"request": kind.label, "day": day}
    if state == OrderState.REJECTED:
        return _("Refused by the operator")
    if state in (OrderState.UNKNOWN, OrderState.NEEDS_ATTENTION):
        return _("Takes longer than usual")
    if state in _UNDER_WAY:
        return _("%(request)s: %(state)s") % {"request": kind.label, "state": _("in progress")}
    return ""
