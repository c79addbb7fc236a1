"""Several numbers in one request: the draft, sending all of it or nothing, and deciding about all of it at once."""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts.models import Customer
from fleetportal.audit import services as audit
from fleetportal.audit.actors import Actor
from fleetportal.web.errors import Refusal
from fleetportal.web.formatting import language, phone
from sims.enums import AuditKind, OrderKind, OrderState
from sims.identifiers import iccid_core
from sims.models import Order, PortBatch, PortMandate, Sim, Subscriber
from sims.orders.kinds import activation_of, is_recallable
from sims.orders.placing import approve, decline, place, stop
from sims.services.lines import LineWish, Transfer, new_line
from sims.services.mandates import Mandate, give_mandate
from sims.services.ports import hold_number
from sims.services.subscribers import NewEmployee, employee_of

MOST_NUMBERS = 50


class BatchSent(Exception):
    """The draft was sent in the meantime and takes no more answers."""


class RowRefusal(Refusal):
    """A refusal that is about one of the numbers; ``row`` counts them from 0."""

    def __init__(self, message: str | Promise, *, row: int, field: str | None = None) -> None:
        super().__init__(message, field=field)
        self.row = row


@dataclass(frozen=True, slots=True)
class Stopped:
    """How many transfers were taken back, and how many the operator was asked to stop."""

    cancelled: int
    asked: int


def save_batch(
    *, customer: Customer, batch_id: uuid.UUID, answers: dict[str, Any], reached: int, by: Actor
) -> PortBatch:
    """Put ``answers`` (per question, raw) into the draft, made when it does not exist; ``reached`` never shrinks.

    Raises ``BatchSent``; ``PortBatch.DoesNotExist`` when it is somebody else's.
    """
    if by.id is None:
        raise PortBatch.DoesNotExist("only people have drafts")
    with transaction.atomic():
        # Two first answers at once: one makes the draft, the other finds it.
        PortBatch.objects.bulk_create(
            [PortBatch(customer=customer, public_id=batch_id, owner_id=by.id)], ignore_conflicts=True
        )
        batch = _lock_draft(customer, batch_id, by)
        if batch.sent_at is not None:
            raise BatchSent
        batch.answers = {**batch.answers, **answers}
        batch.reached = max(batch.reached, reached)
        batch.save(update_fields=["answers", "reached", "updated_at"])
    return batch


def delete_batch(*, customer: Customer, batch_id: uuid.UUID, by: Actor) -> None:
    """Throw the draft away; one that is gone already is no error. Raises ``BatchSent``."""
    with transaction.atomic():
        try:
            batch = _lock_draft(customer, batch_id, by)
        except PortBatch.DoesNotExist:
            return
        if batch.sent_at is not None:
            raise BatchSent
        batch.delete()


def _lock_draft(customer: Customer, batch_id: uuid.UUID, by: Actor) -> PortBatch:
    own = PortBatch.objects.for_customer(customer).filter(owner_id=by.id)
    batch: PortBatch = own.select_for_update().get(public_id=batch_id)
    return batch


def bring_along(*, batch: PortBatch, wishes: Sequence[LineWish], by: Actor) -> PortBatch:
    """A line and a transfer for each wish, with one mandate; a batch that was sent before stays as it is.

    Each wish has a transfer, and all of them the same donor, holder and evidence. Raises ``RowRefusal`` or ``Refusal``
    when one of them no longer holds; nothing is written then.
    """
    assert wishes, "a request has numbers"
    with transaction.atomic():
        try:
            held = _lock_draft(batch.customer, batch.public_id, by)
        except PortBatch.DoesNotExist:
            raise Refusal(_("This draft was deleted in the meantime. Start again.")) from None
        if held.sent_at is not None:
            return held
        _hold_all(held.customer, wishes)
        wishes = _with_people(held.customer, wishes)
        mandate = _give_mandate(held, wishes, by)
        for row, wish in enumerate(wishes):
            with _at(row):
                _bring_one(held, wish, mandate, by)
        held.sent_at, held.mandate, held.answers = timezone.now(), mandate, {}
        held.asked_by_id, held.asked_by_name = by.id, by.name
        held.save()
        audit.record(
            AuditKind.PORTS_ASKED,
            by=by,
            customer_id=held.customer_id,
            subject=held,
            label=", ".join(phone(_transfer(wish).number) for wish in wishes)[:200],
            after=_shown(wishes, mandate),
        )
    return held


@contextmanager
def _at(row: int) -> Iterator[None]:
    """What is refused inside is about this row."""
    try:
        yield
    except Refusal as refusal:
        raise RowRefusal(refusal.message, row=row, field=refusal.field) from refusal


def _hold_all(customer: Customer, wishes: Sequence[LineWish]) -> None:
    """Numbers and cards in one order, so that two requests for the same ones wait for each other and never cross."""
    for number in sorted(_transfer(wish).number for wish in wishes):
        hold_number(number)
    cores = [iccid_core(wish.iccid) for wish in wishes]
    cards = Sim.objects.for_customer(customer).filter(iccid_core__in=cores).order_by("pk")
    list(cards.select_for_update().values_list("pk"))


def _with_people(customer: Customer, wishes: Sequence[LineWish]) -> list[LineWish]:
    """The same with employees of the company; somebody new who gets two numbers is added once."""
    added: dict[NewEmployee, Subscriber] = {}
    found = []
    for row, wish in enumerate(wishes):
        person = wish.employee
        if isinstance(person, NewEmployee):
            if person not in added:
                with _at(row):
                    added[person] = employee_of(customer, person)
            wish = replace(wish, employee=added[person].public_id)
        found.append(wish)
    return found


def _bring_one(batch: PortBatch, wish: LineWish, mandate: PortMandate, by: Actor) -> None:
    line = new_line(customer=batch.customer, wish=wish, by=by, mandate=mandate, batch=batch)
    kind, payload = activation_of(line)
    place(line=line, kind=kind, payload=payload, not_before=wish.activate_on, by=by)


def _give_mandate(batch: PortBatch, wishes: Sequence[LineWish], by: Actor) -> PortMandate:
    """One document for all numbers. Its public id is that of the request, so there cannot be two."""
    one = _transfer(wishes[0])
    mandate = Mandate(
        by_name=by.name,
        at=min(one.mandate_at, timezone.now()),
        ip=one.mandate_ip,
        text_version=one.mandate_text_version,
        language=_language(batch.customer, wishes),
        numbers=[_transfer(wish).number for wish in wishes],
        donor=one.donor,
        holder_name=one.holder_name,
        holder_enterprise_number=one.holder_enterprise_number,
    )
    return give_mandate(customer=batch.customer, mandate=mandate, key=batch.public_id)


def _language(customer: Customer, wishes: Sequence[LineWish]) -> str:
    """The holder's: the employee's when all numbers are private ones of one person, else the giver's own."""
    people = {wish.employee for wish in wishes}
    if _transfer(wishes[0]).was_private and len(people) == 1:
        found = Subscriber.objects.for_customer(customer).filter(public_id=people.pop()).first()
        if found is not None:
            return str(found.language)
    return language()


def _transfer(wish: LineWish) -> Transfer:
    assert wish.transfer is not None
    return wish.transfer


def _shown(wishes: Sequence[LineWish], mandate: PortMandate) -> dict[str, Any]:
    """For the audit trail; what proves the right to the numbers stays out of it."""
    one = _transfer(wishes[0])
    return {
        "numbers": [_transfer(wish).number for wish in wishes],
        "donor": one.donor,
        "holder": one.holder_name,
        "mandate": str(mandate.public_id),
        "mandate_hash": mandate.document_hash,
    }


def approve_batch(*, batch: PortBatch, by: Actor) -> int:
    """A second person lets all waiting transfers go; answers how many. Raises ``Refusal``; then none of them goes."""
    with transaction.atomic():
        waiting = _waiting(batch)
        for order in waiting:
            approve(order=order, by=by)
    return len(waiting)


def decline_batch(*, batch: PortBatch, reason: str, by: Actor) -> int:
    """A second person says no to all that waits, with a reason for the one who asked."""
    with transaction.atomic():
        waiting = _waiting(batch)
        for order in waiting:
            decline(order=order, by=by, reason=reason)
    return len(waiting)


def _waiting(batch: PortBatch) -> list[Order]:
    waiting = [order for order in _orders(batch) if order.state == OrderState.AWAITING_APPROVAL]
    if not waiting:
        raise Refusal(_("Somebody decided about this request already. Reload the page to see the result."))
    return waiting


def stop_batch(*, batch: PortBatch, by: Actor) -> Stopped:
    """Take back whatever can still be stopped; raises ``Refusal`` when nothing can."""
    done = []
    for order in _orders(batch):
        if order.is_cancellable or is_recallable(order):
            with suppress(Refusal):  # it went on while the others were being stopped
                done.append(stop(order=order, by=by))
    if not done:
        raise Refusal(_("None of these transfers can be stopped any more."))
    return Stopped(cancelled=done.count(True), asked=done.count(False))


def _orders(batch: PortBatch) -> list[Order]:
    """The transfers of all its numbers that are open, in the order lines are locked."""
    orders = Order.objects.for_customer(batch.customer_id).filter(line__port_in__batch=batch, kind=OrderKind.PORT_IN)
    return [order for order in orders.select_related("line").order_by("line_id", "pk") if order.is_open]
