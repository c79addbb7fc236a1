"""Plan, options and barrings of one line: what the forms on its page are sent to, and their live parts."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.permissions import Permission
from fleetportal.tenancy.access import customer_required
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web.errors import Refusal
from fleetportal.web.htmx import is_fragment
from sims.enums import OrderKind
from sims.forms.activation import Days
from sims.forms.barrings import BarringsForm
from sims.forms.plan_change import LinePlanForm
from sims.models import Line
from sims.orders.kinds import NothingToChange
from sims.orders.placing import ask
from sims.views.changes import asked, line_address, own_line
from sims.views.dialogs import refused
from sims.views.fleet_list import rights
from sims.views.line import line_page


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.REQUEST_CHANGES)
def line_plan(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """POST asks for it; a fragment is what fits and what it costs for what is chosen but not saved."""
    if request.method != "POST" and not (is_fragment(request) and "plan" in request.GET):
        return line_page(request, public_id, tab="plan")
    line = own_line(request, public_id)
    if line.plan is None:
        return refused(request, Refusal(_("Choose a tariff plan first.")), line_address(line, "plan"))
    form = LinePlanForm(
        request.POST or request.GET,
        customer=request.customer,
        line=line,
        options=line.options.all(),
        days=Days(OrderKind.PLAN),
    )
    if request.method == "POST":
        return _save(request, line, OrderKind.PLAN, form, "plan")
    return _live(request, line, "sims/_plan_live.html", form)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.REQUEST_CHANGES)
def line_barrings(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """POST asks for it; a fragment counts what differs and shows what comes along."""
    if request.method != "POST" and not (is_fragment(request) and "shown" in request.GET):
        return line_page(request, public_id, tab="barrings")
    line = own_line(request, public_id)
    form = BarringsForm(request.POST or request.GET, line=line, days=Days(OrderKind.BARRINGS))
    if request.method == "POST":
        return _save(request, line, OrderKind.BARRINGS, form, "barrings")
    return _live(request, line, "sims/_barrings_live.html", form)


def _live(request: PortalRequest, line: Line, template: str, form: Any) -> HttpResponse:
    """The parts that depend on what is chosen; nothing is checked yet, so nothing is marked as wrong."""
    context = {"line": line, "form": form, "is_live": True, **rights(request)}
    return render(request, template, context)


def _save(request: PortalRequest, line: Line, kind: OrderKind, form: Any, tab: str) -> HttpResponse:
    """A valid form becomes a request; an error stands on the tab beside its field."""
    if form.is_valid():
        try:
            order = ask(line=line, kind=kind, wish=form.wish(), not_before=form.cleaned_data["day"], by=request.actor)
        except NothingToChange as nothing:
            form.add_error(None, str(nothing))
        except Refusal as refusal:
            return refused(request, refusal, line_address(line, tab))
        else:
            return asked(request, order, line_address(line, tab))
    return line_page(request, line.public_id, tab=tab, form=form, status=422)
