"""Single usage records: the company's decision about them, and the page of one line's month."""

from datetime import date
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.permissions import Permission
from fleetportal.tenancy.access import customer_required
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web.errors import Refusal
from fleetportal.web.htmx import toast
from fleetportal.web.parameters import page_number
from fleetportal.web.step_up import step_up
from groupbundles.forms.itemised import ItemisedUseForm
from groupbundles.periods import asked_period, first_of_month, periods_until, today
from groupbundles.queries.itemised import decisions, first_day, itemised_use, records_page
from groupbundles.services import itemised
from sims.models import Line
from sims.views.changes import line_name

METHODS = ["GET", "HEAD", "POST"]


@require_http_methods(METHODS)
@customer_required(Permission.MANAGE_POLICY)
def usage_settings(request: PortalRequest) -> HttpResponse:
    """Switching single records on, with a reason, and off."""
    if (password_first := step_up(request)) is not None:
        return password_first
    if request.method == "POST" and request.POST.get("off"):
        itemised.switch_off(customer=request.customer, by=request.actor)
        toast(request, _("Single usage records are switched off."))
        return redirect("usage_settings")
    form = ItemisedUseForm(request.POST or None)
    if form.is_valid():
        try:
            itemised.switch_on(customer=request.customer, reason=form.cleaned_data["reason"], by=request.actor)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            toast(request, _("Single usage records are switched on."))
            return redirect("usage_settings")
    context = {"form": form, "current": itemised_use(request.customer), "decisions": decisions(request.customer)}
    return render(request, "groupbundles/usage_settings.html", context, status=422 if form.errors else 200)


@require_http_methods(METHODS)
@customer_required(Permission.VIEW_USAGE_RECORDS)
def line_usage_records(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """GET says what can be seen and why; POST shows the records of a month and writes down that somebody looked."""
    lines = Line.objects.for_customer(request.customer).select_related("sim", "subscriber")
    line: Line = get_object_or_404(lines, public_id=public_id)
    decision = itemised_use(request.customer)
    period = _period(request)
    page = None
    if request.method == "POST" and decision is not None:
        number = page_number(request.POST.get("page"))
        page = records_page(request.customer, line, period, number, since=first_day(decision))
        itemised.record_look(line=line, period=period, page=page.number, by=request.actor)
    context = {
        "line": line,
        "line_name": line_name(line),
        "decision": decision,
        "since": first_day(decision) if decision else None,
        "period": period,
        "months": periods_until(first_of_month(today()), settings.USAGE_RECORD_MONTHS),
        "page": page,
        "can_decide": request.membership.can(Permission.MANAGE_POLICY),
    }
    status = 409 if request.method == "POST" and decision is None else 200
    return render(request, "groupbundles/line_usage_records.html", context, status=status)


def _period(request: PortalRequest) -> date:
    sent = request.POST if request.method == "POST" else request.GET
    return asked_period(sent.get("month", ""), latest=first_of_month(today()), count=settings.USAGE_RECORD_MONTHS)
