"""What views say to HTMX: messages, redirects of the whole page, refusals. HTMX attributes live in the templates."""

from urllib.parse import urlsplit

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django_htmx.http import (
    HttpResponseClientRedirect,
    push_url,
    reselect,
    reswap,
    retarget,
)

_LEVELS = {
    "ok": messages.SUCCESS,
    "info": messages.INFO,
    "warn": messages.WARNING,
    "bad": messages.ERROR,
}


def is_htmx(request: HttpRequest) -> bool:
    """Asked by HTMX rather than by the address bar, a link or a plain form."""
    return request.headers.get("HX-Request") == "true"


def is_fragment(request: HttpRequest) -> bool:
    """HTMX wants only a fragment. With ``hx-select`` it asks for the full page and picks from it: False."""
    return is_htmx(request) and request.headers.get("HX-Request-Type") == "partial"


def current_path(request: HttpRequest) -> str:
    """Path and query of the page an HTMX request came from; empty when it tells none or one that is not ours.

    Two slashes at the start would make another host of the path where it is used as an address.
    """
    try:
        here = urlsplit(request.headers.get("HX-Current-URL", ""))
    except ValueError:
        return ""
    if here.netloc != request.get_host() or not here.path.startswith("/") or here.path.startswith(("//", "/\\")):
        return ""
    return f"{here.path}?{here.query}" if here.query else here.path


def layout(request: HttpRequest, part: str) -> str:
    """The template a page extends: the whole frame, or nothing around it when HTMX swaps only the part with this id.

    The page itself is the same both times; what is left out is navigation, palette and the queries behind them.
    """
    target = request.headers.get("HX-Target", "") if is_htmx(request) else ""
    return "part.html" if target.endswith(f"#{part}") else "base.html"


def toast(request: HttpRequest, text: str | Promise, *, tone: str = "ok", undo_url: str = "") -> None:
    """Tell the user what happened, on this answer or after a redirect. ``tone`` is ok, info, warn or bad.

    ``undo_url`` receives a POST when the user takes it back.
    """
    messages.add_message(request, _LEVELS[tone], str(text), extra_tags=undo_url)


def hx_redirect(url: str) -> HttpResponse:
    """Leave for ``url`` as a whole page, from inside a fragment."""
    return HttpResponseClientRedirect(url)


def toast_response(request: HttpRequest, text: str | Promise, *, status: int = 409, tone: str = "bad") -> HttpResponse:
    """Only a toast: the page of the user stays as it is. The answer to a refusal or a failed HTMX request."""
    context = {"text": text, "tone": tone, "undo": "", "reload": status == 409}
    response = render(request, "ui/toast.html", context, status=status)
    retarget(response, "#toasts")
    reswap(response, "beforeend")
    # Without this a hx-select of the sender would pick nothing from the toast.
    reselect(response, ".toast")
    return push_url(response, False)
