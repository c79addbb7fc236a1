"""What may be chosen and what it costs, on one page."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.permissions import Permission
from billing.queries.contract import allowed, contract_of
from fleetportal.tenancy.access import customer_required
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web.htmx import layout

LONGEST_TEXT = 100


@require_safe
@customer_required(Permission.VIEW_LINES)
def contract(request: PortalRequest) -> HttpResponse:
    q = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST_TEXT]
    context = {
        "layout": layout(request, "contract"),
        "contract": contract_of(request.customer),
        "allowed": allowed(request.customer, q),
        "q": q,
        "can_request": request.membership.can(Permission.REQUEST_CHANGES),
    }
    return render(request, "billing/contract/contract.html", context)
