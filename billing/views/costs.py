"""What a month costs, put together in five ways, why it changed, and lines nobody used; each list as Excel."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django_htmx.http import push_url

from accounts.permissions import Permission
from billing import cost_wording as wording
from billing.cost_filters import ACCOUNT, CENTRE, DIMENSIONS, FIRST_SORT, KIND, LINE, PLAN, CostFilter
from billing.enums import ChargeKind, CostCause
from billing.queries.cost_causes import Cause, causes, change_page, count_changes
from billing.queries.cost_documents import Documents, Pair, documents, pair_of
from billing.queries.costs import Cost, Group, NumberCost, groups, number_page, total_of
from billing.wording import signed_change
from fleetportal.tenancy.access import customer_required
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web import formatting
from fleetportal.web.htmx import is_htmx, layout
from fleetportal.web.pagination import PER_PAGE, Page
from fleetportal.web.parameters import page_number
from groupbundles.periods import periods_until
from groupbundles.queries.line_heads import LineHead
from sims.queries.choices import Choice, ListChoices, list_choices
from sims.views.fleet_list import Chip, FilterField, Heading, Tab

MONTHS_DRAWN = 12


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table: what it is, where it leads (empty: nowhere), its amounts."""

    label: str
    url: str
    cost: Cost
    note: str = ""
    depth: int = 0

    @property
    def change(self) -> str:
        return signed_change(self.cost.difference)


@dataclass(frozen=True, slots=True)
class CauseRow:
    """A cause with what it makes the difference, where its charges stand (empty: nowhere)."""

    label: str
    change: str
    lines: int
    url: str
    is_current: bool = False


def costs_url(wanted: CostFilter, name: str = "cost_overview") -> str:
    query = wanted.query()
    return reverse(name) + (f"?{query}" if query else "")


def part_tabs(wanted: CostFilter, current: str) -> list[Tab]:
    """The ways to put costs together, and the lists beside them; ``current`` is one of them."""
    kept = wanted.changed(q="", sort=FIRST_SORT, cause="", plan="")
    tabs = [Tab(label, costs_url(kept.changed(by=by)), None, current == by) for by, label in DIMENSIONS.items()]
    month = CostFilter(month=wanted.month, account=wanted.account)
    return [
        *tabs,
        Tab(_("Without use"), costs_url(month, "cost_unused"), None, current == "unused"),
        Tab(_("Split bill"), costs_url(month, "cost_split_bill"), None, current == "split"),
    ]


@require_safe
@customer_required(Permission.VIEW_INVOICES)
def cost_overview(request: PortalRequest) -> HttpResponse:
    wanted, found = CostFilter.from_query(request.GET), documents(request.customer, request.membership)
    month = found.chosen(wanted.month)
    context: dict[str, Any] = {"layout": layout(request, "costs"), "wanted": wanted}
    if month is not None:
        wanted = wanted.changed(month=None if month == found.months[0] else month)
        context |= _context(request, wanted, found, pair_of(found, month, wanted.account))
    response = render(request, "billing/costs/costs.html", context)
    # A form writes its empty fields into the address too.
    has_noise = is_htmx(request) and "page" not in request.GET
    return push_url(response, costs_url(wanted)) if has_noise else response


def _context(request: PortalRequest, wanted: CostFilter, found: Documents, pair: Pair) -> dict[str, Any]:
    page, total = _page(request, wanted, pair)
    fields = filter_fields(request, wanted, found)
    return {
        "wanted": wanted,
        "pair": pair,
        "months": found.months,
        "page": page,
        "total": total,
        "compared": wording.compared(total, pair.previous),
        "total_change": signed_change(total.difference),
        "headings": _headings(wanted),
        "tabs": part_tabs(wanted, wanted.by),
        "fields": fields,
        "chips": _chips(wanted, fields),
        "cleared": costs_url(CostFilter(by=wanted.by, month=wanted.month)),
        "causes": _causes(request, wanted, pair) if not wanted.is_about_lines else None,
        **_chart(wanted, found, pair.month),
    }


def _page(request: PortalRequest, wanted: CostFilter, pair: Pair) -> tuple[Page, Cost]:
    if wanted.by == LINE:
        listed, total = number_page(request.customer, wanted, pair, request.GET.get("page"))
        rows = [_number_row(row) for row in listed]
        return Page(rows, listed.number, listed.per_page, listed.total), total
    found = groups(request.customer, wanted, pair)
    number = min(page_number(request.GET.get("page")), max(1, -(-len(found) // PER_PAGE)))
    start = (number - 1) * PER_PAGE
    rows = [_group_row(group, wanted) for group in found[start : start + PER_PAGE]]
    return Page(rows, number, PER_PAGE, len(found)), total_of(found)


def _group_row(group: Group, wanted: CostFilter) -> Row:
    is_whole = group.key and not group.is_own
    asked = CostFilter.from_query(wanted.params() | wording.drill_down(wanted.by, group.key)) if is_whole else None
    label = wording.group_label(group, wanted.by)
    return Row(label, costs_url(asked) if asked else "", group.cost, depth=min(group.depth, 4))


def _number_row(row: NumberCost) -> Row:
    return Row(wording.number_label(row.number), line_url(row.line), row.cost, who(row.line, row.plan))


def line_url(line: LineHead | None) -> str:
    return f"{reverse('line_detail', args=[line.id])}?tab=billing" if line else ""


def who(line: LineHead | None, *more: str) -> str:
    return ", ".join(text for text in (line.name if line else "", *more) if text)


def _plain_headings(label: str | Promise) -> list[Heading]:
    figures = {"this": _("Cost"), "before": _("Before"), "difference": _("Difference")}
    return [Heading("number", label), *(Heading(key, text, css="t-num") for key, text in figures.items())]


def _headings(wanted: CostFilter) -> list[Heading]:
    """Only lines can be sorted: anything else stands in the order people know it in."""
    plain = _plain_headings(DIMENSIONS[wanted.by])
    return [_sortable(wanted, heading) for heading in plain] if wanted.by == LINE else plain


def _sortable(wanted: CostFilter, heading: Heading) -> Heading:
    key, css = heading.key, heading.css
    is_up, is_down = wanted.sort == key, wanted.sort == f"-{key}"
    other = key if is_down or not (is_up or css) else f"-{key}"
    url = costs_url(wanted.changed(sort=other))
    return Heading(key, heading.label, url, "ascending" if is_up else "descending" if is_down else "", css)


def account_field(
    request: PortalRequest, wanted: CostFilter, found: Documents, choices: ListChoices | None = None
) -> FilterField:
    """Only accounts of which there are invoices that this person may see."""
    seen = {str(document.account) for document in found.all}
    known = (choices or list_choices(request.customer)).accounts
    account = "" if wanted.account is None else str(wanted.account)
    accounts = [choice for choice in known if choice[0] in seen]
    return FilterField(ACCOUNT, _("Billing account"), _("All billing accounts"), accounts, account)


def filter_fields(request: PortalRequest, wanted: CostFilter, found: Documents) -> list[FilterField]:
    choices = list_choices(request.customer)
    kinds: list[Choice] = [(kind.value, str(kind.label)) for kind in ChargeKind]
    return [
        FilterField(CENTRE, _("Cost centre"), _("All cost centres"), choices.centres, wanted.centre),
        account_field(request, wanted, found, choices),
        FilterField(KIND, _("Kind of cost"), _("All kinds of cost"), kinds, wanted.kind),
    ]


def _chips(wanted: CostFilter, fields: Sequence[FilterField]) -> list[Chip]:
    found = [Chip(f"“{wanted.q}”", costs_url(wanted.without("q")))] if wanted.q else []
    if wanted.plan:
        found.append(Chip(wanted.plan, costs_url(wanted.without("plan").changed(by=PLAN))))
    for field in fields:
        if field.value:
            centre = Group(field.value, field.value.partition(":")[2], Cost())
            usual = wording.group_label(centre, CENTRE) if field.name == CENTRE else field.value
            text = dict(field.choices).get(field.value, usual)
            found.append(Chip(text, costs_url(wanted.without(field.name))))
    return found


def _causes(request: PortalRequest, wanted: CostFilter, pair: Pair) -> list[CauseRow]:
    return [_cause_row(cause, wanted) for cause in causes(request.customer, wanted, pair)]


def _cause_row(cause: Cause, wanted: CostFilter) -> CauseRow:
    is_listed = cause.cause != CostCause.DOCUMENT
    url = costs_url(wanted.changed(cause=cause.cause.value, by=CENTRE), "cost_changes") if is_listed else ""
    is_current = wanted.cause == cause.cause
    difference = signed_change(cause.cost.difference) or formatting.eur(Decimal())
    return CauseRow(str(cause.cause.label), difference, cause.lines, url, is_current)


def _chart(wanted: CostFilter, found: Documents, month: date) -> dict[str, Any]:
    """Only of whole documents: their parts are not read for twelve months."""
    if wanted.centre or wanted.kind or wanted.is_about_lines:
        return {"chart": None}
    months = periods_until(found.months[0], MONTHS_DRAWN)[::-1]
    totals: dict[date, Decimal] = {}
    for document in found.all:
        if wanted.account in (None, document.account):
            totals[document.month] = totals.get(document.month, Decimal()) + document.net
    if month not in months:
        months = periods_until(month, MONTHS_DRAWN)[::-1]
    chart = wording.months_chart(totals, months, month)
    return {"chart": chart, "chart_months": [(one, totals[one]) for one in reversed(months) if one in totals]}


@require_safe
@customer_required(Permission.VIEW_INVOICES)
def cost_changes(request: PortalRequest) -> HttpResponse:
    """Every charge that is not what it was, by cause."""
    wanted, found = CostFilter.from_query(request.GET), documents(request.customer, request.membership)
    month = found.chosen(wanted.month)
    back_url = costs_url(wanted.without("cause"))
    context: dict[str, Any] = {"layout": layout(request, "changes"), "wanted": wanted, "back_url": back_url}
    if month is not None:
        pair = pair_of(found, month, wanted.account)
        why = causes(request.customer, wanted, pair)
        total = count_changes(why, wanted.cause)
        page = change_page(request.customer, wanted, pair, request.GET.get("page"), total)
        difference = sum((one.cost.difference for one in why if wanted.cause in ("", one.cause)), Decimal())
        context |= {
            "pair": pair,
            "months": found.months,
            "causes": [_cause_row(cause, wanted) for cause in why],
            "all_url": costs_url(wanted.without("cause"), "cost_changes"),
            "page": page,
            "rows": [
                Row(
                    wording.number_label(change.number),
                    line_url(change.line),
                    change.cost,
                    who(change.line, change.description, "" if wanted.cause else str(change.cause.label)),
                )
                for change in page
            ],
            "headings": _plain_headings(DIMENSIONS[LINE]),
            "difference": signed_change(difference) or formatting.eur(Decimal()),
        }
    return render(request, "billing/costs/changes.html", context)
