"""The activation code of an eSIM: for a manager after his password, for the employee once through a link."""

from typing import Any
from uuid import UUID

import segno
from allauth.decorators import rate_limit
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import Permission
from fleetportal.tenancy.access import customer_required
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web.errors import Refusal
from fleetportal.web.htmx import toast
from fleetportal.web.step_up import step_up
from sims.models import Line
from sims.orders.subjects import line_name
from sims.services import esim
from sims.views.changes import line_address, own_line
from sims.views.dialogs import refused


def _esim_line(request: PortalRequest, public_id: UUID) -> Line:
    line = own_line(request, public_id)
    if line.sim is None or not line.sim.is_esim:
        raise Http404
    return line


@sensitive_variables("code")
def _qr(code: str) -> SafeString:
    """The code as SVG, dark on white with a quiet zone in both themes; error level M."""
    image = segno.make(code, error="m", micro=False)
    drawn: str = image.svg_inline(scale=6, border=4, dark="#000", light="#fff", svgclass=None, lineclass=None)
    return mark_safe(drawn)  # noqa: S308 - drawn from modules, the text itself is not in it


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.MANAGE_LINES)
@sensitive_variables("code", "context")
def line_esim(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """GET offers, POST shows the code; each look is on record."""
    line = _esim_line(request, public_id)
    if (password_first := step_up(request)) is not None:
        return password_first
    context: dict[str, Any] = {"line": line, "line_name": line_name(line), "address": line_address(line)}
    if request.method == "POST":
        try:
            code = esim.show_code(line=line, by=request.actor)
        except Refusal as refusal:
            return refused(request, refusal, line_address(line))
        context |= {"code": code, "qr": _qr(code)}
    response = render(request, "sims/esim.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response


@require_POST
@customer_required(Permission.MANAGE_LINES)
def line_esim_send(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """Mail the employee a link that shows the code once."""
    line = _esim_line(request, public_id)
    if (password_first := step_up(request)) is not None:
        return password_first
    try:
        handover = esim.send_link(line=line, by=request.actor)
    except Refusal as refusal:
        return refused(request, refusal, line_address(line))
    toast(request, _("%(name)s gets a link by e-mail.") % {"name": handover.name})
    return redirect(line_address(line))


@require_http_methods(["GET", "HEAD", "POST"])
@rate_limit(action="esim")
@sensitive_variables("code")
def esim_open(request: PortalRequest, token: str) -> HttpResponse:
    """For the employee: GET tells what the button does, POST shows the code once."""
    handover = esim.usable_link(token)
    if handover is None:
        return render(request, "sims/esim_gone.html", status=410)
    if request.method != "POST":
        return render(request, "sims/esim_open.html", {"handover": handover})
    try:
        code = esim.open_link(token=token)
    except esim.LinkGone:
        return render(request, "sims/esim_gone.html", status=410)
    except Refusal as refusal:
        return render(request, "sims/esim_open.html", {"handover": handover, "problem": str(refusal)}, status=409)
    response = render(request, "sims/esim_code.html", {"code": code, "qr": _qr(code)})
    response.headers["Cache-Control"] = "no-store"
    return response
