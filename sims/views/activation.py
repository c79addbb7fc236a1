"""Activating a line that was added before: a dialog over the list or the line, a page of its own without scripts."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.permissions import Permission
from fleetportal.tenancy.access import customer_required
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web.errors import Refusal
from fleetportal.web.htmx import toast
from sims.enums import LineState
from sims.forms.activation import ActivationForm, Days, weekday_date
from sims.models import Line
from sims.orders.kinds import activation_of
from sims.services.lines import activate_line
from sims.views.dialogs import after_dialog, dialog, refused


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.MANAGE_LINES)
def line_activate(request: PortalRequest, public_id: UUID) -> HttpResponse:
    lines = Line.objects.for_customer(request.customer).select_related("sim", "plan", "subscriber", "billing_account")
    line = get_object_or_404(lines, public_id=public_id)
    address = reverse("line_detail", args=[line.public_id])
    try:
        days = _days_for(line)
    except Refusal as refusal:
        return refused(request, refusal, address)
    asked = request.POST if request.method == "POST" else request.GET if "when" in request.GET else None
    form = ActivationForm(asked, days=days)
    if request.method == "POST" and form.is_valid():
        try:
            activate_line(line=line, on=form.cleaned_data["day"], by=request.actor)
        except Refusal as refusal:
            if refusal.field != "date":
                return refused(request, refusal, address)
            form.add_error("date", str(refusal))
        else:
            toast(request, _done_text(form, days))
            return after_dialog(request, address)
    context = {"line": line, "form": form, "action": reverse("line_activate", args=[line.public_id])}
    return dialog(request, "activate", context, address=address, status=422 if request.method == "POST" else 200)


def _days_for(line: Line) -> Days:
    """Raises ``Refusal`` when the line cannot be activated as it stands."""
    if line.state != LineState.NEW:
        raise Refusal(_("This SIM card was activated before. Reload the page to see how it stands."))
    if line.open_request:
        raise Refusal(_("An activation is asked for already. Change or cancel that request on the page of the line."))
    kind, _payload = activation_of(line)
    return Days(kind)


def _done_text(form: ActivationForm, days: Days) -> str:
    day = form.cleaned_data["day"]
    if day and day > days.today:
        return _("The activation is planned for %(date)s.") % {"date": weekday_date(day)}
    return _("The activation has started.")
