"""What the dialogs of changes have in common: find the line, ask, tell what comes of it. And blocking a line."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.permissions import Permission
from fleetportal.tenancy.access import customer_required
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web import formatting
from fleetportal.web.errors import Refusal
from fleetportal.web.htmx import toast
from sims.enums import OrderKind, OrderState
from sims.forms.block import BlockForm
from sims.models import Line, Order
from sims.orders.kinds import Wish, kind_of, lines_to_change
from sims.orders.kinds.block import UnblockWish
from sims.orders.placing import ask
from sims.orders.subjects import line_name
from sims.services.blocking import unblock
from sims.views import fleet_list
from sims.views.dialogs import after_dialog, dialog, refused


def own_line(request: PortalRequest, public_id: UUID) -> Line:
    """The company's line with all that a change looks at; another company's is 404."""
    lines = lines_to_change(Line.objects.for_customer(request.customer))
    line: Line = get_object_or_404(lines, public_id=public_id)
    return line


def _in_a_heading(line: Line) -> str:
    """What the line is called, its number on one line."""
    number = formatting.phone(line.number)
    return line_name(line).replace(number, number.replace(" ", "\u00a0")) if number else line_name(line)


def line_address(line: Line, tab: str = "") -> str:
    return reverse("line_detail", args=[line.public_id]) + (f"?tab={tab}" if tab else "")


def change_dialog(
    request: PortalRequest, line: Line, name: str, form: Any = None, *, tab: str = "", **context: Any
) -> HttpResponse:
    """The dialog ``name`` about this line; with errors when the form was sent."""
    around = {"line": line, "line_name": _in_a_heading(line), "form": form, **fleet_list.rights(request)}
    context = {**around, **context}
    status = 422 if form is not None and form.is_bound else 200
    return dialog(request, name, context, address=line_address(line, tab), status=status)


def ask_or_show(
    request: PortalRequest,
    line: Line,
    kind: OrderKind,
    name: str,
    form: Any,
    *,
    day: date | datetime | None = None,
    wish: Wish | None = None,
    tab: str = "",
    **context: Any,
) -> HttpResponse:
    """A valid form becomes a request; anything else shows the dialog ``name`` again, the reason beside its field."""
    if not form.is_bound or not form.is_valid():
        return change_dialog(request, line, name, form, tab=tab, **context)
    try:
        order = ask(line=line, kind=kind, wish=wish or form.wish(), not_before=day, by=request.actor)
    except Refusal as refusal:
        if refusal.field not in form.fields:
            return refused(request, refusal, line_address(line, tab))
        form.add_error(refusal.field, str(refusal))
        return change_dialog(request, line, name, form, tab=tab, **context)
    return asked(request, order, line_address(line, tab))


def asked(request: PortalRequest, order: Order, address: str) -> HttpResponse:
    """Tell what becomes of the request, with a way back while there is one, and return to the page."""
    tell(request, order)
    return after_dialog(request, address)


def tell(request: PortalRequest, order: Order) -> None:
    """What becomes of the request that was just placed, on this answer or the next page."""
    names = {"request": order.get_kind_display(), "date": formatting.short_date(order.not_before)}
    if order.state == OrderState.AWAITING_APPROVAL:
        toast(request, _("%(request)s: sent to a colleague for approval.") % names, tone="info")
    elif order.state == OrderState.SCHEDULED:
        toast(request, _("%(request)s: planned for %(date)s.") % names)
    else:
        undo = reverse("order_undo", args=[order.pk]) if kind_of(order.kind).is_undoable else ""
        toast(request, _("%(request)s: requested.") % names, undo_url=undo)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.REQUEST_CHANGES)
def line_block(request: PortalRequest, public_id: UUID) -> HttpResponse:
    line = own_line(request, public_id)
    return ask_or_show(request, line, OrderKind.BLOCK, "block", BlockForm(request.POST or None))


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.REQUEST_CHANGES)
def line_unblock(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """GET asks, POST lifts the block, also one that would end by itself later."""
    line = own_line(request, public_id)
    if request.method != "POST":
        return change_dialog(request, line, "unblock")
    try:
        order = unblock(line=line, wish=UnblockWish(), by=request.actor)
    except Refusal as refusal:
        return refused(request, refusal, line_address(line))
    return asked(request, order, line_address(line))
