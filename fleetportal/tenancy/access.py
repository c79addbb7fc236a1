"""Who may open a page: the one decorator every page of a company wears."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render

from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web.htmx import current_path

View = Callable[..., HttpResponseBase]


def login_needed(request: PortalRequest) -> HttpResponseBase:
    """The way to the sign-in page and back; an HTMX request leaves the whole page instead of filling a fragment."""
    if request.headers.get("HX-Request") == "true":
        target = redirect_to_login(current_path(request) or "/").url
        return HttpResponse(status=401, headers={"HX-Redirect": target})
    return redirect_to_login(request.get_full_path() if request.method == "GET" else "/")


def customer_required(permission: Any) -> Callable[[View], View]:
    """Only for a signed-in member of a company who holds ``permission`` (an ``accounts.permissions.Permission``).

    None asks only for a membership, whatever its role. Anonymous → sign-in; no company → a page that says who can help,
    404; permission missing → 403.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: PortalRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return login_needed(request)
            if not request.membership:
                return render(request, "shell/no_company.html", status=404)
            if permission is not None and not request.membership.can(permission):
                raise PermissionDenied(str(permission))
            return view(request, *args, **kwargs)

        guarded.required_permission = permission  # type: ignore[attr-defined]
        return guarded

    return decorate
