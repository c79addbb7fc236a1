"""Handing a line over to another employee."""

from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from accounts.permissions import Permission
from fleetportal.tenancy.access import customer_required
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web.errors import Refusal
from sims.enums import OrderKind
from sims.forms.activation import Days
from sims.forms.steps import Scene
from sims.forms.transfer import TransferForm
from sims.queries.adding import departments
from sims.services.transferring import hand_over
from sims.views.changes import asked, change_dialog, line_address, own_line
from sims.views.dialogs import refused


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.REQUEST_CHANGES)
def line_transfer(request: PortalRequest, public_id: UUID) -> HttpResponse:
    line = own_line(request, public_id)
    scene = Scene(request.customer, request.user)
    form = TransferForm(request.POST or None, scene=scene, days=Days(OrderKind.TRANSFER))
    context = {"departments": departments(request.customer)}
    if not form.is_bound or not form.is_valid():
        return change_dialog(request, line, "transfer", form, tab="employee", **context)
    data = form.cleaned_data
    try:
        order = hand_over(
            line=line,
            to=form.employee(),
            ends_split_bill=data["ends_split_bill"],
            ends_barrings=data["ends_barrings"],
            on=data["day"],
            by=request.actor,
        )
    except Refusal as refusal:
        if refusal.field not in form.fields:
            return refused(request, refusal, line_address(line, "employee"))
        form.add_error(refusal.field, str(refusal))
        return change_dialog(request, line, "transfer", form, tab="employee", **context)
    return asked(request, order, line_address(line, "employee"))
