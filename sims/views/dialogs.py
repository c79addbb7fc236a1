"""What dialogs over a page have in common; without scripts each of them is a page of its own with the same inside."""

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web.errors import Refusal
from fleetportal.web.htmx import current_path, hx_redirect, is_htmx, toast_response


def dialog(
    request: PortalRequest, name: str, context: dict[str, Any], *, address: str, status: int = 200
) -> HttpResponse:
    """``sims/dialogs/<name>.html``: only its form for HTMX, a page without. It posts to where it was asked for.

    ``address`` is where "cancel" leads without scripts.
    """
    around = {"action": request.get_full_path(), "address": address, "form": None}
    return render(request, f"sims/dialogs/{name}.html", {**around, **context}, status=status)


def refused(request: PortalRequest, refusal: Refusal, address: str) -> HttpResponse:
    """Too late or not possible any more, in words: as a toast over the page, or a page that leads to the line."""
    if is_htmx(request):
        return toast_response(request, refusal.message)
    return render(request, "sims/request_refused.html", {"text": refusal.message, "address": address}, status=409)


def after_dialog(request: PortalRequest, address: str) -> HttpResponse:
    """Back to the page the dialog was opened on, which then shows the new state; to ``address`` without scripts."""
    return leave_for(request, current_path(request) or address if is_htmx(request) else address)


def leave_for(request: PortalRequest, address: str) -> HttpResponse:
    """After a form: the browser asks for the next page with GET, as a whole page also from inside a fragment."""
    return hx_redirect(address) if is_htmx(request) else HttpResponseRedirect(address, status=303)
