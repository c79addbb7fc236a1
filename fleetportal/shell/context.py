"""What every page's frame needs; everything that costs a query is lazy."""

from typing import Any

from django.conf import settings
from django.utils.functional import SimpleLazyObject

from fleetportal.notifications.queries import UNREAD
from fleetportal.shell import navigation, registry, search
from fleetportal.shell.counts import frame_count
from fleetportal.shell.registry import allowed
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web import formatting
from fleetportal.web.htmx import is_htmx

THEMES = ("light", "dark")
THEME_COOKIE = "theme"
KEYS_COOKIE = "single_keys"
LANGUAGE_NAMES = {"nl": "Nederlands", "fr": "Français", "en": "English"}


def shell(request: PortalRequest) -> dict[str, Any]:
    """Theme, language links, navigation and companies for ``base.html``."""
    theme = request.COOKIES.get(THEME_COOKIE, "")
    return {
        "theme": theme if theme in THEMES else "",
        "html_lang": formatting.html_language(),
        "languages": [
            {"code": code, "name": LANGUAGE_NAMES[code], "is_current": code == formatting.language()}
            for code, _label in settings.LANGUAGES
        ],
        "here": request.get_full_path() if request.method == "GET" else request.path,
        "is_htmx": is_htmx(request),
        "single_keys": request.COOKIES.get(KEYS_COOKIE) != "off",
        "membership": SimpleLazyObject(lambda: getattr(request, "membership", None) or None),
        "nav_groups": SimpleLazyObject(lambda: navigation.groups(request)),
        "nav_tabs": SimpleLazyObject(lambda: navigation.tabs(request)),
        "order_actions": SimpleLazyObject(lambda: allowed(request, registry.contributions.order_actions)),
        "help_links": SimpleLazyObject(lambda: allowed(request, registry.contributions.help_links)),
        "memberships": SimpleLazyObject(lambda: _memberships(request)),
        "unread_notifications": SimpleLazyObject(lambda: _unread(request)),
        "palette_results": SimpleLazyObject(lambda: search.find(request, "")),
    }


def _unread(request: PortalRequest) -> int:
    """What the bell counts."""
    return frame_count(request, UNREAD) if getattr(request, "membership", None) else 0


def _memberships(request: PortalRequest) -> list[Any]:
    """The person's companies by name; the switcher appears when there are several."""
    if not getattr(request, "membership", None):
        return []
    # Whoever found the membership of the request has read them all.
    memberships: list[Any] = request.memberships
    return memberships
