"""Lists beside the overview of costs: lines without use, who pays what of a split bill; and every list as Excel."""

import tempfile
from pathlib import Path
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import Permission
from billing.cost_filters import CostFilter
from billing.enums import CostList
from billing.queries.access import account_ids
from billing.queries.cost_documents import documents, pair_of
from billing.queries.cost_split import divided, line_divisions, matching_lines, most_first, totals_of
from billing.queries.cost_unused import idle_lines, idle_page
from billing.services import cost_exports
from billing.spreadsheets.costs import sheet_of
from billing.views.costs import account_field, costs_url, line_url, part_tabs
from fleetportal.spreadsheets.writing import CONTENT_TYPES
from fleetportal.tenancy.access import customer_required
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web.downloads import download_headers
from fleetportal.web.htmx import layout
from fleetportal.web.pagination import PER_PAGE, Page
from fleetportal.web.parameters import page_number
from groupbundles.filters import UNUSED_MONTHS

# Spreadsheets with more rows are made by a task.
AT_ONCE = 1000


@require_safe
@customer_required(Permission.VIEW_INVOICES)
def cost_unused(request: PortalRequest) -> HttpResponse:
    """Lines that nobody used, with what the invoices of the month charge for them."""
    wanted, found = CostFilter.from_query(request.GET), documents(request.customer, request.membership)
    month = found.chosen(wanted.month)
    context: dict[str, Any] = {
        "layout": layout(request, "costs"),
        "wanted": wanted,
        "tabs": part_tabs(wanted, "unused"),
    }
    if month is not None:
        pair = pair_of(found, month, wanted.account)
        limits = account_ids(request.membership)
        idle = idle_lines(request.customer, wanted.months, pair.this, wanted.account, limits)
        page = idle_page(request.customer, idle, pair.this, request.GET.get("page"))
        context |= {
            "pair": pair,
            "months": found.months,
            "idle": idle,
            "page": page,
            "rows": [(line_url(one.row.line), one) for one in page],
            "fields": [account_field(request, wanted, found)],
            "unused_months": UNUSED_MONTHS,
        }
    return render(request, "billing/costs/unused.html", context)


@require_safe
@customer_required(Permission.VIEW_INVOICES)
def cost_split_bill(request: PortalRequest) -> HttpResponse:
    """What company and employee pay of each line whose bill is divided in the month."""
    wanted, found = CostFilter.from_query(request.GET), documents(request.customer, request.membership)
    month = found.chosen(wanted.month)
    context: dict[str, Any] = {"layout": layout(request, "costs"), "wanted": wanted, "tabs": part_tabs(wanted, "split")}
    if month is not None:
        pair = pair_of(found, month, wanted.account)
        lines = matching_lines(request.customer, wanted.q, divided(request.customer, month, pair.this))
        number = min(page_number(request.GET.get("page")), max(1, -(-len(lines) // PER_PAGE)))
        keys = most_first(lines)[(number - 1) * PER_PAGE : number * PER_PAGE]
        listed = [(line_url(one.line), one) for one in line_divisions(request.customer, lines, keys)]
        context |= {
            "pair": pair,
            "months": found.months,
            "page": Page(listed, number, PER_PAGE, len(lines)),
            "totals": totals_of(division for _profile, division in lines.values()),
            "fields": [account_field(request, wanted, found)],
            "cleared": costs_url(CostFilter(month=wanted.month), "cost_split_bill"),
        }
    return render(request, "billing/costs/split_bill.html", context)


@require_POST
@customer_required(Permission.VIEW_INVOICES)
def cost_export(request: PortalRequest) -> HttpResponse:
    """The list ``what`` that ``query`` asks for: a file, or above 1,000 rows the task that makes it."""
    asked = request.POST.get("what", "")
    what = CostList(asked) if asked in CostList.values else CostList.COSTS
    wanted = CostFilter.from_text(request.POST.get("query", ""))
    sheet = sheet_of(request.membership, what, wanted)
    if sheet is None:
        return redirect("cost_overview")
    # The month is written down: another one may be the newest when the task runs.
    wanted, name = wanted.changed(month=sheet.month), f"{sheet.title}.xlsx"
    if sheet.expected > AT_ONCE:
        job = cost_exports.start_export(
            membership=request.membership, what=what, wanted=wanted, name=name, rows=sheet.expected, by=request.actor
        )
        return redirect("job", job.pk)
    cost_exports.record_export(
        customer=request.customer, what=what, query=wanted.query(), rows=sheet.expected, by=request.actor
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "costs.xlsx"
        sheet.write(path)
        return HttpResponse(path.read_bytes(), headers=download_headers(name, CONTENT_TYPES["xlsx"]))
