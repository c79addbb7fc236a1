"""Telling people about a request before it is carried out: each of them once, and each can stop it."""

from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.core import signing
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import Membership
from accounts.permissions import Role
from fleetportal.audit.actors import Actor
from fleetportal.wakeup import wake
from sims.enums import NoticeChannel, NoticeKind, OrderState
from sims.models import Notice, Order
from sims.orders import patience
from sims.orders.placing import cancel
from sims.orders.transitions import hold, lock_line
from sims.orders.waking import wake_worker

TASK = "sims.send_notice"
# An order waits for its notices, but not longer than this: a mail server that is away must not stop a replacement.
PATIENCE_SECONDS = 600.0
LEASE = timedelta(minutes=2)
MOST_TRIES = 30
STOPPED = "not_agreed"
# The holder of the link can stop one request that was not sent yet, nothing else.
_signer = signing.Signer(salt="sims.notice", sep=".")

logger = structlog.get_logger(__name__)


def announce(*, order: Order) -> None:
    """Everybody who is to know of this replacement: the company's managers, and the employee by mail and on the old
    card. Called in the transaction that places the order, which then waits for the notices."""
    notices = [*_to_managers(order), *_to_employee(order)]
    Notice.objects.bulk_create(notices, ignore_conflicts=True)
    for pk in Notice.objects.for_customer(order.customer_id).filter(order=order).values_list("pk", flat=True):
        wake(TASK, pk, queue="mail")
    if order.state == OrderState.READY:
        hold(order, due_at=patience.from_now(PATIENCE_SECONDS))


def _to_managers(order: Order) -> list[Notice]:
    memberships = Membership.objects.for_customer(order.customer_id).filter(
        role__in=(Role.OWNER, Role.MANAGER), user__is_active=True
    )
    return [
        _notice(order, NoticeChannel.MAIL, m.user.email.lower(), str(m.user), m.user.language, m.user_id)
        for m in memberships.select_related("user").order_by("pk")
    ]


def _to_employee(order: Order) -> list[Notice]:
    line = order.own_line
    person, number = line.subscriber, line.number
    name, language = (person.full_name, person.language) if person else ("", "nl")
    notices = []
    if person and person.email:
        notices.append(_notice(order, NoticeChannel.MAIL, person.email.lower(), name, language))
    if number:
        notices.append(_notice(order, NoticeChannel.TEXT, number, name, language))
    return notices


def _notice(
    order: Order, channel: NoticeChannel, recipient: str, name: str, language: str, user_id: int | None = None
) -> Notice:
    return Notice(
        customer_id=order.customer_id,
        kind=NoticeKind.SWAP,
        order=order,
        channel=channel,
        recipient=recipient,
        name=name,
        language=language,
        user_id=user_id,
        due_at=timezone.now(),
    )


def claim(*, notice_id: int) -> Notice | None:
    """The right to send it now; None when it was sent, somebody is at it, or there is nothing to tell any more."""
    mine = Notice.objects.across_customers(reason="notices of every company are sent alike").filter(pk=notice_id)
    taken = mine.filter(due_at__lte=Now(), sent_at=None).update(due_at=Now() + LEASE, tries=F("tries") + 1)
    if not taken:
        return None
    notice: Notice = mine.select_related("order__line__subscriber", "order__line__sim", "order__new_sim").get()
    if notice.order.state == OrderState.CANCELLED or notice.tries > MOST_TRIES:
        mine.update(due_at=None)
        return None
    return notice


def mark_sent(*, notice: Notice) -> None:
    """It is on its way; the last one lets the order go."""
    notices = Notice.objects.for_customer(notice.customer_id)
    with transaction.atomic():
        lock_line(notice.order.own_line.pk)
        notices.filter(pk=notice.pk).update(sent_at=Now(), due_at=None)
        order = Order.objects.for_customer(notice.customer_id).get(pk=notice.order_id)
        is_told = not notices.filter(order=order, due_at__isnull=False).exists()
        if is_told and order.state == OrderState.READY and order.sent_at is None and hold(order, due_at=Now()):
            wake_worker(order)


def sweep_notices() -> int:
    """Wake a worker for every notice that is due: what a lost message or a dead worker left. Returns how many."""
    due = Notice.objects.across_customers(reason="lost notices of every company are found again")
    ids = list(due.filter(due_at__lte=Now(), sent_at=None).order_by("due_at").values_list("pk", flat=True)[:200])
    for pk in ids:
        wake(TASK, pk, queue="mail")
    return len(ids)


def token_of(notice: Notice) -> str:
    """The secret part of the link; the same in every copy of the mail, and stored nowhere."""
    return _signer.sign(str(notice.public_id))


@dataclass(frozen=True, slots=True)
class Told:
    """A notice found by its link, with the request it is about."""

    notice: Notice
    order: Order


def told_by(token: str) -> Told | None:
    """The notice whose link holds ``token``."""
    try:
        public_id = _signer.unsign(token)
    except signing.BadSignature:
        return None
    notices = Notice.objects.across_customers(reason="who opens the link need not be signed in")
    notice = notices.filter(public_id=public_id).select_related("order__line__subscriber", "order__customer").first()
    return Told(notice, notice.order) if notice else None


def stop(*, told: Told) -> None:
    """Take the request back on behalf of who was told about it; raises ``Refusal`` when it was sent already."""
    notice = told.notice
    if notice.user_id is not None:
        by = Actor(kind="user", name=notice.name, id=notice.user_id)
    else:
        by = Actor(kind="employee", name=notice.name or notice.recipient)
    cancel(order=told.order, by=by, reason=STOPPED)
