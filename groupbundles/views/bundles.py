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
from groupbundles.models import BundleOffer
from groupbundles.periods import today
from groupbundles.queries import bundles as queries
from groupbundles.queries.alerts import alerts_of_bundle
from groupbundles.queries.bundle_savings import saving
from groupbundles.queries.freshness import freshness, freshness_of
from groupbundles.spreadsheets.members import write_members
from groupbundles.views.alerts import switch_form
from groupbundles.views.bundle_usage import cards_of, usage_context
from sims.services.fleet_files import record_export
from sims.views.fleet_list import rights

LONGEST_TEXT = 100
QUICK_LOOKS, MOST_LOOKS = 20, 200
LINES = "lines"
# What the address says of the page, also when the page asks for itself again.
KEPT = ("tab", "month", "q", "page")


@require_safe
@customer_required(Permission.VIEW_LINES)
def bundle_list(request: PortalRequest) -> HttpResponse:
    customer = request.customer
    found, offers = queries.bundle_list(customer), queries.offers_of(customer)
    fresh = freshness(customer) if found.active else None
    cards = cards_of(request, [row.bundle for row in found.active if row.bundle], fresh) if fresh else []
    context = {
        "bundles": found,
        "active": list(zip(found.active, cards, strict=True)),
        "freshness": fresh,
        "offers": offers,
        "saving": saving(customer, offers, today()) if found.is_empty and offers else None,
        "alert_form": switch_form(customer),
        **rights(request),
    }
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
    context: dict[str, Any] = {
        "layout": layout(request, "bundle"),
        "detail": detail,
        "bundle": detail.bundle,
        "poll_after": "",
        **rights(request),
        **(_tab(request, detail) if detail.bundle else {"offers": _offers(request, detail)}),
    }
    if detail.is_moving and looks < MOST_LOOKS:
        kept = {key: request.GET.get(key, "") for key in KEPT}
        query = urlencode({key: value for key, value in kept.items() if value} | {"looks": looks + 1})
        url = f"{reverse('bundle_status', args=[public_id])}?{query}"
        context |= {"poll_after": "1s" if looks < QUICK_LOOKS else "3s", "poll_url": url, "looks": looks + 1}
    return context


def _tab(request: PortalRequest, detail: queries.BundleDetail) -> dict[str, Any]:
    """What the part of the page that is looked at shows: the use of the bundle, or who is in it."""
    assert detail.bundle is not None
    address = reverse("bundle_detail", args=[detail.public_id])
    is_lines = request.GET.get("tab") == LINES
    shown: dict[str, Any] = {
        "tabs": [(_("Usage"), address, not is_lines), (_("SIM cards"), f"{address}?tab={LINES}", is_lines)],
        "is_lines": is_lines,
        "alerts": alerts_of_bundle(detail.bundle),
    }
    if not is_lines:
        return shown | {"usage": usage_context(request, detail.bundle, freshness_of(detail.delivered_at))}
    text = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST_TEXT]
    page = queries.members_page(detail, text=text, number=request.GET.get("page"))
    return shown | {"q": text, "page": page}


def _offers(request: PortalRequest, detail: queries.BundleDetail) -> list[BundleOffer]:
    return [offer for offer in queries.offers_of(request.customer) if offer.kind == detail.kind]


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
