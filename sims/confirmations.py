"""Asking an employee to look at his details, inside the transaction of whoever asks. Answers: ``sims.services``."""

from collections.abc import Mapping
from datetime import timedelta

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from fleetportal.audit import services as audit
from fleetportal.audit.actors import Actor
from fleetportal.wakeup import wake
from fleetportal.web.errors import Refusal
from fleetportal.web.formatting import date_time
from sims.enums import AuditKind, ConfirmationPurpose
from sims.models import Line, Subscriber, SubscriberConfirmation

# How long a link works, and how long nobody can be written to again.
LIFETIME = timedelta(days=30)
PAUSE = timedelta(minutes=5)


def ask_for_the_first_time(person: Subscriber | None, *, by: Actor) -> SubscriberConfirmation | None:
    """When somebody gets a line: nothing for who confirmed, was asked before or has no address."""
    if person is None or person.confirmed_at is not None or not person.email:
        return None
    if SubscriberConfirmation.objects.for_customer(person.customer_id).filter(subscriber=person).exists():
        return None
    return ask_to_confirm(person, by=by)


def ask_to_confirm(person: Subscriber, *, by: Actor) -> SubscriberConfirmation:
    """A mail with a link to his details, or a new one with a new link. Raises ``Refusal``."""
    with transaction.atomic():
        locked = lock_person(person)
        if locked.confirmed_at is not None:
            raise Refusal(_("%(name)s confirmed these details already.") % {"name": locked.full_name})
        _refuse_too_soon(locked)
        return send(locked, ConfirmationPurpose.CONFIRM, by=by)


def ask_for_a_change(
    person: Subscriber, *, proposed: Mapping[str, str], note: str, by: Actor
) -> SubscriberConfirmation:
    """Put other details before the employee; what was proposed earlier and not answered yet is replaced.

    ``proposed`` are columns with their new values, only those that differ. Raises ``Refusal``.
    """
    with transaction.atomic():
        locked = lock_person(person)
        _refuse_too_soon(locked, ConfirmationPurpose.CHANGE)
        return send(locked, ConfirmationPurpose.CHANGE, by=by, proposed=proposed, note=note)


def lock_person(person: Subscriber) -> Subscriber:
    """The employee's present row; whoever changes his details or asks him something holds it."""
    people = Subscriber.objects.for_customer(person.customer_id).select_for_update()
    locked: Subscriber = people.get(pk=person.pk)
    return locked


def lock_person_and_lines(person: Subscriber) -> Subscriber:
    """The same for who writes his details: lines come first, as everywhere, because orders lock them first."""
    lines = Line.objects.for_customer(person.customer_id).filter(subscriber=person)
    list(lines.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
    return lock_person(person)


def send(
    person: Subscriber,
    purpose: ConfirmationPurpose,
    *,
    by: Actor,
    proposed: Mapping[str, str] | None = None,
    note: str = "",
) -> SubscriberConfirmation:
    """The open question of this purpose, or a new one, with a mail due now; an earlier link stops working at once."""
    if not person.email:
        text = _("%(name)s has no e-mail address in the portal. Add it first.")
        raise Refusal(text % {"name": person.full_name}, field="email")
    questions = SubscriberConfirmation.objects.for_customer(person.customer_id)
    row = questions.filter(
        subscriber=person, purpose=purpose, done_at=None, declined_at=None, withdrawn_at=None
    ).first() or SubscriberConfirmation(customer_id=person.customer_id, subscriber=person, purpose=purpose)
    now = timezone.now()
    row.proposed, row.note = dict(proposed or {}), note
    row.asked_by_name, row.asked_by_id = (by.name if by.kind == "user" else ""), by.id
    row.asked_at, row.mail_due_at, row.expires_at, row.token_hash = now, now, now + LIFETIME, None
    row.save()
    kind = AuditKind.CHANGE_ASKED if purpose == ConfirmationPurpose.CHANGE else AuditKind.CONFIRMATION_ASKED
    audit.record(
        kind, by=by, customer_id=person.customer_id, subject=person, label=person.full_name, after=row.proposed
    )
    wake("sims.send_confirmation", row.pk, queue="mail")
    return row


def _refuse_too_soon(person: Subscriber, *purposes: str) -> None:
    """One mail per few minutes, however often somebody presses the button."""
    questions = SubscriberConfirmation.objects.for_customer(person.customer_id).filter(subscriber=person)
    if purposes:
        questions = questions.filter(purpose__in=purposes)
    last = questions.aggregate(last=Max("asked_at"))["last"]
    if last is not None and last + PAUSE > timezone.now():
        text = _("A mail went to %(name)s a moment ago. You can send another one from %(moment)s on.")
        raise Refusal(text % {"name": person.full_name, "moment": date_time(last + PAUSE)})
