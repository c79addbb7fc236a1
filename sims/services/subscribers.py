"""Employees: adding one, and changing his details while he has not confirmed them himself."""

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Customer
from fleetportal.audit import services as audit
from fleetportal.audit.actors import Actor
from fleetportal.web.errors import Refusal
from sims.confirmations import lock_person_and_lines, send
from sims.enums import AuditKind, ConfirmationPurpose, LineFactKind, LineState
from sims.history import note, subscriber_value
from sims.models import Line, Subscriber, SubscriberConfirmation
from sims.search import refresh_search_text

# What a person may change. The address is the company's to keep elsewhere: it is only shown.
DETAILS = ("first_name", "last_name", "email", "employee_number", "department", "language")
NUMBER_TAKEN = gettext_lazy("Another employee has this employee number. Choose that employee or correct the number.")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEmployee:
    """Somebody who is not in the company's list yet."""

    first_name: str
    last_name: str
    email: str = ""
    employee_number: str = ""
    department: str = ""
    language: str = "nl"


def employee_of(customer: Customer, employee: uuid.UUID | NewEmployee) -> Subscriber:
    """The company's employee with this public id, or the new one. Raises ``Refusal`` naming the form's field."""
    if isinstance(employee, uuid.UUID):
        found: Subscriber | None = Subscriber.objects.for_customer(customer).filter(public_id=employee).first()
        if found is None:
            raise Refusal(_("This employee is not in your list any more. Choose again."), field="subscriber")
        return found
    try:
        with transaction.atomic():
            created: Subscriber = Subscriber.objects.create(customer=customer, **asdict(employee))
    except IntegrityError:
        raise Refusal(NUMBER_TAKEN, field="employee_number") from None
    return created


def details_of(person: Subscriber) -> dict[str, str]:
    return {name: getattr(person, name) for name in DETAILS}


def change_details(*, subscriber: Subscriber, details: Mapping[str, str], by: Actor) -> bool:
    """Write what differs; answers whether anything did. Raises ``Refusal`` once the employee confirmed his details.

    ``details`` are columns of :data:`DETAILS`. A question that waits for his answer goes to a new address again.
    """
    with transaction.atomic():
        person = lock_person_and_lines(subscriber)
        if person.confirmed_at is not None:
            text = _("%(name)s confirmed these details and is now the only one who can change them. Ask for a change.")
            raise Refusal(text % {"name": person.full_name})
        before = write_details(person, details)
        if not before:
            return False
        after = {name: details[name] for name in before}
        _record(AuditKind.SUBSCRIBER_CHANGED, person, before=before, after=after, by=by)
        if "email" in before:
            _follow_the_address(person, by)
    return True


def write_details(person: Subscriber, details: Mapping[str, str]) -> dict[str, str]:
    """Save what differs on the locked row, and all that derives from it: his lines are found by the new name, and
    their history tells it from now on. Answers the old values. Raises ``Refusal`` for a number somebody else has.
    """
    before = {name: getattr(person, name) for name in DETAILS if name in details}
    changed = {name: value for name, value in before.items() if details[name] != value}
    if not changed:
        return {}
    for name in changed:
        setattr(person, name, details[name])
    try:
        with transaction.atomic():
            person.save(update_fields=list(changed))
    except IntegrityError:
        raise Refusal(NUMBER_TAKEN, field="employee_number") from None
    lines = Line.objects.for_customer(person.customer_id).filter(subscriber=person)
    found = list(lines.select_related("sim", "subscriber", "port_in").order_by("pk"))
    if found:
        refresh_search_text(found)
    for line in found:
        if line.state not in (LineState.NEW, LineState.TERMINATED):
            name, reference = subscriber_value(line)
            note(line, LineFactKind.SUBSCRIBER, name, reference=reference)
    return changed


def _follow_the_address(person: Subscriber, by: Actor) -> None:
    """The link in the mail to the old address stops working; the question goes to the new one, if there is one."""
    questions = SubscriberConfirmation.objects.for_customer(person.customer_id).filter(
        subscriber=person, done_at=None, declined_at=None, withdrawn_at=None
    )
    questions.filter(purpose=ConfirmationPurpose.CHANGE).update(withdrawn_at=timezone.now(), token_hash=None)
    if not questions.filter(purpose=ConfirmationPurpose.CONFIRM).exists():
        return
    if person.email:
        send(person, ConfirmationPurpose.CONFIRM, by=by)
    else:
        questions.update(withdrawn_at=timezone.now(), token_hash=None, mail_due_at=None)


def _record(kind: AuditKind, person: Subscriber, *, by: Actor, **values: Any) -> None:
    audit.record(kind, by=by, customer_id=person.customer_id, subject=person, label=person.full_name, **values)
