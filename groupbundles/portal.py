"""What group bundles, usage and alerts add to the shell: navigation, tasks, a tile, search, what belongs to a line's
page, and columns of the fleet list.
"""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.permissions import Permission
from fleetportal.shell.counts import frame_count
from fleetportal.shell.registry import (
    COSTS,
    MOBILE,
    AttentionItem,
    FrameCount,
    NavItem,
    Panel,
    SearchHit,
    SearchSource,
    Task,
    Tile,
    is_allowed,
)
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web import formatting
from groupbundles import announcements
from groupbundles.enums import AlertKind, AuditKind
from groupbundles.models import GroupBundle
from groupbundles.queries.alerts import alerts_of_line, numbers_outside
from groupbundles.queries.bundles import find_bundles
from groupbundles.queries.line_columns import USAGE_COLUMNS
from groupbundles.views.bundle_overview import active, main_bundle, short_bundles
from groupbundles.views.line_usage import usage_of, usage_panel, usage_tab
from sims.enums import LineState
from sims.models import Line

VIEW, ASK, MANAGE = Permission.VIEW_LINES, Permission.REQUEST_CHANGES, Permission.MANAGE_LINES
OUTSIDE = "alerts.outside"


def _members_note(request: PortalRequest) -> str:
    n = active(request).members
    return ngettext("%(n)s SIM card in them", "%(n)s SIM cards in them", n) % {"n": formatting.number(n)}


def _line_panel(request: PortalRequest, line: Line) -> Mapping[str, Any]:
    """A line that is not active yet can be in none."""
    return {"members": [] if line.state == LineState.NEW else usage_of(request, line).memberships}


def _find(customer: Any, membership: Any, text: str, limit: int) -> list[SearchHit]:
    return [_hit(bundle) for bundle in find_bundles(customer, text, limit)]


def _hit(bundle: GroupBundle) -> SearchHit:
    extra = f"{formatting.usage(bundle.size, bundle.kind)}, {bundle.code}"
    return SearchHit("packages", bundle.name, extra, reverse("bundle_detail", args=[bundle.public_id]))


def _line_alerts(request: PortalRequest, line: Line) -> Mapping[str, Any]:
    change_url = reverse("line_alerts", args=[line.public_id]) if is_allowed(request, MANAGE) else ""
    return {"alerts": alerts_of_line(line), "change_url": change_url}


def _outside(request: PortalRequest) -> QuerySet[Line] | None:
    return numbers_outside(request.customer) if is_allowed(request, MANAGE) else None


def _attention(request: PortalRequest) -> list[AttentionItem]:
    n = frame_count(request, OUTSIDE) if is_allowed(request, MANAGE) else 0
    if not n:
        return []
    title = ngettext("%(n)s number outside the bundle", "%(n)s numbers outside the bundle", n)
    return [
        AttentionItem(
            title=title % {"n": formatting.number(n)},
            detail=_("They passed the amount at which you want to be told."),
            icon="chart-bar",
            url=f"{reverse('alert_list')}?kind={AlertKind.OUT_OF_BUNDLE}",
            action=_("View"),
            action_label=_("View the numbers outside the bundle"),
            tone="warn",
            order=30,
        )
    ]


frame_counts = [FrameCount(OUTSIDE, _outside, for_overview=True)]
navigation = [
    NavItem(gettext_lazy("Group bundles"), "packages", "bundle_list", group=MOBILE, permission=VIEW, order=15, key="b"),
    NavItem(gettext_lazy("Usage"), "chart-bar", "company_usage", group=COSTS, permission=VIEW, order=10, key="u"),
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
    Task(
        gettext_lazy("Usage alerts"),
        "bell",
        "alert_rules",
        permission=VIEW,
        keywords=gettext_lazy("warning limit amount outside bundle percentage roaming premium"),
        quick=False,
        order=31,
    ),
    Task(
        gettext_lazy("See what is used"),
        "chart-bar",
        "company_usage",
        permission=VIEW,
        keywords=gettext_lazy("usage data calls roaming premium out of bundle month most expensive unused inactive"),
        quick=False,
        order=50,
    ),
]
attention = [_attention, short_bundles]
notification_events = announcements.EVENTS
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
dashboard_panels = [
    Panel(gettext_lazy("Group bundle"), "groupbundles/_dashboard_card.html", main_bundle, permission=VIEW, order=10),
]
line_panels = [
    Panel(
        gettext_lazy("Usage"),
        "groupbundles/line_usage_panel.html",
        usage_panel,
        order=10,
        permission=VIEW,
        params=("month",),
    ),
    Panel(gettext_lazy("Group bundle"), "groupbundles/_line_panel.html", _line_panel, permission=VIEW, order=60),
    Panel(gettext_lazy("Usage alerts"), "groupbundles/_line_alerts.html", _line_alerts, permission=VIEW, order=70),
]
line_tabs = [
    Panel(
        gettext_lazy("Usage"),
        "groupbundles/line_usage_tab.html",
        usage_tab,
        permission=VIEW,
        slug="usage",
        params=("month", "kind"),
    ),
]
line_columns = [USAGE_COLUMNS]
search_sources = [
    SearchSource("bundles", gettext_lazy("Group bundles"), _find, permission=VIEW, order=20),
]
audit_icons = {
    AuditKind.ALERTS_CHANGED: "bell",
    AuditKind.BUNDLE_STARTED: "packages",
    AuditKind.BUNDLE_CHANGED: "adjustments-horizontal",
    AuditKind.BUNDLE_ENDED: "circle-minus",
    AuditKind.BUNDLE_LINE_JOINED: "packages",
    AuditKind.BUNDLE_LINE_LEFT: "packages",
    AuditKind.USAGE_EXPORTED: "table-export",
    AuditKind.ITEMISED_USE_ON: "eye",
    AuditKind.ITEMISED_USE_OFF: "eye-off",
    AuditKind.RECORDS_SEEN: "eye",
}
# A bundle of thousands of lines records one for each.
quiet_kinds = [AuditKind.BUNDLE_LINE_JOINED, AuditKind.BUNDLE_LINE_LEFT]
