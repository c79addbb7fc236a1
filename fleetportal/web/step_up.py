"""A password once more, right before something that cannot be undone or that shows a secret."""

from allauth.account.internal.flows.reauthentication import is_reauthentication_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode

from fleetportal.web.htmx import hx_redirect, is_htmx


def step_up(request: HttpRequest) -> HttpResponse | None:
    """The way to the password page, or None for who gave it in the last ``ACCOUNT_REAUTHENTICATION_TIMEOUT`` seconds.

    The way back leads to this very page, also from a dialog, which then opens as a page of its own. A view asks after
    it found what the page is about, so that another company's object stays unknown.
    """
    if not is_reauthentication_required(request, app="account"):
        return None
    query = urlencode({"next": request.get_full_path()})
    address = f"{reverse('account_reauthenticate')}?{query}"
    if is_htmx(request):
        return hx_redirect(address)
    return HttpResponseRedirect(address, status=303 if request.method == "POST" else 302)
