"""A password once more, right before something that cannot be undone or that shows a secret."""

from allauth.account.internal.flows.reauthentication import (
    is_reauthentication_required,
    raise_if_reauthentication_required,
)
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode

from fleetportal.web.htmx import hx_redirect, is_htmx


def step_up(request: HttpRequest, *, back: str = "") -> HttpResponse | None:
    """None for who gave it in the last ``ACCOUNT_REAUTHENTICATION_TIMEOUT`` seconds, else the way to the password page.

    A page comes back to itself and what was posted is carried out then, so nothing typed is lost. From inside a page
    the whole page leaves and comes back to ``back``, or to this very address as a page of its own. A view asks after
    it found what the page is about, so that another company's object stays unknown.
    """
    if not is_reauthentication_required(request, app="account"):
        return None
    if is_htmx(request):
        query = urlencode({"next": back or request.get_full_path()})
        return hx_redirect(f"{reverse('account_reauthenticate')}?{query}")
    raise_if_reauthentication_required(request, app="account")
    return None
