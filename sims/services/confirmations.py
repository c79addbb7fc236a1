"""What comes of a question to an employee: its mail goes out, he answers it, or it is taken back."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Customer
from accounts.queries import hash_of_token
from fleetportal.audit import services as audit
from fleetportal.audit.actors import Actor
from fleetportal.jobs.models import Job
from fleetportal.jobs.services import start
from fleetportal.wakeup import wake
from fleetportal.web.errors import Refusal
from sims.confirmations import ask_to_confirm, lock_person, lock_person_and_lines
from sims.enums import AuditKind, ConfirmationPurpose
from sims.models import Subscriber, SubscriberConfirmation
from sims.queries.employees import to_remind, usable_question
from sims.services.subscribers import write_details

# A mail whose sender fell silent is sent again after this long; longer than the task's time limit.
MAIL_LEASE = timedelta(minutes=5)
REMIND = "sims.ask_employees"


class QuestionGone(Refusal):
    """It was answered, taken back or sent again, or its time is over."""

    def __init__(self) -> None:
        super().__init__(_("This link can no longer be used. Ask your fleet manager for a new one."))


@dataclass(frozen=True, slots=True)
class MailClaim:
    """The right to send one question's mail now, and the only place where its token exists in the clear."""

    question: SubscriberConfirmation
    token: str


def claim_mail(*, question_id: int) -> MailClaim | None:
    """Compare-and-set: None when it is not due, somebody else is sending it, or it is no longer open."""
    token = secrets.token_urlsafe(32)
    mine = _due().filter(pk=question_id)
    if not mine.update(token_hash=hash_of_token(token), mail_due_at=Now() + MAIL_LEASE):
        return None
    questions = SubscriberConfirmation.objects.across_customers(reason="mails of every company are sent alike")
    return MailClaim(questions.select_related("customer", "subscriber").get(pk=question_id), token)


def mark_sent(*, claim: MailClaim) -> None:
    """Nothing more to send, unless it was asked for again in the meantime."""
    SubscriberConfirmation.objects.for_customer(claim.question.customer_id).filter(
        pk=claim.question.pk, token_hash=hash_of_token(claim.token)
    ).update(mail_due_at=None, sent_at=Now())


def sweep_mails() -> int:
    """Wake a worker for every mail that is due: what a lost message or a dead worker left. Returns how many."""
    ids = list(_due().order_by("mail_due_at").values_list("pk", flat=True)[:200])
    for question_id in ids:
        wake("sims.send_confirmation", question_id, queue="mail")
    return len(ids)


def _due() -> Any:
    questions = SubscriberConfirmation.objects.across_customers(reason="mails of every company are sent alike")
    return questions.filter(
        mail_due_at__lte=Now(), done_at=None, declined_at=None, withdrawn_at=None, expires_at__gt=timezone.now()
    )


def confirm(*, token: str, first_name: str, last_name: str, language: str) -> Subscriber:
    """The employee says that his details are right, names and language as he gives them. Raises ``QuestionGone``."""
    with transaction.atomic():
        question, person = _claimed(token, ConfirmationPurpose.CONFIRM)
        corrected = {"first_name": first_name, "last_name": last_name, "language": language}
        before = write_details(person, corrected)
        return _agreed(question, person, AuditKind.SUBSCRIBER_CONFIRMED, before)


def accept_change(*, token: str) -> Subscriber:
    """The employee agrees with what is proposed; so he has confirmed his details too. Raises ``Refusal``."""
    with transaction.atomic():
        question, person = _claimed(token, ConfirmationPurpose.CHANGE)
        before = write_details(person, question.proposed)
        return _agreed(question, person, AuditKind.CHANGE_ACCEPTED, before)


def decline_change(*, token: str, reason: str) -> Subscriber:
    """The employee says no; nothing changes and the company reads why. Raises ``QuestionGone``."""
    with transaction.atomic():
        question, person = _claimed(token, ConfirmationPurpose.CHANGE)
        question.declined_at, question.decline_reason = timezone.now(), reason
        _close(question, "declined_at", "decline_reason")
        _record(AuditKind.CHANGE_DECLINED, person, Actor(kind="employee", name=person.full_name), reason=reason)
    return person


def withdraw_change(*, question: SubscriberConfirmation, by: Actor) -> None:
    """Take a proposal back that the employee did not answer yet. Raises ``Refusal`` when he did."""
    with transaction.atomic():
        person = lock_person(question.subscriber)
        question.refresh_from_db()
        if not question.is_open:
            raise Refusal(_("%(name)s answered already. Reload the page.") % {"name": person.full_name})
        question.withdrawn_at = timezone.now()
        _close(question, "withdrawn_at")
        _record(AuditKind.CHANGE_WITHDRAWN, person, by)


def start_reminding(*, customer: Customer, by: Actor) -> Job:
    """Ask everybody who was not asked lately, in the background."""
    return start(customer=customer, kind=REMIND, payload={}, by=by)


def remind(*, customer: Customer, by: Actor) -> int:
    """Ask everybody who has not confirmed and was not asked in the last days; answers how many were.

    Run again it goes on where it was: whoever was asked a moment ago is not asked twice.
    """
    asked = 0
    for person in to_remind(customer).order_by("pk").iterator():
        try:
            ask_to_confirm(person, by=by)
        except Refusal:
            continue
        asked += 1
    return asked


def _claimed(token: str, purpose: ConfirmationPurpose) -> tuple[SubscriberConfirmation, Subscriber]:
    """The open question of ``token`` and its employee, locked, so that two clicks answer it once."""
    found = usable_question(token)
    if found is None or found.purpose != purpose:
        raise QuestionGone
    person = lock_person_and_lines(found.subscriber)
    found = usable_question(token)
    if found is None:
        raise QuestionGone
    return found, person


def _agreed(
    question: SubscriberConfirmation, person: Subscriber, kind: AuditKind, before: dict[str, str]
) -> Subscriber:
    now = timezone.now()
    person.confirmed_at = now
    person.save(update_fields=["confirmed_at"])
    question.done_at = now
    _close(question, "done_at")
    open_rest = SubscriberConfirmation.objects.for_customer(person.customer_id).filter(
        subscriber=person, purpose=ConfirmationPurpose.CONFIRM, done_at=None, declined_at=None, withdrawn_at=None
    )
    open_rest.update(withdrawn_at=now, token_hash=None, mail_due_at=None)
    by = Actor(kind="employee", name=person.full_name)
    after = {name: getattr(person, name) for name in before}
    audit.record(
        kind,
        by=by,
        customer_id=person.customer_id,
        subject=person,
        label=person.full_name,
        before=before,
        after=after,
    )
    return person


def _close(question: SubscriberConfirmation, *columns: str) -> None:
    question.token_hash = question.mail_due_at = None
    question.save(update_fields=[*columns, "token_hash", "mail_due_at"])


def _record(kind: AuditKind, person: Subscriber, by: Actor, **after: str) -> None:
    audit.record(kind, by=by, customer_id=person.customer_id, subject=person, label=person.full_name, after=after)
