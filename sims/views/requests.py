"""Every request of the company, with what can still be done about each."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from accounts.permissions import Permission
from fleetportal.tenancy.access import customer_required
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web.htmx import layout
from sims.enums import OrderKind
from sims.queries.requests import VIEWS, RequestFilter, request_counts, requests_page
from sims.views import fleet_list
from sims.views.fleet_list import Tab


def requests_url(wanted: RequestFilter, **changes: str) -> str:
    params = wanted.params(**changes)
    return reverse("request_list") + (f"?{urlencode(params)}" if params else "")


@require_safe
@customer_required(Permission.VIEW_LINES)
def request_list(request: PortalRequest) -> HttpResponse:
    wanted = RequestFilter.from_query(request.GET)
    counts = request_counts(request.customer)
    page = requests_page(request.customer, wanted, request.user.pk, request.GET.get("page"))
    context = {
        "layout": layout(request, "requests"),
        "wanted": wanted,
        "page": page,
        "tabs": [
            Tab(label, requests_url(wanted, view=view), counts[view], view == wanted.view)
            for view, (label, _condition) in VIEWS.items()
        ],
        "kinds": OrderKind.choices,
        "has_no_requests": not counts["all"],
        "cleared": requests_url(RequestFilter(view=wanted.view)),
        **fleet_list.rights(request),
    }
    return render(request, "sims/requests.html", context)
