"""The list of tickets."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe
from django_htmx.http import push_url

from accounts.permissions import Permission
from fleetportal.shell.registry import is_allowed
from fleetportal.tenancy.access import customer_required
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web.htmx import is_htmx, layout
from fleetportal.web.pagination import paginate
from sims.views.fleet_list import Tab
from tickets.filters import VIEWS, TicketFilter
from tickets.queries.tickets import TicketCounts, for_list, ticket_counts, visible_tickets


@require_safe
@customer_required(Permission.VIEW_TICKETS)
def ticket_list(request: PortalRequest) -> HttpResponse:
    wanted = TicketFilter.from_query(request.GET)
    counts = ticket_counts(request.customer, request.membership)
    found = wanted.apply(visible_tickets(request.customer, request.membership))
    total = None if wanted.q else _count(counts, wanted.view)
    page = paginate(for_list(found).order_by("-last_at", "-pk"), request.GET.get("page"), total=total)
    context = {
        "layout": layout(request, "tickets"),
        "wanted": wanted,
        "counts": counts,
        "tabs": _tabs(wanted, counts),
        "page": page,
        "cleared": list_url(wanted.changed(q="")),
        "can_ask": is_allowed(request, Permission.OPEN_TICKETS),
    }
    response = render(request, "tickets/list.html", context)
    # A form writes its empty fields into the address too.
    has_noise = is_htmx(request) and "page" not in request.GET
    return push_url(response, list_url(wanted)) if has_noise else response


def list_url(wanted: TicketFilter) -> str:
    query = wanted.query()
    return reverse("ticket_list") + (f"?{query}" if query else "")


def _count(counts: TicketCounts, view: str) -> int:
    found: int = getattr(counts, view)
    return found


def _tabs(wanted: TicketFilter, counts: TicketCounts) -> list[Any]:
    return [
        Tab(label, list_url(wanted.changed(view=view)), _count(counts, view), view == wanted.view)
        for view, (label, _rows) in VIEWS.items()
    ]
