"""An employee leaves: one page with what is planned unless somebody chooses otherwise, and a page per question."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import Permission
from fleetportal.tenancy.access import customer_required
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web.errors import Refusal
from fleetportal.web.htmx import toast
from sims.enums import DepartureState
from sims.forms.activation import weekday_date
from sims.forms.leave import QUESTIONS, ColleagueForm, LastDayForm, Question, QuestionForm, following
from sims.models import Line
from sims.queries.departures import Leave, leave_of, membership_of
from sims.queries.leaving import described_rows
from sims.services.departures import discard_draft, plan_departure, save_draft
from sims.views.changes import line_address, own_line
from sims.views.dialogs import refused


def _leave(request: PortalRequest, public_id: UUID) -> tuple[Line, Leave]:
    """The line that was chosen and the leave of its employee; 404 for a line nobody has."""
    line = own_line(request, public_id)
    if line.subscriber is None:
        raise Http404
    line.subscriber.customer = request.customer
    leave = leave_of(request.customer, line.subscriber)
    leave.departure.customer, leave.departure.subscriber = request.customer, line.subscriber
    return line, leave


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.REQUEST_CHANGES)
def line_leave(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """Everything at a glance; POST plans it, or keeps the last day and goes to the question that is to change."""
    line, leave = _leave(request, public_id)
    if leave.departure.state != DepartureState.DRAFT:
        return redirect("departure", leave.departure.public_id)
    if all(row.line_id != line.pk for row in leave.rows):
        return refused(request, Refusal(_("This line is not active, so there is nothing to plan.")), line_address(line))
    form = LastDayForm(
        request.POST if request.method == "POST" else None, initial={"last_day": leave.departure.last_day}
    )
    if request.method != "POST":
        return _overview(request, line, leave, form)
    if change := request.POST.get("change"):
        return _go_and_change(request, line, leave, form, change)
    if not form.is_valid():
        return _overview(request, line, leave, form, status=422)
    day = form.cleaned_data["last_day"]
    try:
        departure = plan_departure(
            customer=request.customer, subscriber=leave.departure.subscriber, last_day=day, by=request.actor
        )
    except Refusal as refusal:
        leave.departure.last_day = day
        return _overview(request, line, leave, form, status=422, problem=str(refusal))
    toast(request, _("Departure planned for %(day)s.") % {"day": weekday_date(day)})
    return HttpResponseRedirect(reverse("departure", args=[departure.public_id]), status=303)


def _go_and_change(request: PortalRequest, line: Line, leave: Leave, form: LastDayForm, change: str) -> HttpResponse:
    """``change`` is ``slug:public id of the line``; the last day is kept if it makes sense."""
    slug, _colon, about = change.partition(":")
    target = next((row.line for row in leave.rows if str(row.line.public_id) == about), line)
    if slug not in QUESTIONS:
        raise Http404
    if form.is_valid() and form.cleaned_data["last_day"] != leave.departure.last_day:
        _keep(request, leave, None, {"last_day": form.cleaned_data["last_day"]})
    return HttpResponseRedirect(reverse("leave_question", args=[target.public_id, slug]), status=303)


def _keep(request: PortalRequest, leave: Leave, line: Line | None, answers: dict[str, Any]) -> None:
    subscriber = leave.departure.subscriber
    save_draft(customer=request.customer, subscriber=subscriber, line=line, by=request.actor, **answers)


def _overview(
    request: PortalRequest, line: Line, leave: Leave, form: LastDayForm, *, status: int = 200, problem: str = ""
) -> HttpResponse:
    context = {
        "line": line,
        "address": line_address(line),
        "person": leave.departure.subscriber,
        "departure": leave.departure,
        "rows": described_rows(leave),
        "form": form,
        "problem": problem,
        "offers_access": _offers_access(request, leave),
        "day_text": weekday_date(leave.departure.last_day),
    }
    return render(request, "sims/leave/overview.html", context, status=status)


def _offers_access(request: PortalRequest, leave: Leave) -> bool:
    """Whether the employee is a fleet manager too, and this person may end that."""
    may = request.membership is not None and request.membership.can(Permission.MANAGE_PEOPLE)
    return may and membership_of(request.customer, leave.departure.subscriber) is not None


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.REQUEST_CHANGES)
def leave_question(request: PortalRequest, public_id: UUID, question: str) -> HttpResponse:
    """One question; its answer is kept and leads to the next one that applies, or back to the overview."""
    line, leave = _leave(request, public_id)
    if question not in QUESTIONS or leave.departure.state != DepartureState.DRAFT:
        raise Http404
    asked = QUESTIONS[question]
    row = next((row for row in leave.rows if row.line_id == line.pk), None)
    if row is None or not asked.applies(leave, row) or (asked.slug == "access" and not _offers_access(request, leave)):
        return redirect("line_leave", public_id)
    form = _form(request, asked, leave, row)
    if request.method != "POST" or not form.is_valid():
        return _question(request, line, leave, asked, form)
    try:
        _keep(request, leave, line if asked.is_about_line else None, form.answers())
    except Refusal as refusal:
        return refused(request, refusal, line_address(line))
    now = leave_of(request.customer, leave.departure.subscriber)
    if (after := following(asked, now, now.row_of(line))) is not None:
        return HttpResponseRedirect(reverse("leave_question", args=[public_id, after.slug]), status=303)
    return HttpResponseRedirect(reverse("line_leave", args=[public_id]), status=303)


def _form(request: PortalRequest, asked: Question, leave: Leave, row: Any) -> QuestionForm:
    subject = row if asked.is_about_line else leave.departure
    names = asked.form.base_fields
    data = request.POST if request.method == "POST" else None
    initial = {name: getattr(subject, name) for name in names if getattr(subject, name, None) is not None}
    if asked.form is ColleagueForm:
        q = request.GET.get("q", "").replace("\x00", "")[:60]
        return ColleagueForm(data, leave=leave, row=row, initial=initial, q=q)
    return asked.form(data, leave=leave, row=row, initial=initial)


def _question(request: PortalRequest, line: Line, leave: Leave, asked: Question, form: QuestionForm) -> HttpResponse:
    context = {
        "line": line,
        "person": leave.departure.subscriber,
        "asked": asked,
        "form": form,
        "address": reverse("line_leave", args=[line.public_id]),
        "q": request.GET.get("q", "")[:60],
    }
    return render(request, "sims/leave/question.html", context, status=422 if form.is_bound else 200)


@require_POST
@customer_required(Permission.REQUEST_CHANGES)
def leave_discard(request: PortalRequest, public_id: UUID) -> HttpResponse:
    line, leave = _leave(request, public_id)
    discard_draft(customer=request.customer, subscriber=leave.departure.subscriber)
    toast(request, _("Draft deleted."))
    return HttpResponseRedirect(line_address(line), status=303)
