"""What a line used, on its page: a card of the overview, a tab with everything, and the same as Excel."""

import tempfile
from pathlib import Path
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.permissions import Permission
from fleetportal.spreadsheets.writing import CONTENT_TYPES
from fleetportal.tenancy.access import customer_required
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web.downloads import download_headers
from fleetportal.web.pagination import Page
from fleetportal.web.parameters import page_number
from groupbundles.enums import UsageKind
from groupbundles.periods import asked_period, first_of_month, today
from groupbundles.queries.line_chart import day_chart
from groupbundles.queries.line_usage import MONTHS, LineUsage, counts_of_month, line_usage
from groupbundles.services.exports import record_export
from groupbundles.spreadsheets.line_usage import write_line_usage
from sims.enums import LineState
from sims.filters import LineFilter
from sims.models import Line
from sims.views.changes import line_name

DAYS_PER_PAGE = 40


def usage_of(request: PortalRequest, line: Line) -> LineUsage:
    """The month that the address asks for, read once for all that the page of a line shows of it."""
    if not hasattr(request, "_line_usage"):
        request._line_usage = line_usage(request.customer, line, _period(request))  # type: ignore[attr-defined]
    found: LineUsage = request._line_usage  # type: ignore[attr-defined]
    return found


def usage_panel(request: PortalRequest, line: Line) -> dict[str, Any]:
    """The month in figures and per day; nothing for a line that never worked."""
    if line.state == LineState.NEW:
        return {"usage": None}
    usage = usage_of(request, line)
    return {
        "usage": usage,
        "chart": day_chart(usage, UsageKind.DATA),
        "tab_url": _tab_url(request, line, UsageKind.DATA),
        **_picker(request, line),
    }


def usage_tab(request: PortalRequest, line: Line) -> dict[str, Any]:
    usage = usage_of(request, line)
    asked = request.GET.get("kind", "")
    kind = UsageKind(asked) if asked in UsageKind.values else UsageKind.DATA
    return {
        "usage": usage,
        "chart": day_chart(usage, kind),
        "kinds": [(one.label, _tab_url(request, line, one), one == kind) for one in UsageKind],
        "page": _page(usage, request.GET.get("page")),
        "can_export": request.membership.can(Permission.EXPORT_FLEET),
        "can_see_records": request.membership.can(Permission.VIEW_USAGE_RECORDS),
        **_picker(request, line, tab="usage", kind=kind.value if kind != UsageKind.DATA else ""),
    }


def _period(request: PortalRequest) -> Any:
    sent = request.POST if request.method == "POST" else request.GET
    return asked_period(sent.get("month", ""), latest=first_of_month(today()), count=MONTHS)


def _picker(request: PortalRequest, line: Line, **params: str) -> dict[str, Any]:
    """Where choosing a month leads, with what the address keeps."""
    params["list"] = LineFilter.from_text(request.GET.get("list", "")).query()
    return {
        "action": reverse("line_detail", args=[line.public_id]),
        "hidden": {name: value for name, value in params.items() if value},
    }


def _tab_url(request: PortalRequest, line: Line, kind: UsageKind) -> str:
    params = {
        "tab": "usage",
        "month": request.GET.get("month", ""),
        "kind": kind.value if kind != UsageKind.DATA else "",
        "list": LineFilter.from_text(request.GET.get("list", "")).query(),
    }
    query = urlencode({name: value for name, value in params.items() if value})
    return f"{reverse('line_detail', args=[line.public_id])}?{query}"


def _page(usage: LineUsage, asked: str | None) -> Page:
    rows = usage.day_rows
    pages = max(1, -(-len(rows) // DAYS_PER_PAGE))
    number = min(page_number(asked), pages)
    start = (number - 1) * DAYS_PER_PAGE
    return Page(rows[start : start + DAYS_PER_PAGE], number, DAYS_PER_PAGE, len(rows))


@require_POST
@customer_required(Permission.EXPORT_FLEET)
def line_usage_export(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """The counters of a month, one row per day, kind, zone and bundle."""
    line: Line = get_object_or_404(Line.objects.for_customer(request.customer), public_id=public_id)
    period = _period(request)
    counts = counts_of_month(request.customer, line, period)
    record_export(
        customer=request.customer,
        subject=line,
        rows=len(counts),
        query=f"month={period:%Y-%m}",
        by=request.actor,
    )
    name = f"{_('Usage')} {line_name(line).replace('/', ' ')} {period:%Y-%m}.xlsx"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "usage.xlsx"
        write_line_usage(path, customer=request.customer, counts=counts)
        return HttpResponse(path.read_bytes(), headers=download_headers(name, CONTENT_TYPES["xlsx"]))
