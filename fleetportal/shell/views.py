"""The pages that belong to no app: dashboard, search, shortcuts, menu, switches, mailbox, style guide."""

import sys
from functools import wraps
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from fleetportal.shell import dashboard as contents
from fleetportal.shell import navigation, search
from fleetportal.shell.context import KEYS_COOKIE, THEME_COOKIE, THEMES
from fleetportal.tenancy.access import View, customer_required
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web import mail
from fleetportal.web.htmx import is_fragment, toast

YEAR = 365 * 24 * 3600


def _development_only(view: View) -> View:
    @wraps(view)
    def guarded(request: PortalRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not settings.DEBUG:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


def _next(request: PortalRequest) -> str:
    """Where to go back to: only ever a page of this portal."""
    target = request.POST.get("next") or request.GET.get("next") or "/"
    is_ours = url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure())
    # Without the slash, redirect() would take it for the name of a view.
    return target if is_ours and target.startswith("/") else "/"


@require_safe
@customer_required(None)
def dashboard(request: PortalRequest) -> HttpResponse:
    tasks, panels = navigation.tasks(request), contents.panels(request)
    context = {
        "greeting": contents.greeting(request.user.get_short_name()),
        "figures": contents.figures(request),
        "attention": contents.attention(request),
        "first_steps": contents.first_steps(request),
        "tasks": [task for task in tasks if task.quick],
        "primary": next((task for task in tasks if task.is_primary), None),
        "scheduled": contents.scheduled(request),
        "lead": panels[0] if panels else None,
        "panels": panels[1:],
        "changes": contents.recent_changes(request),
    }
    return render(request, "shell/dashboard.html", context)


@require_safe
@customer_required(None)
def search_page(request: PortalRequest) -> HttpResponse:
    """The results page, or only the list for the palette."""
    text = request.GET.get("q", "")[:100]
    if is_fragment(request):
        return render(request, "shell/palette_list.html", {"results": search.find(request, text), "text": text})
    results = search.find(request, text, limit=20) if text.strip() else []
    return render(request, "shell/search.html", {"results": results, "text": text})


@require_safe
@customer_required(None)
def menu(request: PortalRequest) -> HttpResponse:
    """The whole navigation as a page, for phones without JavaScript."""
    return render(request, "shell/menu.html")


@require_safe
@customer_required(None)
def shortcuts(request: PortalRequest) -> HttpResponse:
    groups = navigation.groups(request)
    return render(request, "shell/shortcuts.html", {"links": [ln for g in groups for ln in g.links if ln.key]})


@require_POST
@customer_required(None)
def set_single_keys(request: PortalRequest) -> HttpResponse:
    """Switch the one-letter shortcuts on or off in this browser."""
    is_on = request.POST.get("single_keys") == "on"
    toast(request, _("Single-key shortcuts switched on.") if is_on else _("Single-key shortcuts switched off."))
    response = redirect("shortcuts")
    _remember(response, KEYS_COOKIE, "on" if is_on else "off")
    return response


@require_safe
def set_language(request: PortalRequest, code: str) -> HttpResponse:
    """Read this browser's pages in another language; an ordinary link, so it works everywhere."""
    if code not in dict(settings.LANGUAGES):
        raise Http404
    response = redirect(_next(request))
    _remember(response, settings.LANGUAGE_COOKIE_NAME, code)
    return response


@require_POST
def set_theme(request: PortalRequest) -> HttpResponse:
    """Light or dark in this browser; the page's script does the same without a request."""
    now = request.COOKIES.get(THEME_COOKIE, THEMES[0])
    response = redirect(_next(request))
    _remember(response, THEME_COOKIE, "light" if now == "dark" else "dark", httponly=False)
    return response


def _remember(response: HttpResponse, name: str, value: str, *, httponly: bool = True) -> None:
    secure = settings.SESSION_COOKIE_SECURE
    response.set_cookie(name, value, max_age=YEAR, samesite="Lax", secure=secure, httponly=httponly)


@require_safe
@_development_only
def mailbox(request: PortalRequest) -> HttpResponse:
    """Mails that were "sent" in development, newest first."""
    if not mail.is_active():
        raise Http404
    mails = mail.mails()
    chosen = mail.read(request.GET["mail"]) if "mail" in request.GET else next(iter(mails), None)
    if "mail" in request.GET and chosen is None:
        raise Http404
    return render(request, "shell/mailbox.html", {"mails": mails, "chosen": chosen})


def csrf_failure(request: PortalRequest, reason: str = "") -> HttpResponse:
    """The form was too old or the browser keeps no cookies; HTMX requests get a toast from the middleware."""
    return render(request, "403_csrf.html", status=403)


def bad_request(request: PortalRequest, exception: Exception) -> HttpResponse:
    return render(request, "400.html", status=400)


def permission_denied(request: PortalRequest, exception: Exception) -> HttpResponse:
    return render(request, "403.html", status=403)


def page_not_found(request: PortalRequest, exception: Exception) -> HttpResponse:
    return render(request, "404.html", status=404)


def server_error(request: PortalRequest) -> HttpResponse:
    """Drawn without database, session or context processors: any of them may be what failed.

    A database that is away, such as during its restart, is told apart: trying again in a moment helps.
    """
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        return HttpResponse(render_to_string("503.html"), status=503, headers={"Retry-After": "5"})
    return HttpResponse(render_to_string("500.html"), status=500)
