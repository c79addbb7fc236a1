"""Changing the date of a request, taking it back or deciding about it, as long as it was not sent."""

from collections.abc import Callable
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import Permission
from fleetportal.tenancy.access import customer_required
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web.errors import Refusal
from fleetportal.web.htmx import toast
from fleetportal.web.step_up import step_up
from sims.enums import OrderKind
from sims.forms.activation import Days, RescheduleForm, weekday_date
from sims.forms.orders import DeclineForm
from sims.models import Order
from sims.orders import calendar
from sims.orders.kinds import is_recallable, page_of
from sims.orders.placing import approve, cancel, decline, replan, stop
from sims.views.dialogs import after_dialog, dialog, refused

# What asks for the password when it is requested asks for it when it is approved.
NEED_PASSWORD = (OrderKind.SWAP, OrderKind.END, OrderKind.RELEASE)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.REQUEST_CHANGES)
def order_reschedule(request: PortalRequest, order_id: UUID) -> HttpResponse:
    order, address = _own_order(request, order_id)
    if not order.is_cancellable and not is_recallable(order):
        return refused(request, _sent(order), address)
    start = {"date": calendar.local_day(order.not_before)}
    form = RescheduleForm(request.POST or None, days=Days(OrderKind(order.kind)), initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            is_done = replan(order=order, on=form.cleaned_data["date"], by=request.actor)
        except Refusal as refusal:
            if refusal.field != "date":
                return refused(request, refusal, address)
            form.add_error("date", str(refusal))
        else:
            text = _("Moved to %(date)s.") if is_done else _("Asked. It moves to %(date)s if the operator still can.")
            toast(request, text % {"date": weekday_date(form.cleaned_data["date"])}, tone="ok" if is_done else "info")
            return after_dialog(request, address)
    context = {"order": order, "form": form}
    status = 422 if request.method == "POST" else 200
    return dialog(request, "order_reschedule", context, address=address, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.REQUEST_CHANGES)
def order_cancel(request: PortalRequest, order_id: UUID) -> HttpResponse:
    """GET asks, POST takes the request back."""
    order, address = _own_order(request, order_id)
    if not order.is_cancellable and not is_recallable(order):
        return refused(request, _sent(order), address)
    if request.method != "POST":
        return dialog(request, "order_cancel", {"order": order}, address=address)
    try:
        is_done = stop(order=order, by=request.actor)
    except Refusal as refusal:
        return refused(request, refusal, address)
    if is_done:
        toast(request, _("Request cancelled."))
    else:
        toast(request, _("The operator was asked to stop it. The page of the line tells what it answers."), tone="info")
    return after_dialog(request, address)


@require_POST
@customer_required(Permission.REQUEST_CHANGES)
def order_undo(request: PortalRequest, order_id: UUID) -> HttpResponse:
    """Second thoughts, from the message that tells what was asked."""
    order, address = _own_order(request, order_id)
    text = _("Undone. Nothing was sent to the operator.")
    return _carried_out(request, address, lambda: cancel(order=order, by=request.actor), text)


@require_POST
@customer_required(Permission.MANAGE_LINES)
def order_approve(request: PortalRequest, order_id: UUID) -> HttpResponse:
    order, address = _own_order(request, order_id)
    if order.kind in NEED_PASSWORD and (password_first := step_up(request, back=address)) is not None:
        return password_first
    text = _("Approved. The request goes on.")
    return _carried_out(request, address, lambda: approve(order=order, by=request.actor), text)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.MANAGE_LINES)
def order_decline(request: PortalRequest, order_id: UUID) -> HttpResponse:
    """GET asks why, POST says no."""
    order, address = _own_order(request, order_id)
    form = DeclineForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        return dialog(request, "order_decline", {"order": order, "form": form}, address=address, status=status)
    reason, text = form.cleaned_data["reason"], _("Declined. Nothing was sent to the operator.")
    return _carried_out(request, address, lambda: decline(order=order, by=request.actor, reason=reason), text)


def _carried_out(request: PortalRequest, address: str, act: Callable[[], None], text: str) -> HttpResponse:
    """Do it and say so on the page it was asked on; a refusal tells why it cannot be done any more."""
    try:
        act()
    except Refusal as refusal:
        return refused(request, refusal, address)
    toast(request, text)
    return after_dialog(request, address)


def _own_order(request: PortalRequest, order_id: UUID) -> tuple[Order, str]:
    orders = Order.objects.for_customer(request.customer).select_related("line__sim", "line__subscriber")
    order: Order = get_object_or_404(orders, pk=order_id)
    if not request.membership.can(Permission.MANAGE_LINES) and order.requested_by_id != request.user.pk:
        raise PermissionDenied("a request of somebody else")
    return order, page_of(order)


def _sent(order: Order) -> Refusal:
    if order.cancel_asked_at and order.is_open:
        return Refusal(_("The operator was asked already to stop it. Wait for the answer."))
    if order.kind == OrderKind.PORT_IN and order.is_open:
        return Refusal(_("The present operator has already agreed to the transfer, so it can no longer be stopped."))
    if order.is_open:
        return Refusal(_("This request was sent to the operator already and can no longer be changed."))
    return Refusal(_("This request has ended already. Reload the page to see the result."))
