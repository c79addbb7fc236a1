"""Replacing a line's SIM card: a page of its own, confirmed once, after the password was given again."""

from typing import Any
from uuid import UUID

from allauth.decorators import rate_limit
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import Permission
from fleetportal.tenancy.access import customer_required
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web.errors import Refusal
from fleetportal.web.htmx import is_htmx, toast
from fleetportal.web.step_up import step_up
from sims.emails import swap_facts
from sims.enums import LineState
from sims.forms.swap import PolicyForm, SwapForm
from sims.models import Line
from sims.orders.subjects import line_name
from sims.queries.swapping import policy_of, terms_of
from sims.services import notices
from sims.services.swapping import NotConfirmed, change_policy, confirmation_for, confirmed_swap, lock_card
from sims.views.changes import asked, line_address, own_line
from sims.views.dialogs import refused

WORKING = (LineState.ACTIVE, LineState.LIMITED, LineState.SUSPENDED)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.REQUEST_CHANGES)
def line_swap(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """GET asks which card, POST shows what would happen, POST with its confirmation does it."""
    line = own_line(request, public_id)
    if line.state not in WORKING or line.sim is None:
        return refused(request, Refusal(_("This line has no SIM card in use to replace.")), line_address(line))
    if (password_first := step_up(request)) is not None:
        return password_first
    form = SwapForm(request.POST or None, customer=request.customer)
    if request.method != "POST" or not form.is_valid():
        return _page(request, line, form)
    try:
        order = confirmed_swap(
            line=line,
            wish=form.wish(),
            token=form.cleaned_data["token"],
            eid=form.cleaned_data["eid"],
            by=request.actor,
        )
    except NotConfirmed:
        return _page(request, line, form)
    except Refusal as refusal:
        if refusal.field not in form.fields:
            return refused(request, refusal, line_address(line))
        form.add_error(refusal.field, str(refusal))
        return _page(request, line, form)
    return asked(request, order, line_address(line))


@require_POST
@customer_required(Permission.REQUEST_CHANGES)
def line_swap_check(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """The card that is meant and what would happen with it, while it is being typed. Posted: its number is private."""
    line = own_line(request, public_id)
    if not is_htmx(request):
        return redirect("line_swap", public_id)
    form = SwapForm(request.POST, customer=request.customer)
    form.is_valid()
    return render(request, "sims/_swap_check.html", _context(request, line, form))


def _page(request: PortalRequest, line: Line, form: SwapForm) -> HttpResponse:
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "sims/swap.html", _context(request, line, form), status=status)


def _context(request: PortalRequest, line: Line, form: SwapForm) -> dict[str, Any]:
    context = {
        "line": line,
        "line_name": line_name(line),
        "address": line_address(line),
        "form": form,
        "checked": form.checked,
        "may_lock": request.membership.can(Permission.MANAGE_LINES),
        "may_unlock": request.membership.can(Permission.MANAGE_POLICY),
    }
    if form.is_bound and not form.errors:
        wish = form.wish()
        context |= {
            "token": confirmation_for(line=line, wish=wish, by=request.actor),
            "new_ending": wish.iccid[-4:],
            "terms": terms_of(line, policy_of(request.customer), request.actor),
        }
    return context


@require_POST
@customer_required(Permission.MANAGE_LINES)
def line_card_lock(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """Whether another card for this line needs a second person from now on."""
    line = own_line(request, public_id)
    if (password_first := step_up(request)) is not None:
        return password_first
    is_locked = request.POST.get("lock") == "1"
    try:
        lock_card(line=line, is_locked=is_locked, by=request.actor)
    except Refusal as refusal:
        return refused(request, refusal, line_address(line))
    texts = {True: _("From now on a second person approves."), False: _("No second person is needed any more.")}
    toast(request, texts[is_locked])
    return redirect("line_swap", public_id)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.MANAGE_POLICY)
def fleet_policy(request: PortalRequest) -> HttpResponse:
    """What the company demands before a SIM card is replaced."""
    if (password_first := step_up(request)) is not None:
        return password_first
    form = PolicyForm(request.POST or None, instance=policy_of(request.customer))
    if request.method != "POST" or not form.is_valid():
        return render(request, "sims/policy.html", {"form": form}, status=422 if form.errors else 200)
    change_policy(customer=request.customer, by=request.actor, **form.values())
    toast(request, _("Safety rules saved."))
    return redirect("fleet_policy")


@require_http_methods(["GET", "HEAD", "POST"])
@rate_limit(action="notice")
def notice(request: PortalRequest, token: str) -> HttpResponse:
    """For whoever was told: GET shows the request, POST stops it. Programs that open links change nothing."""
    told = notices.told_by(token)
    if told is None:
        return render(request, "sims/notice_gone.html", status=410)
    problem = ""
    if request.method == "POST":
        try:
            notices.stop(told=told)
        except Refusal as refusal:
            problem = str(refusal)
    order = told.order
    context = {"order": order, "facts": swap_facts(told.notice), "company": order.customer.name, "problem": problem}
    return render(request, "sims/notice.html", context, status=409 if problem else 200)
