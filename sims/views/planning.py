"""What is planned: as a list, as a month, and as a feed for calendar programs."""

from datetime import date
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import Permission
from fleetportal.tenancy.access import customer_required
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web.htmx import layout, toast
from sims.forms.planning import MoveForm
from sims.models import CalendarFeed
from sims.orders import calendar
from sims.queries.calendar_feed import calendar_text, reader_of
from sims.queries.planning import by_day, month_of, months_around, planned_orders
from sims.services.calendar_feed import close_feed, open_feed
from sims.services.planning import Outcome, cancel_many, move_many
from sims.views import fleet_list
from sims.views.dialogs import dialog, leave_for

MONTH = "month"


@require_safe
@customer_required(Permission.VIEW_LINES)
def planning(request: PortalRequest) -> HttpResponse:
    is_month = request.GET.get("view") == MONTH
    context = _month(request) if is_month else {"days": by_day(planned_orders(request.customer)), "weeks": None}
    context |= {
        "layout": layout(request, "planning"),
        "is_month": is_month,
        "has_feed": CalendarFeed.objects.for_customer(request.customer).filter(user=request.user).exists(),
        "today": calendar.local_day(timezone.now()),
        **fleet_list.rights(request),
    }
    return render(request, "sims/planning.html", context)


def _month(request: PortalRequest) -> dict[str, Any]:
    first = _asked_month(request.GET.get("month", ""))
    before, after = months_around(first)
    return {"weeks": month_of(request.customer, first), "first": first, "before": before, "after": after, "days": {}}


def _asked_month(text: str) -> date:
    """``2026-12``; what makes no sense is the present month."""
    today = calendar.local_day(timezone.now()).replace(day=1)
    try:
        asked = date.fromisoformat(f"{text}-01")
    except ValueError:
        return today
    return asked if abs(asked.year - today.year) <= 10 else today


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.MANAGE_LINES)
def planning_move(request: PortalRequest) -> HttpResponse:
    """Another date for the ticked ones; GET asks for it."""
    asked = request.POST if request.method == "POST" else request.GET
    form = MoveForm(request.POST if "date" in request.POST else None, selected=asked.getlist("sel"))
    if not form.selected:
        return _nothing_ticked(request)
    if form.is_valid():
        day = form.cleaned_data["date"]
        _tell(request, move_many(customer=request.customer, ids=form.selected, day=day, by=request.actor))
        return leave_for(request, reverse("planning"))
    context = {"form": form, "action": reverse("planning_move")}
    return dialog(request, "planning_move", context, address=reverse("planning"), status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.MANAGE_LINES)
def planning_cancel(request: PortalRequest) -> HttpResponse:
    """Take the ticked ones back; GET asks."""
    asked = request.POST if request.method == "POST" else request.GET
    form = MoveForm(selected=asked.getlist("sel"))
    if not form.selected:
        return _nothing_ticked(request)
    if request.method == "POST":
        _tell(request, cancel_many(customer=request.customer, ids=form.selected, by=request.actor))
        return leave_for(request, reverse("planning"))
    context = {"form": None, "selected": form.selected, "action": reverse("planning_cancel")}
    return dialog(request, "planning_cancel", context, address=reverse("planning"))


def _nothing_ticked(request: PortalRequest) -> HttpResponse:
    toast(request, _("Tick at least one planned change first."), tone="warn")
    return leave_for(request, reverse("planning"))


def _tell(request: PortalRequest, outcome: Outcome) -> None:
    """How many went well, and the first reason of those that did not."""
    if outcome.done:
        text = ngettext("%(n)s planned change adapted.", "%(n)s planned changes adapted.", outcome.done)
        toast(request, text % {"n": outcome.done})
    if outcome.refusals:
        n, reason = len(outcome.refusals), outcome.refusals[0]
        text = ngettext("%(n)s stays as it is: %(reason)s", "%(n)s stay as they are: %(reason)s", n)
        toast(request, text % {"n": n, "reason": reason}, tone="bad")


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.VIEW_LINES)
def calendar_feed_open(request: PortalRequest) -> HttpResponse:
    """A new private address, shown this once; an older one stops working."""
    if request.method != "POST":
        return dialog(request, "calendar_feed", {"feed_url": ""}, address=reverse("planning"))
    token = open_feed(customer=request.customer, user=request.user, by=request.actor)
    url = request.build_absolute_uri(reverse("calendar_feed", args=[token]))
    response = dialog(request, "calendar_feed", {"feed_url": url}, address=reverse("planning"))
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@customer_required(Permission.VIEW_LINES)
def calendar_feed_close(request: PortalRequest) -> HttpResponse:
    close_feed(customer=request.customer, user=request.user, by=request.actor)
    toast(request, _("The calendar address no longer works."))
    return leave_for(request, reverse("planning"))


@require_safe
@never_cache
def calendar_feed(request: PortalRequest, token: str) -> HttpResponse:
    """For calendar programs: no session, the address itself is the key."""
    member = reader_of(token)
    if member is None:
        raise Http404
    with translation.override(member.user.language):
        text = calendar_text(member.customer)
    response = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'inline; filename="planning.ics"'
    response["Referrer-Policy"] = "no-referrer"
    return response
