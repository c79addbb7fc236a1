"""Which events there are, who may receive them, and what a notification says to its reader."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from django.utils.functional import Promise

from fleetportal.notifications.models import Notification
from fleetportal.shell.registry import NotificationEvent, contributions

log = structlog.get_logger(__name__)


def event_of(code: str) -> NotificationEvent | None:
    """The declared event; None for a row whose code was removed."""
    return next((event for event in contributions.notification_events if event.code == code), None)


def may_receive(membership: Any, event: NotificationEvent) -> bool:
    """Whether this member (falsy: none any more) may hear of it; asked when it is written, shown and sent."""
    return bool(membership) and (event.permission is None or bool(membership.can(event.permission)))


def events_for(membership: Any) -> list[NotificationEvent]:
    """Every event this member may receive, in the order of the settings."""
    return [event for event in contributions.notification_events if may_receive(membership, event)]


@dataclass(frozen=True, slots=True)
class Shown:
    """One notification in the active language."""

    public_id: str
    title: str
    body: str
    icon: str
    tone: str
    url: str
    at: datetime
    is_read: bool


def shown_of(notification: Notification) -> Shown:
    """What the reader sees of it; only for an event that is declared."""
    event = event_of(notification.event)
    if event is None:
        raise LookupError(f"no notification event {notification.event!r} is declared")
    return Shown(
        public_id=str(notification.public_id),
        title=_text(event.title, notification, event.label),
        body=_text(event.body, notification, event.description),
        icon=event.icon,
        tone=event.tone,
        url=notification.url,
        at=notification.created_at,
        is_read=notification.read_at is not None,
    )


def _text(make: Callable[[Any], str], notification: Notification, instead: str | Promise) -> str:
    """Params an earlier version wrote may lack something: then the reader is told at least what it is about."""
    try:
        return make(notification.params)
    except (KeyError, ValueError, TypeError) as problem:
        log.warning("notification_text", notification=notification.pk, problem=type(problem).__name__)
        return str(instead)
