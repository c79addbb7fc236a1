"""What the whole company used: totals of a month, lists of its lines, lines without use; each list as Excel."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import push_url

from accounts.permissions import Permission
from fleetportal.spreadsheets.writing import CONTENT_TYPES
from fleetportal.tenancy.access import customer_required
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web import formatting
from fleetportal.web.downloads import download_headers
from fleetportal.web.htmx import is_htmx, layout
from groupbundles.filters import MONTHS, UNUSED_MONTHS, VIEWS, UsageFilter
from groupbundles.periods import first_of_month, periods_until, previous_period, today
from groupbundles.queries.company_usage import MonthPair, month_totals, usage_page
from groupbundles.queries.freshness import Freshness, freshness
from groupbundles.queries.line_heads import LineHead
from groupbundles.queries.unused_lines import Unused, UnusedRow, unused, unused_page
from groupbundles.services import exports
from groupbundles.spreadsheets.company_usage import UsageExport
from sims.queries.choices import list_choices
from sims.queries.lines import ListPage
from sims.views.fleet_list import Chip, FilterField, Heading, Tab

# Spreadsheets with more lines are made by a task.
AT_ONCE = 1000

Text = Callable[[Any], str]


def _eur(amount: Any) -> str:
    return formatting.eur(amount)


# Heading and text of each column of the lists.
COLUMNS: dict[str, tuple[str | Promise, Text]] = {
    "data": (gettext_lazy("Data"), formatting.data_volume),
    "calls": (gettext_lazy("Calls"), formatting.talk_time),
    "sms": (gettext_lazy("Text messages"), formatting.number),
    "outside": (gettext_lazy("Out of bundle"), _eur),
    "roaming": (gettext_lazy("Roaming"), _eur),
    "data_roaming": (gettext_lazy("Of which data"), _eur),
    "extras": (gettext_lazy("Together"), _eur),
    "premium": (gettext_lazy("Premium numbers"), _eur),
    "premium_records": (gettext_lazy("Calls and messages to them"), formatting.number),
    "third_party": (gettext_lazy("Third parties"), _eur),
    "last": (gettext_lazy("Last used"), lambda moment: formatting.short_date(moment) or _("Never")),
    "cost": (gettext_lazy("Per month"), _eur),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a list: where it leads, what names it, and its figures, the first of them the one the list is about."""

    url: str
    line: LineHead
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Figure:
    """A total of the month: the list behind it, and the month before in words."""

    label: str
    value: str
    note: str
    url: str
    icon: str


@require_safe
@customer_required(Permission.VIEW_LINES)
def company_usage(request: PortalRequest) -> HttpResponse:
    wanted = UsageFilter.from_query(request.GET)
    known = freshness(request.customer)
    pair = month_totals(request.customer, wanted.period, known)
    page, found = _page(request, wanted, pair, known)
    fields = _fields(request, wanted)
    context = {
        "layout": layout(request, "usage"),
        "wanted": wanted,
        "freshness": known,
        "figures": _figures(wanted, pair),
        "tabs": _tabs(wanted, pair, found),
        "headings": _headings(wanted),
        "page": page,
        "found": found,
        "fields": fields,
        "chips": _chips(wanted, fields),
        "cleared": usage_url(UsageFilter(view=wanted.view, month=wanted.month, months=wanted.months)),
        "months": periods_until(first_of_month(today()), MONTHS),
        "unused_months": UNUSED_MONTHS,
        "can_export": request.membership.can(Permission.EXPORT_FLEET),
        "can_decide": request.membership.can(Permission.MANAGE_POLICY),
    }
    response = render(request, "groupbundles/company_usage.html", context)
    # A form writes its empty fields into the address too.
    has_noise = is_htmx(request) and "page" not in request.GET
    return push_url(response, usage_url(wanted)) if has_noise else response


def usage_url(wanted: UsageFilter) -> str:
    query = wanted.query()
    return reverse("company_usage") + (f"?{query}" if query else "")


def _page(
    request: PortalRequest, wanted: UsageFilter, pair: MonthPair, known: Freshness
) -> tuple[ListPage, Unused | None]:
    """The list, and what is known about lines without use where those were asked for."""
    asked, found = request.GET.get("page"), None
    if wanted.is_unused:
        found = unused(request.customer, wanted, known)
        page, found = unused_page(request.customer, wanted, asked, found)
        rows = [_row(wanted, one.line, _unused_values(one)) for one in page]
    else:
        page = usage_page(request.customer, wanted, asked, pair.this)
        rows = [_row(wanted, one.line, one.values) for one in page]
    return ListPage(rows, page.number, page.per_page, page.total, page.is_open_ended), found


def _unused_values(row: UnusedRow) -> dict[str, Any]:
    return {"last": row.last_used_at, "cost": row.cost}


def _row(wanted: UsageFilter, line: LineHead, values: dict[str, Any]) -> Row:
    params = {"tab": "usage"} | ({"month": f"{wanted.month:%Y-%m}"} if wanted.month else {})
    url = f"{reverse('line_detail', args=[line.id])}?{urlencode(params)}"
    return Row(url, line, [COLUMNS[name][1](values[name]) for name in VIEWS[wanted.view].columns])


def _figures(wanted: UsageFilter, pair: MonthPair) -> list[Figure]:
    this, before = pair.this, pair.before
    month = formatting.month(previous_period(wanted.period))

    def figure(view: str, label: str, icon: str, text: Text, name: str) -> Figure:
        note = _("%(amount)s in %(month)s") % {"amount": text(getattr(before, name)), "month": month} if before else ""
        url = usage_url(UsageFilter(view=view, month=wanted.month))
        return Figure(label, text(getattr(this, name)), note, url, icon)

    return [
        figure("data", _("Data"), "mobiledata", formatting.data_volume, "data_bytes"),
        figure("outside", _("Out of bundle"), "receipt-euro", _eur, "out_of_bundle"),
        figure("roaming", _("Roaming"), "plane", _eur, "roaming_charge"),
        figure("extras", _("Paid services"), "credit-card", _eur, "extra_charge"),
    ]


def _tabs(wanted: UsageFilter, pair: MonthPair, found: Unused | None) -> list[Tab]:
    """The lists with how many lines they hold; of those without use that is only known once they were looked for."""
    counts = {name: getattr(pair.this, name, None) for name in VIEWS}
    if found is not None and not wanted.narrows and found.since:
        counts[wanted.view] = found.lines
    return [
        Tab(view.label, usage_url(wanted.changed(view=name, sort="")), counts[name], name == wanted.view)
        for name, view in VIEWS.items()
    ]


def _fields(request: PortalRequest, wanted: UsageFilter) -> list[FilterField]:
    choices = list_choices(request.customer)

    def chosen(key: int | None) -> str:
        return "" if key is None else str(key)

    return [
        FilterField("centre", _("Cost centre"), _("All cost centres"), choices.centres, chosen(wanted.centre)),
        FilterField("plan", _("Plan"), _("All plans"), choices.plans, chosen(wanted.plan)),
    ]


def _chips(wanted: UsageFilter, fields: list[FilterField]) -> list[Chip]:
    found = [Chip(f"“{wanted.q}”", usage_url(wanted.without("q")))] if wanted.q else []
    for field in fields:
        if field.value:
            text = dict(field.choices).get(field.value, field.value)
            found.append(Chip(text, usage_url(wanted.without(field.name))))
    return found


def _headings(wanted: UsageFilter) -> list[Heading]:
    texts = {"number": _("Number"), "name": _("Employee")}
    figures = {name: COLUMNS[name][0] for name in VIEWS[wanted.view].columns}
    return [_heading(wanted, name, label, is_figure=name in figures) for name, label in (texts | figures).items()]


def _heading(wanted: UsageFilter, name: str, label: str | Promise, *, is_figure: bool) -> Heading:
    """A first click shows the highest figures, and names from A."""
    is_up, is_down = wanted.sorted_by == name, wanted.sorted_by == f"-{name}"
    other = name if is_down or not (is_figure or is_up) else f"-{name}"
    # The order a view opens in is not written into the address.
    url = usage_url(UsageFilter.from_query(wanted.params() | {"sort": other}))
    direction = "ascending" if is_up else "descending" if is_down else ""
    return Heading(name, label, url, direction, "t-num" if is_figure else "")


@require_POST
@customer_required(Permission.EXPORT_FLEET)
def company_usage_export(request: PortalRequest) -> HttpResponse:
    """The list that ``query`` asks for: a file, or above 1,000 lines the task that makes it."""
    wanted = UsageFilter.from_text(request.POST.get("query", ""))
    export = UsageExport(request.customer, wanted, freshness(request.customer))
    name = f"{export.title}.xlsx"
    rows = export.count()
    if rows > AT_ONCE:
        job = exports.start_export(customer=request.customer, wanted=wanted, name=name, rows=rows, by=request.actor)
        return redirect("job", job.pk)
    exports.record_export(
        customer=request.customer, subject=request.customer, rows=rows, query=wanted.query(), by=request.actor
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "usage.xlsx"
        export.write(path)
        return HttpResponse(path.read_bytes(), headers=download_headers(name, CONTENT_TYPES["xlsx"]))
