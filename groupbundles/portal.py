"""What group bundles add to the shell: navigation, tasks, a tile, search, and a card on the page of a line."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy, ngettext

from accounts.permissions import Permission
from fleetportal.shell.registry import MOBILE, NavItem, Panel, SearchHit, SearchSource, Task, Tile
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web import formatting
from groupbundles.enums import AuditKind
from groupbundles.models import GroupBundle
from groupbundles.queries.bundles import bundles_of_line, find_bundles
from groupbundles.views.bundle_overview import active, main_bundle, short_bundles
from sims.enums import LineState
from sims.models import Line

VIEW, ASK = Permission.VIEW_LINES, Permission.REQUEST_CHANGES


def _members_note(request: PortalRequest) -> str:
    n = active(request).members
    return ngettext("%(n)s SIM card in them", "%(n)s SIM cards in them", n) % {"n": formatting.number(n)}


def _line_panel(_request: PortalRequest, line: Line) -> Mapping[str, Any]:
    """A line that is not active yet can be in none."""
    return {"members": [] if line.state == LineState.NEW else bundles_of_line(line)}


def _find(customer: Any, membership: Any, text: str, limit: int) -> list[SearchHit]:
    return [_hit(bundle) for bundle in find_bundles(customer, text, limit)]


def _hit(bundle: GroupBundle) -> SearchHit:
    extra = f"{formatting.usage(bundle.size, bundle.kind)}, {bundle.code}"
    return SearchHit("packages", bundle.name, extra, reverse("bundle_detail", args=[bundle.public_id]))


navigation = [
    NavItem(gettext_lazy("Group bundles"), "packages", "bundle_list", group=MOBILE, permission=VIEW, order=15, key="b"),
]
tasks = [
    Task(
        gettext_lazy("Manage group bundles"),
        "packages",
        "bundle_list",
        permission=VIEW,
        keywords=gettext_lazy("pool shared data calls usage members"),
        order=27,
    ),
    Task(
        gettext_lazy("Request a group bundle"),
        "plus",
        "bundle_new",
        permission=ASK,
        keywords=gettext_lazy("new pool shared data calls"),
        quick=False,
        order=29,
    ),
]
tiles = [
    Tile(
        gettext_lazy("Group bundles"),
        url=lambda _request: reverse("bundle_list"),
        value=lambda request: len(active(request).bundles),
        note=_members_note,
        icon="packages",
        permission=VIEW,
        order=50,
    ),
]
attention = [short_bundles]
dashboard_panels = [
    Panel(gettext_lazy("Group bundle"), "groupbundles/_dashboard_card.html", main_bundle, permission=VIEW, order=10),
]
line_panels = [
    Panel(gettext_lazy("Group bundle"), "groupbundles/_line_panel.html", _line_panel, permission=VIEW, order=20),
]
search_sources = [
    SearchSource("bundles", gettext_lazy("Group bundles"), _find, permission=VIEW, order=20),
]
audit_icons = {
    AuditKind.BUNDLE_STARTED: "packages",
    AuditKind.BUNDLE_CHANGED: "adjustments-horizontal",
    AuditKind.BUNDLE_ENDED: "circle-minus",
    AuditKind.BUNDLE_LINE_JOINED: "packages",
    AuditKind.BUNDLE_LINE_LEFT: "packages",
}
# A bundle of thousands of lines records one for each.
quiet_kinds = [AuditKind.BUNDLE_LINE_JOINED, AuditKind.BUNDLE_LINE_LEFT]
