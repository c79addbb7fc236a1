"""What tickets add to the shell: navigation, a task, what waits for an answer, search, a card on a line’s page, and
a button on requests that went wrong.
"""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.permissions import Permission
from fleetportal.shell.counts import frame_count
from fleetportal.shell.registry import (
    HELP,
    AttentionItem,
    FrameCount,
    HelpLink,
    NavItem,
    OrderAction,
    Panel,
    SearchHit,
    SearchSource,
    Task,
    is_allowed,
)
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web import formatting
from sims.models import Line
from tickets import announcements
from tickets.enums import AuditKind
from tickets.filters import matching
from tickets.queries.tickets import tickets_of_line, visible_tickets, waiting_tickets

VIEW, ASK = Permission.VIEW_TICKETS, Permission.OPEN_TICKETS
WAITING = "tickets.waiting"


def _attention(request: PortalRequest) -> list[AttentionItem]:
    n = frame_count(request, WAITING) if is_allowed(request, ASK) else 0
    if not n:
        return []
    title = ngettext("%(n)s ticket waits for your answer", "%(n)s tickets wait for your answer", n)
    return [
        AttentionItem(
            title=title % {"n": formatting.number(n)},
            detail=_("The help desk goes on once you have answered."),
            icon="message",
            url=f"{reverse('ticket_list')}?view=waiting",
            action=_("View"),
            action_label=_("View the tickets that wait for an answer"),
            tone="warn",
            order=28,
        )
    ]


def _find(customer: Any, membership: Any, text: str, limit: int) -> list[SearchHit]:
    found = matching(visible_tickets(customer, membership), text).order_by("-last_at", "-pk")[:limit]
    return [
        SearchHit(
            "message",
            ticket.item_name,
            f"{ticket.label}, {ticket.get_state_display()}",
            reverse("ticket_detail", args=[ticket.public_id]),
        )
        for ticket in found
    ]


def _of_line(request: PortalRequest, line: Line) -> Mapping[str, Any]:
    return {"tickets": tickets_of_line(request, line), "can_ask": is_allowed(request, ASK)}


frame_counts = [FrameCount(WAITING, waiting_tickets)]
navigation = [
    NavItem(
        gettext_lazy("Tickets"),
        "message",
        "ticket_list",
        group=HELP,
        permission=VIEW,
        count=lambda request: frame_count(request, WAITING) or None,
        count_label=gettext_lazy("waiting for you"),
        order=10,
        key="t",
    ),
]
tasks = [
    Task(
        gettext_lazy("Ask the help desk"),
        "message",
        "ticket_new",
        permission=ASK,
        keywords=gettext_lazy("ticket question problem help support desk contact complaint outage"),
        order=70,
    ),
]
attention = [_attention]
line_tabs = [
    Panel(gettext_lazy("Tickets"), "tickets/line_tab.html", _of_line, permission=VIEW, slug="tickets", order=90),
]
order_actions = [
    OrderAction(gettext_lazy("Ask the help desk"), "message", "ticket_for_order", permission=ASK),
]
help_links = [
    HelpLink(gettext_lazy("Ask the help desk"), "message", "ticket_new", permission=ASK),
]
search_sources = [
    SearchSource("tickets", gettext_lazy("Tickets"), _find, permission=VIEW, order=50),
]
notification_events = announcements.EVENTS
audit_icons = {
    AuditKind.TICKET_OPENED: "message",
    AuditKind.TICKET_NOTE: "message",
    AuditKind.TICKET_CLOSED: "circle-check",
    AuditKind.TICKET_REOPENED: "rotate-clockwise",
    AuditKind.TICKET_ANSWERED: "message",
    AuditKind.TICKET_MOVED: "message",
    AuditKind.TICKET_REFUSED: "alert-triangle",
}
quiet_kinds = [AuditKind.TICKET_MOVED]
