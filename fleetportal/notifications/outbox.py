"""The mails of notifications: which are due, who has the right to send one now, what goes together once a day.

The rows are the outbox: a message only wakes a worker, and a sweep finds what a lost message or a dead worker left.
Should a sender die between sending and :func:`mark_sent`, the same mail follows once more after :data:`LEASE`, with
the same Message-ID, so that mail programs show it once.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.module_loading import import_string

from fleetportal.notifications.enums import MailTiming
from fleetportal.notifications.events import event_of, may_receive
from fleetportal.notifications.models import Digest, Notification
from fleetportal.wakeup import wake

ONE, TOGETHER, SWEEP = "notifications.send_notification", "notifications.send_digest", "notifications.sweep_mails"
QUEUE = "mail"
# When the daily mail goes out, Belgian time.
DIGEST_AT = time(7, 30)
# A mail whose sender fell silent is sent again after this long; longer than the task's time limit.
LEASE = timedelta(minutes=5)
# About a day.
MOST_TRIES = 288
SWEEP_SIZE = 200

# Everything that is due goes into today's digest of its person, unless there is one already: then it waits.
_COLLECT = """
WITH due AS (
    SELECT id, customer_id, user_id FROM notifications_notification
    WHERE mail = %(daily)s AND mail_due_at <= %(now)s AND user_id IS NOT NULL
), made AS (
    INSERT INTO notifications_digest (public_id, customer_id, user_id, day, mail_due_at, mail_tries)
    SELECT gen_random_uuid(), customer_id, user_id, %(day)s, statement_timestamp(), 0
    FROM due GROUP BY customer_id, user_id
    ON CONFLICT (customer_id, user_id, day) DO NOTHING
    RETURNING id, customer_id, user_id
)
UPDATE notifications_notification AS one SET digest_id = made.id, mail_due_at = NULL
FROM due JOIN made USING (customer_id, user_id) WHERE one.id = due.id
"""


def digest_moment(now: datetime) -> datetime:
    """The next moment at which a daily mail goes out."""
    today = _moment_of_day(now)
    return today if now < today else _moment_of_day(now + timedelta(days=1))


def _moment_of_day(now: datetime) -> datetime:
    return timezone.make_aware(datetime.combine(timezone.localdate(now), DIGEST_AT))


def wake_sweep() -> None:
    """A mail is due now: look at once instead of at the next tick."""
    wake(SWEEP, queue=QUEUE)


def collect_digests(*, now: datetime | None = None) -> int:
    """Put what is due into daily mails; before the hour nothing. Returns how many notifications were put in.

    One statement, so that two sweeps at once make one mail; a person's second one of a day is refused by the database.
    """
    now = now or timezone.now()
    if now < _moment_of_day(now):
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_COLLECT, {"daily": MailTiming.DAILY, "now": now, "day": timezone.localdate(now)})
        return int(cursor.rowcount)


def sweep_mails() -> int:
    """Wake a worker for every mail that is due. Returns how many."""
    collect_digests()
    single = Notification.objects.across_customers(reason="mails of every company are sent alike")
    digests = Digest.objects.across_customers(reason="mails of every company are sent alike")
    woken = 0
    for task, rows in ((ONE, single.filter(mail=MailTiming.NOW)), (TOGETHER, digests)):
        ids = rows.filter(mail_due_at__lte=Now()).order_by("mail_due_at").values_list("pk", flat=True)[:SWEEP_SIZE]
        for pk in list(ids):
            wake(task, pk, queue=QUEUE)
            woken += 1
    return woken


@dataclass(frozen=True, slots=True)
class Letter:
    """The right to send one mail now: to whom, in which language, and the notifications in it."""

    row: Notification | Digest
    to: str
    language: str
    notifications: list[Notification]

    @property
    def is_digest(self) -> bool:
        return isinstance(self.row, Digest)


def claim_notification(*, notification_id: int) -> Letter | None:
    """Compare-and-set; None when it is not due, somebody is at it, or the person may not receive it any more."""
    row = _claim(Notification, notification_id)
    if row is None:
        return None
    if row.user_id is None:
        return Letter(row, row.email, row.language, [row])
    membership = _member(row)
    if _receivable(row, membership):
        return Letter(row, row.user.email, row.user.language, [row])
    _drop(row)
    return None


def claim_digest(*, digest_id: int) -> Letter | None:
    """The same for a daily mail; what he read in the portal meanwhile is left out."""
    row = _claim(Digest, digest_id)
    if row is None:
        return None
    membership = _member(row)
    mine = Notification.objects.for_customer(row.customer_id).filter(digest=row, read_at=None)
    told = [one for one in mine.order_by("-created_at", "-pk") if _receivable(one, membership)]
    if told:
        return Letter(row, row.user.email, row.user.language, told)
    _drop(row)
    return None


def mark_sent(*, letter: Letter) -> None:
    """It is on its way."""
    row = letter.row
    type(row).objects.for_customer(row.customer_id).filter(pk=row.pk).update(mail_due_at=None, mailed_at=Now())


def _claim(model: type[Notification] | type[Digest], pk: int) -> Any:
    mine = model.objects.across_customers(reason="mails of every company are sent alike").filter(pk=pk)
    taken = mine.filter(mail_due_at__lte=Now()).update(mail_due_at=Now() + LEASE, mail_tries=F("mail_tries") + 1)
    if not taken:
        return None
    row = mine.select_related("customer", "user").get()
    if row.mail_tries <= MOST_TRIES:
        return row
    _drop(row)
    return None


def _member(row: Notification | Digest) -> Any:
    """His membership of the company now; None when he has none or may not sign in."""
    return import_string(settings.NOTIFICATION_MEMBERS)(row.customer_id, [row.user_id]).get(row.user_id)


def _receivable(notification: Notification, membership: Any) -> bool:
    event = event_of(notification.event)
    return event is not None and may_receive(membership, event)


def _drop(row: Notification | Digest) -> None:
    """There is nothing to send (any more)."""
    type(row).objects.for_customer(row.customer_id).filter(pk=row.pk).update(mail_due_at=None)
