"""Employees: what a card about one shows, the directory, who is still to be asked, and the question of a link."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.utils import timezone

from accounts.models import Customer
from accounts.queries import hash_of_token
from sims.confirmations import PAUSE
from sims.enums import ConfirmationPurpose, LineState
from sims.models import Line, Subscriber, SubscriberConfirmation
from sims.queries.adding import people_matching

# Who was asked less long ago is left in peace by "remind all".
REMIND_AFTER = timedelta(days=7)
STATES = ("", "confirmed", "unconfirmed", "change")


@dataclass(frozen=True, slots=True)
class Employee:
    """A person, the questions he has not answered, the change he last said no to, and his lines."""

    person: Subscriber
    question: SubscriberConfirmation | None = None
    change: SubscriberConfirmation | None = None
    declined: SubscriberConfirmation | None = None
    lines: Sequence[Line] = field(default_factory=list)

    @property
    def can_remind(self) -> bool:
        """Whether a mail to confirm would go out if somebody pressed the button now."""
        return not self.person.confirmed_at and bool(self.person.email) and not self.was_just_asked

    @property
    def was_just_asked(self) -> bool:
        return self.question is not None and self.question.asked_at + PAUSE > timezone.now()


def employee_of_line(line: Line, *, with_lines: bool) -> Employee | None:
    """The employee of a line that was read with its subscriber; one query, and one for his other lines."""
    person = line.subscriber
    if person is None:
        return None
    questions = list(SubscriberConfirmation.objects.for_customer(line.customer_id).filter(subscriber=person)[:20])
    others = Line.objects.for_customer(line.customer_id).filter(subscriber=person).exclude(pk=line.pk)
    lines = others.select_related("sim", "plan").order_by("number", "pk")[:20] if with_lines else []
    return _with_questions(person, questions, list(lines))


def _with_questions(person: Subscriber, questions: Sequence[SubscriberConfirmation], lines: Sequence[Line]) -> Employee:
    def first(purpose: str) -> SubscriberConfirmation | None:
        return next((row for row in questions if row.is_open and row.purpose == purpose), None)

    changes = [row for row in questions if row.is_change]
    declined = changes[0] if changes and changes[0].declined_at else None
    return Employee(person, first(ConfirmationPurpose.CONFIRM), first(ConfirmationPurpose.CHANGE), declined, lines)


def open_changes(customer: Customer) -> QuerySet[SubscriberConfirmation]:
    """Proposed changes that wait for the employee."""
    return _open(customer).filter(purpose=ConfirmationPurpose.CHANGE)


def _open(customer: Customer) -> QuerySet[SubscriberConfirmation]:
    questions: QuerySet[SubscriberConfirmation] = SubscriberConfirmation.objects.for_customer(customer).filter(
        done_at=None, declined_at=None, withdrawn_at=None
    )
    return questions


def directory(customer: Customer, text: str = "", state: str = "") -> QuerySet[Subscriber]:
    """Employees by name; ``state`` is one of :data:`STATES`. :func:`as_employee` reads what a row shows."""
    people = people_matching(customer, text)
    if state == "confirmed":
        people = people.filter(confirmed_at__isnull=False)
    elif state == "unconfirmed":
        people = people.filter(confirmed_at=None)
    elif state == "change":
        people = people.filter(Exists(open_changes(customer).filter(subscriber=OuterRef("pk"))))
    living = Line.objects.for_customer(customer).exclude(state=LineState.TERMINATED).select_related("sim")
    return people.order_by("last_name", "first_name", "pk").prefetch_related(
        Prefetch("lines", living.order_by("number", "pk"), to_attr="living_lines"),
        Prefetch("confirmations", _open(customer), to_attr="open_questions"),
    )


def as_employee(person: Subscriber) -> Employee:
    """A row of :func:`directory`; no query."""
    return _with_questions(person, person.open_questions, person.living_lines)  # type: ignore[attr-defined]


def to_remind(customer: Customer) -> QuerySet[Subscriber]:
    """Who uses a line, has an address, did not confirm his details and was not asked in the last days."""
    lately = SubscriberConfirmation.objects.for_customer(customer).filter(
        subscriber=OuterRef("pk"), asked_at__gt=timezone.now() - REMIND_AFTER
    )
    lines = Line.objects.for_customer(customer).filter(subscriber=OuterRef("pk"))
    living = lines.exclude(state__in=(LineState.TERMINATED, LineState.NEW))
    people: QuerySet[Subscriber] = Subscriber.objects.for_customer(customer).filter(confirmed_at=None)
    return people.exclude(email="").filter(Exists(living), ~Exists(lately))


def usable_question(token: str) -> SubscriberConfirmation | None:
    """The open question whose latest mail holds ``token``, while it can still be answered."""
    found: SubscriberConfirmation | None = (
        SubscriberConfirmation.objects.across_customers(reason="who opens the link has no account")
        .filter(
            token_hash=hash_of_token(token),
            done_at=None,
            declined_at=None,
            withdrawn_at=None,
            expires_at__gt=timezone.now(),
        )
        .select_related("customer", "subscriber")
        .first()
    )
    return found


def lines_of(person: Subscriber) -> list[Line]:
    """His living lines, as he sees them himself."""
    lines = Line.objects.for_customer(person.customer_id).filter(subscriber=person)
    return list(lines.exclude(state=LineState.TERMINATED).select_related("plan", "sim").order_by("number", "pk")[:20])
