"""Who had this number on that day: of one line, or of a number wherever it was; and the document that proves it."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.permissions import Permission
from fleetportal.tenancy.access import customer_required
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web import formatting
from fleetportal.web.downloads import download_headers
from sims.forms.history import DayForm, NumberDayForm
from sims.models import Line
from sims.orders import calendar
from sims.orders.subjects import line_name
from sims.queries.history import History, history_of_line, history_of_number
from sims.services.history import evidence

METHODS = ["GET", "HEAD", "POST"]


@require_http_methods(METHODS)
@customer_required(Permission.VIEW_LINES)
def line_history(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """GET shows a day and the whole table, POST answers the document."""
    lines = Line.objects.for_customer(request.customer).select_related("sim", "subscriber")
    line: Line = get_object_or_404(lines, public_id=public_id)
    form = DayForm(_asked(request) or {"on": calendar.local_day(timezone.now()).isoformat()})
    return _answer(request, form, history_of_line(line), line=line, line_name=line_name(line))


@require_http_methods(METHODS)
@customer_required(Permission.VIEW_LINES)
def number_history(request: PortalRequest) -> HttpResponse:
    """The same for a number in any notation, over all lines of the company that ever had it."""
    asked = _asked(request)
    form = NumberDayForm(asked if "number" in asked or request.method == "POST" else None)
    number = form.cleaned_data.get("number", "") if form.is_bound and (form.is_valid() or form.cleaned_data) else ""
    return _answer(request, form, history_of_number(request.customer, number) if number else None)


def _asked(request: PortalRequest) -> dict[str, str]:
    """What was chosen; without a day, today."""
    sent = request.POST if request.method == "POST" else request.GET
    return {key: sent[key].replace("\x00", "") for key in ("number", "on") if key in sent}


def _answer(request: PortalRequest, form: DayForm, history: History | None, **context: Any) -> HttpResponse:
    day = form.cleaned_data["on"] if form.is_bound and form.is_valid() else None
    if request.method == "POST" and day and history and history.facts:
        pdf = evidence(customer=request.customer, history=history, day=day, by=request.actor)
        number = formatting.phone(history.number).replace("/", " ")
        name = f"{_('Who had this number')} {number} {day:%Y-%m-%d}.pdf"
        return HttpResponse(pdf, headers=download_headers(name, "application/pdf"))
    context |= {"form": form, "history": history, "answer": history.on(day) if history and day else None}
    return render(request, "sims/history.html", context, status=422 if request.method == "POST" else 200)
