"""Middleware of every request: language, headers, answers to HTMX, and the promise that GET does not write."""

import re
from collections.abc import Callable
from functools import wraps
from typing import Any

import structlog
from django.conf import settings
from django.contrib import messages
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import resolve_url
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode
from django.utils.translation import gettext

from fleetportal.web.htmx import current_path, is_htmx, toast_response

log = structlog.get_logger(__name__)
GetResponse = Callable[[HttpRequest], HttpResponse]


class HeadersMiddleware:
    """Pages hold customer data: no cache keeps them. The browser features that no page needs are switched off."""

    PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()"

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("Permissions-Policy", self.PERMISSIONS)
        return response


class UserLanguageMiddleware:
    """A signed-in person reads his own language, unless this browser was switched with the language links."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES and request.user.is_authenticated:
            language = getattr(request.user, "language", "")
            if language in dict(settings.LANGUAGES):
                translation.activate(language)
                request.LANGUAGE_CODE = language
        return self.get_response(request)


class HtmxErrorMiddleware:
    """Gives HTMX requests answers it can use: sign-in as a whole page, refusals as a toast, pending messages appended.

    A page that is merely navigated to keeps its normal error page.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.get("Content-Type", "").startswith("text/html"):
            patch_vary_headers(response, ["HX-Request"])
        if not is_htmx(request):
            return response
        if _leads_to_sign_in(response):
            return self._sign_in(request, response)
        if response.status_code in _TEXTS and not (response.has_header("HX-Retarget") or _redirects(response)):
            return toast_response(
                request,
                _TEXTS[response.status_code](response),
                status=response.status_code,
            )
        return self._with_messages(request, response)

    def _sign_in(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if response.has_header("HX-Redirect"):
            return response
        path = current_path(request) or "/"
        where = response.get("Location", resolve_url(settings.LOGIN_URL)).partition("?")[0]
        return HttpResponse(status=401, headers={"HX-Redirect": f"{where}?{urlencode({'next': path})}"})

    def _with_messages(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Append what was told with ``toast()``, unless the browser goes on to another page that will show it."""
        is_page = response.status_code in (200, 422) and not response.streaming and not _redirects(response)
        if is_page and response.get("Content-Type", "").startswith("text/html"):
            pending = messages.get_messages(request)
            if len(pending):
                response.content += render_to_string("ui/toasts.html", {"messages": pending}, request).encode()
        return response


def _redirects(response: HttpResponse) -> bool:
    return any(response.has_header(name) for name in ("Location", "HX-Redirect", "HX-Location", "HX-Refresh"))


def _leads_to_sign_in(response: HttpResponse) -> bool:
    """A 401, or a redirect that HTMX would follow and so put the sign-in form inside a fragment."""
    if response.status_code == 401:
        return True
    target = response.get("Location", "").partition("?")[0]
    return response.status_code in (302, 303) and target in _sign_in_paths()


def _sign_in_paths() -> set[str]:
    paths = {resolve_url(settings.LOGIN_URL)}
    try:
        paths.add(reverse("account_reauthenticate"))
    except NoReverseMatch:
        pass
    return paths


def _forbidden(response: HttpResponse) -> str:
    return gettext("You may not do this. Ask your main fleet manager.")


def _not_found(response: HttpResponse) -> str:
    return gettext("This no longer exists. Reload the page.")


def _conflict(response: HttpResponse) -> str:
    return gettext("Somebody else changed this in the meantime. Reload the page to see it.")


def _too_many(response: HttpResponse) -> str:
    seconds = response.get("Retry-After", "")
    if seconds.isdigit():
        return gettext("One moment. Try again in %(seconds)s seconds.") % {"seconds": seconds}
    return gettext("One moment. You did this too often; try again in a few minutes.")


_TEXTS: dict[int, Callable[[HttpResponse], str]] = {
    403: _forbidden,
    404: _not_found,
    409: _conflict,
    429: _too_many,
}


class WriteByGet(RuntimeError):
    """A page that is only read changed a row of the database."""


def writes_on_get(
    reason: str,
) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """Allow a view to write while it answers GET; ``reason`` says in words why that is right."""
    if not reason.strip():
        raise ValueError("A view that writes on GET needs a reason.")

    def decorate(
        view: Callable[..., HttpResponseBase],
    ) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def allowed(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            return view(request, *args, **kwargs)

        allowed.writes_on_get = reason  # type: ignore[attr-defined]
        return allowed

    return decorate


class ReadOnlyGetMiddleware:
    """GET and HEAD cannot write: links are followed by mail scanners, prefetchers and people who press reload.

    Looks at each statement, so it costs no query of its own. In development and tests a write raises
    :class:`WriteByGet`; in production it is logged and done, because a page that fails helps nobody.
    """

    # Sessions are bookkeeping of the request itself.
    ALLOWED_TABLES = ("django_session",)
    _VERB = re.compile(
        r"\s*(?:/\*.*?\*/\s*)*(INSERT|UPDATE|DELETE|MERGE|TRUNCATE|COPY|CREATE|ALTER|DROP)\b",
        re.IGNORECASE | re.DOTALL,
    )
    _INSIDE_WITH = re.compile(r"\s*WITH\b.*\b(INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+\"?\w", re.IGNORECASE | re.DOTALL)
    # FOR UPDATE takes a lock inside a WITH but writes nothing.
    _LOCK = re.compile(r"\bFOR\s+(NO\s+KEY\s+)?UPDATE\b", re.IGNORECASE)

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            return self.get_response(request)
        guard = _Guard(request)
        request._read_only_guard = guard  # type: ignore[attr-defined]
        with connection.execute_wrapper(guard):
            return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any) -> None:
        if guard := getattr(request, "_read_only_guard", None):
            guard.is_lifted = bool(getattr(view, "writes_on_get", ""))

    @classmethod
    def is_write(cls, sql: str) -> bool:
        if not (cls._VERB.match(sql) or cls._INSIDE_WITH.match(cls._LOCK.sub("", sql))):
            return False
        return not any(f'"{table}"' in sql for table in cls.ALLOWED_TABLES)


class _Guard:
    """Sees every statement of one request."""

    def __init__(self, request: HttpRequest) -> None:
        self.path = request.path
        self.is_lifted = False

    def __call__(
        self,
        execute: Callable[..., Any],
        sql: str,
        params: Any,
        many: bool,
        context: Any,
    ) -> Any:
        if not self.is_lifted and ReadOnlyGetMiddleware.is_write(sql):
            if settings.RAISE_ON_WRITE_BY_GET:
                raise WriteByGet(f"GET {self.path} wrote: {sql[:200]}")
            log.error("write_by_get", path=self.path, sql=sql[:200])
        return execute(sql, params, many, context)
