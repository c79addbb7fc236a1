"""Planned departures: the list, one of them, its checklist, its paper, and the number that is asked back."""

from pathlib import PurePosixPath
from typing import Any
from uuid import UUID

from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import Permission
from fleetportal.tenancy.access import customer_required
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web.errors import Refusal
from fleetportal.web.htmx import layout, toast
from fleetportal.web.pagination import paginate
from fleetportal.web.pdf import render_pdf
from fleetportal.web.step_up import step_up
from sims.enums import DepartureState, OrderState
from sims.forms.activation import weekday_date
from sims.forms.departure import AskedBackForm
from sims.forms.leave import LastDayForm
from sims.models import Departure, DepartureItem, DepartureLine
from sims.orders import calendar
from sims.orders.kinds.base import customer_reference
from sims.queries.departures import departures_of, planned_leave
from sims.queries.leaving import described_rows
from sims.queries.names import Names
from sims.queries.progress import notice_of
from sims.services.departure_end import tick
from sims.services.departures import approve_departure, cancel_departure, may_change, move_departure
from sims.services.reclaim import record_look, record_request
from sims.views import fleet_list
from sims.views.dialogs import after_dialog, dialog, leave_for, refused


def _own(request: PortalRequest, public_id: UUID) -> Departure:
    """A departure that was planned once; a draft has no page of its own."""
    departures = Departure.objects.for_customer(request.customer).exclude(state=DepartureState.DRAFT)
    departure: Departure = get_object_or_404(departures.select_related("subscriber"), public_id=public_id)
    return departure


def _own_row(request: PortalRequest, public_id: UUID) -> DepartureLine:
    rows = DepartureLine.objects.for_customer(request.customer).exclude(departure__state=DepartureState.DRAFT)
    row: DepartureLine = get_object_or_404(
        rows.select_related("departure__subscriber", "line__sim", "line__billing_account"), public_id=public_id
    )
    return row


def _address(departure: Departure) -> str:
    return reverse("departure", args=[departure.public_id])


@require_safe
@customer_required(Permission.VIEW_LINES)
def departure_list(request: PortalRequest) -> HttpResponse:
    page = paginate(departures_of(request.customer), request.GET.get("page"))
    context = {"layout": layout(request, "departures"), "page": page, **fleet_list.rights(request)}
    return render(request, "sims/leave/list.html", context)


@require_safe
@customer_required(Permission.VIEW_LINES)
def departure(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """Who leaves when, what becomes of each line and how far that is, and what is left to collect."""
    return render(request, "sims/leave/departure.html", _context(request, _own(request, public_id)))


def _context(request: PortalRequest, found: Departure) -> dict[str, Any]:
    leave, orders = planned_leave(found)
    names = Names(request.customer.pk)
    is_planned = found.state == DepartureState.PLANNED
    items = DepartureItem.objects.for_customer(request.customer).filter(departure=found).select_related("line")
    waits = any(order.state == OrderState.AWAITING_APPROVAL for order in orders)
    return {
        "layout": layout(request, "departure"),
        "departure": found,
        "person": found.subscriber,
        "told": [(row, [notice_of(order, names) for order in row.orders]) for row in described_rows(leave, orders)],
        "items": list(items),
        "today": calendar.local_day(timezone.now()),
        "waits": waits,
        "may_approve": waits and found.planned_by_id != request.user.pk,
        "may_change": is_planned and may_change(found, request.actor),
        "may_move": is_planned and all(order.is_cancellable for order in orders if order.is_open),
        **fleet_list.rights(request),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.REQUEST_CHANGES)
def departure_move(request: PortalRequest, public_id: UUID) -> HttpResponse:
    found = _own(request, public_id)
    form = LastDayForm(request.POST or None, initial={"last_day": found.last_day})
    if request.method == "POST" and form.is_valid():
        try:
            move_departure(departure=found, last_day=form.cleaned_data["last_day"], by=request.actor)
        except Refusal as refusal:
            return refused(request, refusal, _address(found))
        toast(request, _("Last day changed to %(day)s.") % {"day": weekday_date(form.cleaned_data["last_day"])})
        return after_dialog(request, _address(found))
    context = {"departure": found, "form": form}
    status = 422 if request.method == "POST" else 200
    return dialog(request, "departure_move", context, address=_address(found), status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.REQUEST_CHANGES)
def departure_cancel(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """GET asks, POST takes back what was not sent."""
    found = _own(request, public_id)
    if request.method != "POST":
        return dialog(request, "departure_cancel", {"departure": found}, address=_address(found))
    try:
        cancel_departure(departure=found, by=request.actor)
    except Refusal as refusal:
        return refused(request, refusal, _address(found))
    toast(request, _("Departure cancelled."))
    return after_dialog(request, _address(found))


@require_POST
@customer_required(Permission.MANAGE_LINES)
def departure_approve(request: PortalRequest, public_id: UUID) -> HttpResponse:
    found = _own(request, public_id)
    try:
        approve_departure(departure=found, by=request.actor)
    except Refusal as refusal:
        return refused(request, refusal, _address(found))
    toast(request, _("Approved. Everything goes on as planned."))
    return leave_for(request, _address(found))


@require_POST
@customer_required(Permission.MANAGE_LINES)
def departure_tick(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """Tick an item of the checklist, or take the tick away with ``done=``."""
    items = DepartureItem.objects.for_customer(request.customer).select_related("departure")
    item = get_object_or_404(items, public_id=public_id)
    tick(item=item, is_done=bool(request.POST.get("done")), by=request.actor)
    return leave_for(request, f"{_address(item.departure)}#checklist")


@require_safe
@customer_required(Permission.VIEW_LINES)
def departure_paper(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """The list for HR as a PDF."""
    found = _own(request, public_id)
    context = {**_context(request, found), "author": request.customer.name, "customer": request.customer}
    pdf = render_pdf(render_to_string("sims/leave/paper.html", context, request))
    name = f"{slugify(_('departure'))}-{slugify(found.subscriber.full_name)}.pdf"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(pdf, content_type="application/pdf", headers=headers)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.MANAGE_LINES)
def number_asked_back(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """The employee wrote that he wants his number: it is recorded and the number goes to him."""
    row = _own_row(request, public_id)
    address = _address(row.departure)
    form = AskedBackForm(request.POST or None, request.FILES or None, row=row)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            record_request(row=row, asked_on=data["asked_on"], letter=data["letter"], by=request.actor)
        except Refusal as refusal:
            if refusal.field != "asked_on":
                return refused(request, refusal, address)
            form.add_error("asked_on", str(refusal))
        else:
            toast(request, _("Recorded. The number goes to the employee."))
            return after_dialog(request, address)
    status = 422 if request.method == "POST" else 200
    context = {"row": row, "person": row.departure.subscriber, "form": form}
    return dialog(request, "asked_back", context, address=address, status=status)


@require_safe
@customer_required(Permission.VIEW_LINES)
def number_letter(request: PortalRequest, public_id: UUID) -> HttpResponseBase:
    """The letter as it was uploaded, always as a download."""
    row = _own_row(request, public_id)
    if not row.letter:
        raise Http404
    suffix = PurePosixPath(row.letter.name or "").suffix
    name = f"{slugify(row.departure.subscriber.full_name)}{suffix}"
    return FileResponse(
        row.letter.open("rb"), as_attachment=True, filename=name, content_type="application/octet-stream"
    )


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.MANAGE_LINES)
def transfer_data(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """What the new operator checks before it takes the number over; each look is recorded, so it is a POST."""
    row = _own_row(request, public_id)
    if (password_first := step_up(request)) is not None:
        return password_first
    context: dict[str, Any] = {"row": row, "person": row.departure.subscriber, "address": _address(row.departure)}
    if request.method == "POST":
        record_look(row=row, by=request.actor)
        context |= {"is_shown": True, "reference": customer_reference(request.customer), "customer": request.customer}
    return render(request, "sims/leave/transfer_data.html", context)
