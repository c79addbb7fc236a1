"""The SIM cards in stock, a view of the fleet list with a table of its own."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.permissions import Permission
from fleetportal.tenancy.access import customer_required
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web.htmx import layout
from fleetportal.web.pagination import paginate
from sims.filters import LONGEST_TEXT
from sims.queries.cards import stock_cards
from sims.queries.choices import saved_tabs
from sims.queries.counts import counts_of
from sims.views import fleet_list


@require_safe
@customer_required(Permission.VIEW_LINES)
def sim_stock(request: PortalRequest) -> HttpResponse:
    text = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST_TEXT]
    context = {
        "layout": layout(request, "fleet"),
        "q": text,
        "page": paginate(stock_cards(request.customer, text), request.GET.get("page")),
        "tabs": fleet_list.tabs(request, None, saved_tabs(request.customer, request.user)),
        "has_no_cards": not counts_of(request).stock,
        **fleet_list.rights(request),
    }
    return render(request, "sims/stock.html", context)
