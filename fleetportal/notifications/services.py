"""Telling people: writing what they are told, marking it read, keeping their wishes, removing what is old."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.module_loading import import_string

from fleetportal.audit.actors import Actor
from fleetportal.audit.services import record
from fleetportal.notifications.enums import AuditKind, MailTiming
from fleetportal.notifications.events import event_of, may_receive
from fleetportal.notifications.models import Digest, Notification, NotificationPreference
from fleetportal.notifications.outbox import digest_moment, wake_sweep
from fleetportal.notifications.queries import Wish, inbox, preferences_of, usual, wishes_of
from fleetportal.shell.registry import NotificationEvent

BATCH = 1000


@dataclass(frozen=True, slots=True)
class Address:
    """Somebody without an account; he gets a mail and nothing else."""

    email: str
    language: str


Recipient = int | Address


@dataclass(frozen=True, slots=True)
class Note:
    """One thing to tell: to whom (keys of users, or addresses), what it is about, and the page that shows it.

    ``once_key`` says what it is about: whoever was told under that key hears nothing again.
    """

    once_key: str
    recipients: Collection[Recipient]
    params: Mapping[str, Any] = field(default_factory=dict)
    url: str = ""


def notify(
    *,
    customer_id: int,
    event: str,
    recipients: Collection[Recipient],
    once_key: str,
    params: Mapping[str, Any],
    url: str = "",
) -> None:
    """Tell these people once; see :class:`Note`. Part of the caller's transaction: both happen or neither."""
    notify_many(customer_id=customer_id, event=event, notes=[Note(once_key, recipients, params, url)])


def notify_many(*, customer_id: int, event: str, notes: Sequence[Note]) -> None:
    """The same for many things at once, in a handful of statements.

    Who left the company, or may not receive this event, is told nothing; everybody else as he wishes.
    """
    declared = event_of(event)
    if declared is None:
        raise LookupError(f"no notification event {event!r} is declared")
    users = {one for note in notes for one in note.recipients if isinstance(one, int)}
    wishes = _wishes(customer_id, declared, users)
    now = timezone.now()
    rows = [row for note in notes for row in _rows(customer_id, declared, note, wishes, now)]
    if not rows:
        return
    with transaction.atomic():
        Notification.objects.bulk_create(rows, ignore_conflicts=True, batch_size=BATCH)
        if any(row.mail == MailTiming.NOW for row in rows):
            wake_sweep()


def _wishes(customer_id: int, event: NotificationEvent, users: set[int]) -> dict[int, Wish]:
    """Who of them is told, and how."""
    if not users:
        return {}
    members = import_string(settings.NOTIFICATION_MEMBERS)(customer_id, users)
    told = {key for key, membership in members.items() if may_receive(membership, event)}
    chosen = wishes_of(customer_id, event, told) if event.optional else {}
    return {key: chosen.get(key, usual(event)) for key in told}


def _rows(
    customer_id: int, event: NotificationEvent, note: Note, wishes: Mapping[int, Wish], now: datetime
) -> list[Notification]:
    rows = []
    for one in note.recipients:
        wish = Wish(False, MailTiming.NOW) if isinstance(one, Address) else wishes.get(one)
        if wish is None or not (wish.in_portal or wish.mail != MailTiming.NEVER):
            continue
        row = Notification(
            customer_id=customer_id,
            event=event.code,
            once_key=note.once_key,
            params=dict(note.params),
            url=note.url,
            in_portal=wish.in_portal,
            created_at=now,
            mail=wish.mail,
            mail_due_at=_due(wish.mail, now),
        )
        if isinstance(one, Address):
            row.email, row.language = one.email.strip().lower(), one.language
        else:
            row.user_id = one
        rows.append(row)
    return rows


def _due(mail: MailTiming, now: datetime) -> datetime | Now | None:
    if mail == MailTiming.NEVER:
        return None
    return Now() if mail == MailTiming.NOW else digest_moment(now)


def mark_read(*, membership: Any, notification: Notification) -> None:
    """He has seen this one."""
    inbox(membership, only_unread=True).filter(pk=notification.pk).update(read_at=Now())


def mark_unread(*, membership: Any, notification: Notification) -> None:
    """He wants to come back to it."""
    inbox(membership).filter(pk=notification.pk).update(read_at=None)


def mark_all_read(*, membership: Any, until: int) -> int:
    """He has seen everything up to the key ``until``, the newest he was shown. Returns how many."""
    return inbox(membership, only_unread=True).filter(pk__lte=until).update(read_at=Now())


def save_preferences(*, membership: Any, wishes: Mapping[str, Wish], by: Actor) -> None:
    """Keep what a member wants; what still waits for a daily mail and is no longer wanted is not mailed any more."""
    with transaction.atomic():
        before = preferences_of(membership)
        after = {code: wishes.get(code, wish) for code, wish in before.items()}
        changed = [code for code in after if after[code] != before[code]]
        if not changed:
            return
        _store(membership, {code: after[code] for code in changed})
        record(
            AuditKind.PREFERENCES_CHANGED,
            by=by,
            customer_id=membership.customer_id,
            subject=membership,
            label=by.name,
            before={code: _plain(before[code]) for code in changed},
            after={code: _plain(after[code]) for code in changed},
        )


def _store(membership: Any, wishes: Mapping[str, Wish]) -> None:
    mine = {"customer_id": membership.customer_id, "user_id": membership.user_id}
    rows = [
        NotificationPreference(event=code, in_portal=wish.in_portal, mail=wish.mail, **mine)
        for code, wish in wishes.items()
    ]
    NotificationPreference.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["customer", "user", "event"],
        update_fields=["in_portal", "mail"],
    )
    unwanted = [code for code, wish in wishes.items() if wish.mail == MailTiming.NEVER]
    waiting = Notification.objects.for_customer(membership.customer_id).filter(
        user_id=membership.user_id, event__in=unwanted, mail_due_at__isnull=False
    )
    waiting.update(mail_due_at=None)


def _plain(wish: Wish) -> dict[str, Any]:
    return {"in_portal": wish.in_portal, "mail": wish.mail.value}


def purge(*, now: datetime | None = None) -> int:
    """Remove what is older than NOTIFICATION_RETENTION_DAYS, read or not. Returns how many notifications."""
    oldest = (now or timezone.now()) - timedelta(days=settings.NOTIFICATION_RETENTION_DAYS)
    told = Notification.objects.across_customers(reason="the keeping time is the same for every company")
    removed: int = told.filter(created_at__lt=oldest).delete()[0]
    digests = Digest.objects.across_customers(reason="the keeping time is the same for every company")
    digests.filter(day__lt=oldest.date(), notifications=None).delete()
    return removed
