"""Dialogs about where a line is billed and booked, and who pays it."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import Membership
from accounts.permissions import Permission
from fleetportal.tenancy.access import customer_required
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web.htmx import toast
from sims.enums import OrderKind
from sims.forms.activation import Days
from sims.forms.line_billing import BillingAccountForm, CostCentreForm, SplitBillForm
from sims.models import Line
from sims.queries.costs import estimated_costs, in_words, last_costs, preview
from sims.queries.detail import LineDetail
from sims.services.cost_centres import set_cost_centre
from sims.views.changes import ask_or_show, change_dialog, line_address, own_line
from sims.views.dialogs import after_dialog

TAB = "billing"


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.REQUEST_CHANGES)
def line_billing(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """Another billing account."""
    line, kind = own_line(request, public_id), OrderKind.BILLING_ACCOUNT
    start = {"number": line.billing_account.number if line.billing_account else ""}
    form = BillingAccountForm(request.POST or None, customer=request.customer, days=Days(kind), initial=start)
    day = form.cleaned_data["day"] if form.is_bound and form.is_valid() else None
    return ask_or_show(request, line, kind, "billing_account", form, day=day, tab=TAB)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.MANAGE_LINES)
def line_cost_centre(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """The company's own business: changed at once, no request to the operator."""
    line = own_line(request, public_id)
    start = {"cost_centre": line.cost_centre_id}
    form = CostCentreForm(request.POST or None, customer=request.customer, initial=start)
    if request.method != "POST" or not form.is_valid():
        return change_dialog(request, line, "cost_centre", form, tab=TAB)
    centre = form.cleaned_data["cost_centre"]
    changed = set_cost_centre(customer=request.customer, lines=[line.pk], cost_centre=centre, by=request.actor)
    toast(request, _("Cost centre changed.") if changed else _("Nothing was changed."))
    return after_dialog(request, line_address(line, TAB))


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.REQUEST_CHANGES)
def line_split_bill(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """GET also shows what the profile of the address would have made of the last period, before it is asked for."""
    line, kind = own_line(request, public_id), OrderKind.SPLIT_BILL
    start: dict[str, Any] = {"profile": line.split_bill_profile_id or 0}
    for name in ("profile", "day"):
        if name in request.GET:
            start[name] = request.GET[name]
    form = SplitBillForm(request.POST or None, customer=request.customer, initial=start)
    day = form.cleaned_data["day"] if form.is_bound and form.is_valid() else None
    return ask_or_show(
        request, line, kind, "split_bill", form, day=day, tab=TAB, **_previews(line, form, request.membership)
    )


def _previews(line: Line, form: SplitBillForm, membership: Membership) -> dict[str, Any]:
    """What each choice would have made of the last period, the marked one by category."""
    costs, marked = last_costs(line, membership), str(form["profile"].value())
    choices = [(0, _("No split bill"), _("The company pays everything."), preview(costs, None))]
    choices += [(p.pk, p.name, in_words(p), preview(costs, p)) for p in form.profiles]
    return {
        "choices": [
            {"value": key, "name": name, "words": words, "preview": shown, "is_marked": str(key) == marked}
            for key, name, words, shown in choices
        ],
        "preview": preview(costs, form.chosen),
    }


def billing_context(detail: LineDetail) -> dict[str, Any]:
    """What the tab shows beside the values: what a month costs, divided as it is now."""
    profile = detail.line.split_bill_profile

    def month() -> Any:
        costs = estimated_costs(detail.line)
        return preview(costs, profile) if costs.by_category else None

    return {
        # Asked for only where no other app shows what the line really cost.
        "preview": SimpleLazyObject(month),
        "split_bill_words": in_words(profile) if profile else "",
    }
