"""Showing the activation code of an eSIM, to a manager or once to the employee. The code is never stored or logged."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from accounts.models import User
from accounts.queries import hash_of_token
from fleetportal.audit import services as audit
from fleetportal.audit.actors import Actor
from fleetportal.audit.models import AuditEvent
from fleetportal.operators.contract import OperatorError, Rejected
from fleetportal.operators.registry import get_operator
from fleetportal.wakeup import wake
from fleetportal.web.errors import Refusal
from sims.enums import AuditKind, LineState
from sims.models import EsimHandover, Line
from sims.orders.transitions import lock_line

MOST_LOOKS_PER_DAY = 10
LINK_LIFETIME = timedelta(hours=24)
MAIL_LEASE = timedelta(minutes=2)
TASK = "sims.send_esim_link"


class LinkGone(Refusal):
    """The link was used, replaced by a later one or is too old."""

    def __init__(self) -> None:
        super().__init__(_("This link no longer works. Ask your fleet manager for a new one."))


@sensitive_variables("code")
def show_code(*, line: Line, by: Actor) -> str:
    """The activation code, for the eyes of ``by``; raises ``Refusal``. The look is on record before it happens."""
    with transaction.atomic():
        _count(line, AuditKind.ESIM_CODE_SHOWN, by)
    return _ask_operator(line)


def _count(line: Line, kind: AuditKind, by: Actor) -> None:
    """Record it, unless this person did it too often within 24 hours."""
    _check_has_esim(line)
    if by.kind == "user":
        User.objects.select_for_update().get(pk=by.id or 0)
        since = timezone.now() - timedelta(hours=24)
        done = AuditEvent.objects.filter(kind=kind, actor_kind="user", actor_id=by.id, at__gt=since).count()
        if done >= MOST_LOOKS_PER_DAY:
            raise Refusal(_("You did this ten times within a day, which is the most. Ask a colleague or wait."))
    assert line.sim is not None
    audit.record(kind, by=by, customer_id=line.customer_id, subject=line, after={"card_ends_in": line.sim.iccid[-4:]})


def _check_has_esim(line: Line) -> None:
    if line.sim is None or not line.sim.is_esim:
        raise Refusal(_("This line has no eSIM."))
    if line.state == LineState.TERMINATED:
        raise Refusal(_("This line has ended."))


@sensitive_variables("code")
def _ask_operator(line: Line) -> str:
    assert line.sim is not None
    try:
        return get_operator().activation_code(line.sim.iccid)
    except Rejected:
        raise Refusal(_("The operator has no code for this eSIM. Replace it by a new eSIM.")) from None
    except OperatorError:
        raise Refusal(_("The operator does not answer. Try again in a few minutes.")) from None


def send_link(*, line: Line, by: Actor) -> EsimHandover:
    """Mail the employee a link that shows the code once within a day; an earlier link stops working."""
    with transaction.atomic():
        locked = lock_line(line.pk)
        person = locked.subscriber
        if person is None or not person.email:
            raise Refusal(_("This employee has no e-mail address. Fill it in first."))
        _count(locked, AuditKind.ESIM_LINK_SENT, by)
        living = EsimHandover.objects.for_customer(locked.customer_id).filter(Q(opened_at=None), line=locked)
        living.update(token_hash=None, mail_due_at=None, expires_at=Now())
        handover: EsimHandover = EsimHandover.objects.create(
            customer_id=locked.customer_id,
            line=locked,
            sim=locked.sim,
            email=person.email,
            name=person.full_name,
            language=person.language,
            asked_by_name=by.name,
            mail_due_at=timezone.now(),
            expires_at=timezone.now() + LINK_LIFETIME,
        )
        wake(TASK, handover.pk, queue="mail")
    return handover


@dataclass(frozen=True, slots=True)
class MailClaim:
    """The right to send one link now, and the only place where its token exists in the clear."""

    handover: EsimHandover
    token: str


def claim_mail(*, handover_id: int) -> MailClaim | None:
    """None when it is not due, somebody else is sending it, or a later link took its place."""
    token = secrets.token_urlsafe(32)
    mine = EsimHandover.objects.across_customers(reason="mails of every company are sent alike").filter(pk=handover_id)
    taken = mine.filter(mail_due_at__lte=Now(), opened_at=None, expires_at__gt=timezone.now()).update(
        token_hash=hash_of_token(token), mail_due_at=Now() + MAIL_LEASE
    )
    return MailClaim(mine.select_related("line").get(), token) if taken else None


def mark_sent(*, claim: MailClaim) -> None:
    EsimHandover.objects.for_customer(claim.handover.customer_id).filter(
        pk=claim.handover.pk, token_hash=hash_of_token(claim.token)
    ).update(mail_due_at=None, sent_at=Now())


def sweep_links() -> int:
    """Wake a worker for every link whose mail is due. Returns how many."""
    due = EsimHandover.objects.across_customers(reason="lost mails of every company are found again").filter(
        mail_due_at__lte=Now(), opened_at=None, expires_at__gt=timezone.now()
    )
    ids = list(due.order_by("mail_due_at").values_list("pk", flat=True)[:200])
    for pk in ids:
        wake(TASK, pk, queue="mail")
    return len(ids)


def usable_link(token: str) -> EsimHandover | None:
    """The handing over that this link still opens: not used, not too old, and the eSIM is still on the line."""
    links = EsimHandover.objects.across_customers(reason="the employee who opens the link does not sign in")
    found: EsimHandover | None = (
        links.filter(token_hash=hash_of_token(token), opened_at=None, expires_at__gt=timezone.now())
        .select_related("line__sim", "customer")
        .first()
    )
    if found is None or found.line.sim_id != found.sim_id or found.line.state == LineState.TERMINATED:
        return None
    return found


@sensitive_variables("code")
def open_link(*, token: str) -> str:
    """The activation code, once; raises ``LinkGone``, or ``Refusal`` when the operator cannot tell it now.

    The operator is asked first, so that trouble there does not use the link up; of two clicks at once one gets it.
    """
    handover = usable_link(token)
    if handover is None:
        raise LinkGone
    code = _ask_operator(handover.line)
    links = EsimHandover.objects.for_customer(handover.customer_id)
    with transaction.atomic():
        mine = links.filter(pk=handover.pk, token_hash=hash_of_token(token), opened_at=None)
        if not mine.update(opened_at=Now(), token_hash=None, mail_due_at=None):
            raise LinkGone
        audit.record(
            AuditKind.ESIM_LINK_OPENED,
            by=Actor(kind="employee", name=handover.name),
            customer_id=handover.customer_id,
            subject=handover.line,
            after={"card_ends_in": handover.sim.iccid[-4:]},
        )
    return code
