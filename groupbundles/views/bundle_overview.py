"""What the overview tells about group bundles: the card of the main one, and which ones will not last."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.permissions import Permission
from fleetportal.shell.registry import AttentionItem, is_allowed
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web import formatting
from groupbundles.curves import running_total
from groupbundles.enums import BundleKind, Sureness
from groupbundles.queries.bundles import ActiveBundles, active_bundles
from groupbundles.queries.freshness import Freshness, freshness_of
from groupbundles.views.bundle_usage import BundleCard, cards_of

# More than these are a matter for the list.
_MOST_ITEMS = 3


def main_bundle(request: PortalRequest) -> Mapping[str, Any]:
    """The largest bundle of data, else the largest of calls, with its curve; nothing for a company without bundles."""
    fresh, cards = _cards(request)
    if not cards:
        return {}
    card = max(cards, key=lambda one: (one.bundle.kind == BundleKind.DATA, one.bundle.size))
    return {"card": card, "freshness": fresh, "running_total": running_total(card.month)}


def short_bundles(request: PortalRequest) -> list[AttentionItem]:
    """Bundles that are used up, or run out before the end of the month with fair certainty."""
    if not is_allowed(request, Permission.VIEW_LINES):
        return []
    fresh, cards = _cards(request)
    found = [(day, n) for n, card in enumerate(cards) if (day := _short_on(card, fresh))]
    return [_item(cards[n]) for _day, n in sorted(found)[:_MOST_ITEMS]]


def active(request: PortalRequest) -> ActiveBundles:
    """Read once for the tile, the card and what needs attention."""
    if not hasattr(request, "_active_bundles"):
        request._active_bundles = active_bundles(request.customer)  # type: ignore[attr-defined]
    found: ActiveBundles = request._active_bundles  # type: ignore[attr-defined]
    return found


def _cards(request: PortalRequest) -> tuple[Freshness, list[BundleCard]]:
    """This month of each; read once too."""
    if not hasattr(request, "_bundle_cards"):
        known = active(request)
        fresh = freshness_of(known.delivered_at)
        cards = cards_of(request, known.bundles, fresh) if known.bundles else []
        request._bundle_cards = fresh, cards  # type: ignore[attr-defined]
    found: tuple[Freshness, list[BundleCard]] = request._bundle_cards  # type: ignore[attr-defined]
    return found


def _short_on(card: BundleCard, fresh: Freshness) -> date | None:
    """The day to tell of; what is expected from old figures is no reason to act."""
    found = card.month.forecast
    if found is None or (not found.is_used_up and (fresh.is_stale or found.sureness == Sureness.ROUGH)):
        return None
    return found.runs_out_on


def _item(card: BundleCard) -> AttentionItem:
    found, bundle = card.month.forecast, card.bundle
    assert found is not None
    words = {
        "bundle": bundle.name,
        "day": formatting.day_and_month(found.runs_out_on),
        "used": formatting.usage(found.used, bundle.kind),
        "size": formatting.usage(bundle.size, bundle.kind),
    }
    if found.is_used_up:
        title = _("Group bundle %(bundle)s is used up since %(day)s") % words
    else:
        title = _("Group bundle %(bundle)s runs out on %(day)s") % words
    detail = _("%(used)s of %(size)s used.") % words
    return AttentionItem(
        title=title,
        detail=detail if found.is_used_up else f"{detail} {found.sureness.label}.",
        icon="packages",
        url=reverse("bundle_detail", args=[bundle.public_id]),
        action=_("View"),
        action_label=_("View group bundle %(bundle)s") % words,
        tone="bad" if found.is_used_up else "warn",
        order=12 if found.is_used_up else 22,
    )
