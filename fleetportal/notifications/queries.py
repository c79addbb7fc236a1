"""What the pages about notifications read."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from fleetportal.notifications.enums import MailTiming
from fleetportal.notifications.events import Shown, events_for, shown_of
from fleetportal.notifications.models import Notification, NotificationPreference
from fleetportal.shell.registry import NotificationEvent

# The figure on the bell.
UNREAD = "unread"


def inbox(membership: Any, *, only_unread: bool = False) -> "QuerySet[Notification]":
    """What this member was told in his company and may still see, newest first."""
    mine: QuerySet[Notification] = Notification.objects.for_customer(membership.customer_id).filter(
        user_id=membership.user_id, in_portal=True, event__in=[event.code for event in events_for(membership)]
    )
    if only_unread:
        mine = mine.filter(read_at=None)
    return mine.order_by("-created_at", "-pk")


def unread_count(membership: Any) -> int:
    """How many of them he has not read."""
    return inbox(membership, only_unread=True).count()


@dataclass(frozen=True, slots=True)
class Day:
    """The notifications of one day under its heading."""

    day: date
    heading: str
    items: list[Shown]


def by_day(notifications: Iterable[Notification]) -> list[Day]:
    """The same, grouped by Belgian day in the order given."""
    days = groupby(notifications, key=lambda notification: timezone.localdate(notification.created_at))
    return [Day(day, _heading(day), [shown_of(notification) for notification in group]) for day, group in days]


def _heading(day: date) -> str:
    age = (timezone.localdate() - day).days
    if age == 0:
        return _("Today")
    if age == 1:
        return _("Yesterday")
    text = date_format(day, "l j F Y")
    return text[:1].upper() + text[1:]


@dataclass(frozen=True, slots=True)
class Wish:
    """How somebody wants to hear of one event."""

    in_portal: bool
    mail: MailTiming


def usual(event: NotificationEvent) -> Wish:
    return Wish(event.in_portal, event.mail)


def wishes_of(customer_id: int, event: NotificationEvent, user_ids: Iterable[int]) -> dict[int, Wish]:
    """What each of these people chose for this event; who chose nothing is left out."""
    chosen = NotificationPreference.objects.for_customer(customer_id).filter(event=event.code, user_id__in=user_ids)
    return {one.user_id: Wish(one.in_portal, MailTiming(one.mail)) for one in chosen}


def preferences_of(membership: Any) -> dict[str, Wish]:
    """The wish of this member for every event that has settings and that he may receive."""
    chosen = NotificationPreference.objects.for_customer(membership.customer_id).filter(user_id=membership.user_id)
    own = {one.event: Wish(one.in_portal, MailTiming(one.mail)) for one in chosen}
    return {event.code: own.get(event.code, usual(event)) for event in events_for(membership) if event.optional}
