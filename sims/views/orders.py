"""Changing the date of a request or taking it back, as long as it was not sent."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.permissions import Permission
from fleetportal.tenancy.access import customer_required
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web.errors import Refusal
from fleetportal.web.htmx import current_path, hx_redirect, is_htmx, toast, toast_response
from sims.enums import OrderKind
from sims.forms.activation import Days, RescheduleForm, weekday_date
from sims.models import Order
from sims.orders import calendar
from sims.orders.placing import cancel, reschedule


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.MANAGE_LINES)
def order_reschedule(request: PortalRequest, order_id: UUID) -> HttpResponse:
    order, address = _own_order(request, order_id)
    if not order.is_cancellable:
        return refused(request, _sent(order), address)
    start = {"date": calendar.local_day(order.not_before)}
    form = RescheduleForm(request.POST or None, days=Days(OrderKind(order.kind)), initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            reschedule(order=order, not_before=form.cleaned_data["date"], by=request.actor)
        except Refusal as refusal:
            if refusal.field != "date":
                return refused(request, refusal, address)
            form.add_error("date", str(refusal))
        else:
            toast(request, _("Moved to %(date)s.") % {"date": weekday_date(form.cleaned_data["date"])})
            return after_dialog(request, address)
    return _dialog(request, "order_reschedule", {"order": order, "form": form, "address": address})


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.MANAGE_LINES)
def order_cancel(request: PortalRequest, order_id: UUID) -> HttpResponse:
    """GET asks, POST takes the request back."""
    order, address = _own_order(request, order_id)
    if not order.is_cancellable:
        return refused(request, _sent(order), address)
    if request.method != "POST":
        return _dialog(request, "order_cancel", {"order": order, "address": address})
    try:
        cancel(order=order, by=request.actor)
    except Refusal as refusal:
        return refused(request, refusal, address)
    toast(request, _("Request cancelled."))
    return after_dialog(request, address)


def _own_order(request: PortalRequest, order_id: UUID) -> tuple[Order, str]:
    orders = Order.objects.for_customer(request.customer).select_related("line__sim", "line__subscriber")
    order: Order = get_object_or_404(orders, pk=order_id)
    return order, reverse("line_detail", args=[order.line.public_id])


def _sent(order: Order) -> Refusal:
    if order.is_open:
        return Refusal(_("This request was sent to the operator already and can no longer be changed."))
    return Refusal(_("This request has ended already. See the result on the page of the line."))


def _dialog(request: PortalRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    """The inside of the dialog for HTMX, the same on a page of its own without."""
    template = f"sims/_{name}.html" if is_htmx(request) else f"sims/{name}.html"
    return render(request, template, context, status=422 if request.method == "POST" else 200)


def refused(request: PortalRequest, refusal: Refusal, address: str) -> HttpResponse:
    """Too late or not possible any more, in words: as a toast over the page, or a page that leads to the line."""
    if is_htmx(request):
        return toast_response(request, refusal.message)
    return render(request, "sims/request_refused.html", {"text": refusal.message, "address": address}, status=409)


def after_dialog(request: PortalRequest, address: str) -> HttpResponse:
    """Back to the page the dialog was opened on, which then shows the new state; to the line without scripts."""
    if not is_htmx(request):
        return HttpResponseRedirect(address, status=303)
    return hx_redirect(current_path(request) or address)
