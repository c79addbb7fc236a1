"""Ending a line."""

from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from accounts.permissions import Permission
from fleetportal.tenancy.access import customer_required
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web.errors import Refusal
from fleetportal.web.step_up import step_up
from sims.enums import LineState, OrderKind
from sims.forms.end import EndForm
from sims.orders.kinds import kind_of
from sims.orders.kinds.end import ENDED, EndWish
from sims.services.ending import end_line
from sims.views.changes import asked, change_dialog, line_address, own_line
from sims.views.dialogs import refused


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.REQUEST_CHANGES)
def line_end(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """GET says what is lost, POST asks for the end; both only after the password."""
    line = own_line(request, public_id)
    if (password_first := step_up(request)) is not None:
        return password_first
    if line.state == LineState.TERMINATED or not line.number:
        return refused(request, Refusal(str(ENDED)), line_address(line))
    form = EndForm(request.POST or None, line=line)
    rules = kind_of(OrderKind.END)
    assert rules.prepare is not None
    price, _after = rules.cost(line, rules.prepare(request.customer, EndWish())(line))
    if not form.is_bound or not form.is_valid():
        return change_dialog(request, line, "end", form, price=price)
    data = form.cleaned_data
    try:
        order = end_line(line=line, on=data["day"], override=data.get("override", ""), by=request.actor)
    except Refusal as refusal:
        return refused(request, refusal, line_address(line))
    return asked(request, order, line_address(line))
