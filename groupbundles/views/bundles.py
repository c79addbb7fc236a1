"""The list of group bundles, the page of one, and its lines as a workbook."""

import tempfile
from pathlib import Path
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import Permission
from fleetportal.spreadsheets.writing import CONTENT_TYPES
from fleetportal.tenancy.access import customer_required
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web.downloads import download_headers
from fleetportal.web.htmx import is_htmx, layout
from fleetportal.web.parameters import whole_number
from groupbundles.queries import bundles as queries
from groupbundles.queries.bundle_usage import usage_context
from groupbundles.spreadsheets.members import write_members
from sims.services.fleet_files import record_export
from sims.views.fleet_list import rights

LONGEST_TEXT = 100
QUICK_LOOKS, MOST_LOOKS = 20, 200


@require_safe
@customer_required(Permission.VIEW_LINES)
def bundle_list(request: PortalRequest) -> HttpResponse:
    customer = request.customer
    context = {"bundles": queries.bundle_list(customer), "offers": queries.offers_of(customer), **rights(request)}
    return render(request, "groupbundles/list.html", context)


@require_safe
@customer_required(Permission.VIEW_LINES)
def bundle_detail(request: PortalRequest, public_id: UUID) -> HttpResponse:
    return render(request, "groupbundles/detail.html", _context(request, public_id, looks=0))


@require_safe
@customer_required(Permission.VIEW_LINES)
def bundle_status(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """All of the page that a request can change; it asks for itself again only while something is under way."""
    context = _context(request, public_id, looks=whole_number(request.GET.get("looks"), digits=4) or 0)
    if not is_htmx(request):
        return redirect("bundle_detail", public_id=public_id)
    return render(request, "groupbundles/_bundle.html", context)


def _context(request: PortalRequest, public_id: UUID, *, looks: int) -> dict[str, Any]:
    detail = queries.bundle_detail(request.customer, public_id)
    offers = queries.offers_of(request.customer)
    text = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST_TEXT]
    context: dict[str, Any] = {
        "layout": layout(request, "bundle"),
        "detail": detail,
        "bundle": detail.bundle,
        "q": text,
        "offers": [row for row in offers if row.kind == detail.kind],
        "poll_after": "",
        **rights(request),
    }
    if detail.bundle:
        context |= {
            "page": queries.members_page(detail, text=text, number=request.GET.get("page")),
            "bound_until": queries.bound_until(detail.bundle, offers),
            "usage": usage_context(detail.bundle),
        }
    if detail.is_moving and looks < MOST_LOOKS:
        asked = {"looks": str(looks + 1), "q": text, "page": request.GET.get("page", "")}
        query = urlencode({key: value for key, value in asked.items() if value})
        url = f"{reverse('bundle_status', args=[public_id])}?{query}"
        context |= {"poll_after": "1s" if looks < QUICK_LOOKS else "3s", "poll_url": url, "looks": looks + 1}
    return context


@require_POST
@customer_required(Permission.EXPORT_FLEET)
def bundle_members(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """Who is in the bundle now, as a workbook."""
    bundle = queries.own_bundle(request.customer, public_id)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "members.xlsx"
        rows = write_members(path, bundle)
        content = path.read_bytes()
    customer = request.customer
    record_export(customer=customer, rows=rows, file_format="xlsx", query=f"bundle={bundle.code}", by=request.actor)
    name = f"{bundle.name} {_('SIM cards')} {timezone.localdate():%Y-%m-%d}.xlsx".replace("/", " ")
    return HttpResponse(content, headers=download_headers(name, CONTENT_TYPES["xlsx"]))
