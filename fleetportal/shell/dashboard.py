"""What the dashboard shows, gathered from the contributions and the audit trail."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from django.utils import timezone
from django.utils.translation import gettext as _

from fleetportal.audit.actors import shown_name
from fleetportal.audit.models import AuditEvent
from fleetportal.shell.registry import (
    AttentionItem,
    Panel,
    ScheduledItem,
    Step,
    Text,
    Tile,
    allowed,
    contributions,
    resolved,
)
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web import formatting

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Figure:
    """A tile with its figure of this moment."""

    label: Text
    url: str
    value: int | str
    note: Text
    icon: str
    state: str


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the recent changes."""

    label: Text
    icon: str
    subject: str
    who: str
    at: datetime


def greeting(name: str, now: datetime | None = None) -> str:
    """Good morning until noon, good afternoon until six, good evening after; Belgian time."""
    hour = timezone.localtime(now).hour if now else timezone.localtime().hour
    if hour < 12:
        return _("Good morning, %(name)s") % {"name": name}
    if hour < 18:
        return _("Good afternoon, %(name)s") % {"name": name}
    return _("Good evening, %(name)s") % {"name": name}


def figures(request: PortalRequest) -> list[Figure]:
    """The tiles this person may see."""
    tiles: list[Tile] = allowed(request, contributions.tiles)
    return [
        Figure(
            label=tile.label,
            url=resolved(tile.url, request),
            value=tile.value(request),
            note=resolved(tile.note, request),
            icon=tile.icon,
            state=tile.state,
        )
        for tile in tiles
    ]


def attention(request: PortalRequest) -> list[AttentionItem]:
    """What needs the manager, most urgent first."""
    items = [item for provider in contributions.attention for item in provider(request)]
    return sorted(items, key=lambda item: item.order)


def scheduled(request: PortalRequest, limit: int = 3) -> list[ScheduledItem]:
    """The next changes that will happen by themselves."""
    items = [item for provider in contributions.scheduled for item in provider(request)]
    return sorted(items, key=lambda item: item.on)[:limit]


def first_steps(request: PortalRequest) -> list[tuple[Step, bool]]:
    """The steps of a new company and whether each is done; empty once the company is under way."""
    steps: list[Step] = allowed(request, contributions.getting_started)
    if any(step.completes and step.is_done(request) for step in steps):
        return []
    states = [(step, step.is_done(request)) for step in steps]
    return [] if all(done for _step, done in states) else states


def panels(request: PortalRequest) -> list[tuple[Panel, dict[str, Any]]]:
    """Cards of apps with what they show; one with nothing to show is left out."""
    found: list[Panel] = allowed(request, contributions.dashboard_panels)
    return [(panel, content) for panel in found if (content := dict(panel.context(request)))]


def recent_changes(request: PortalRequest, limit: int = 5) -> list[Change]:
    """The last changes in the person's company."""
    customer = request.customer
    events = (
        AuditEvent.objects.filter(customer_id=customer.pk)
        .exclude(kind__in=contributions.quiet_kinds)
        .order_by("-at")[:limit]
    )
    return [
        Change(
            label=contributions.audit_labels.get(event.kind, event.kind),
            icon=contributions.audit_icons.get(event.kind, "history"),
            subject=formatting.identifier(event.subject_label),
            who=_("you") if _is_mine(request, event) else shown_name(event.actor_kind, event.actor_name),
            at=event.at,
        )
        for event in events
    ]


def _is_mine(request: PortalRequest, event: AuditEvent) -> bool:
    return event.actor_kind == "user" and event.actor_id == request.user.pk
