"""A ticket is opened: a copy of what was chosen and typed, and its first message in the outbox."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Customer
from billing.models import Invoice
from fleetportal.audit import services as audit
from fleetportal.audit.actors import Actor
from fleetportal.web.errors import Refusal
from fleetportal.web.plain_text import plain
from sims.models import Line, Order
from sims.orders.calendar import local_day, working_day_after
from sims.search import number_forms
from tickets.enums import AuditKind, Author, MessageAction, TicketState
from tickets.models import Item, Ticket, TicketMessage
from tickets.models.catalogue import texts_of
from tickets.services.attachments import take_drafts
from tickets.services.outbox import make_due

FIRST_NUMBER = 1001


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketWish:
    """What is asked. ``key`` is the form's own: sent twice it is one ticket, and its attachments are found by it.

    ``answers`` are as :class:`Ticket` keeps them.
    """

    key: uuid.UUID
    item: Item
    text: str
    language: str
    answers: Sequence[Mapping[str, Any]] = ()
    lines: Sequence[Line] = ()
    invoice: Invoice | None = None
    order: Order | None = None


def open_ticket(*, customer: Customer, wish: TicketWish, by: Actor) -> Ticket:
    """Write it down and hand it to the outbox. The same form sent again answers the ticket there is."""
    with transaction.atomic():
        # One at a time per company: numbers follow each other, and a form sent twice at once is seen.
        Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
        tickets = Ticket.objects.for_customer(customer)
        known: Ticket | None = tickets.filter(_same_as(wish)).first()
        if known is not None:
            return known
        _refuse_strange_key(wish.key)
        highest = tickets.aggregate(highest=Max("number"))["highest"]
        ticket = _written(customer, wish, by, number=(highest or FIRST_NUMBER - 1) + 1)
        message = TicketMessage.objects.create(
            customer=customer,
            ticket=ticket,
            external_id=str(uuid.uuid4()),
            author=Author.MANAGER,
            author_id=by.id,
            author_name=by.name,
            action=MessageAction.OPEN,
            text=wish.text,
            at=ticket.created_at,
        )
        files = take_drafts(message=message, draft=wish.key, by=by)
        audit.record(
            AuditKind.TICKET_OPENED,
            by=by,
            customer_id=customer.pk,
            subject=ticket,
            after={"item": ticket.item_code, "lines": len(wish.lines), "files": files},
        )
        make_due(ticket)
    return ticket


def _refuse_strange_key(key: uuid.UUID) -> None:
    """The page gives every form a key of its own; another company's was typed by hand."""
    tickets = Ticket.objects.across_customers(reason="the key of a form belongs to one ticket of one company")
    if tickets.filter(public_id=key).exists():
        raise Refusal(_("This form cannot be sent again. Open the page anew and fill it in once more."))


def _same_as(wish: TicketWish) -> Q:
    """The ticket of the same form, or the one that is open about the same request."""
    same = Q(public_id=wish.key)
    return same | (Q(order=wish.order) & ~Q(state=TicketState.CLOSED)) if wish.order else same


def _written(customer: Customer, wish: TicketWish, by: Actor, *, number: int) -> Ticket:
    now, item = timezone.now(), wish.item
    ticket: Ticket = Ticket.objects.create(
        customer=customer,
        public_id=wish.key,
        number=number,
        item=item,
        subject_code=item.subject.code,
        item_code=item.code,
        subject_names=texts_of(item.subject),
        item_names=texts_of(item),
        answers=[dict(answer) for answer in wish.answers],
        invoice=wish.invoice,
        order=wish.order,
        language=wish.language,
        opened_by_id=by.id,
        opened_by_name=by.name,
        due_on=working_day_after(local_day(now), item.answer_days),
        search_text=_search_text(number, wish),
        created_at=now,
        last_at=now,
    )
    ticket.lines.set(wish.lines)
    return ticket


def _search_text(number: int, wish: TicketWish) -> str:
    """Our number, the names in every language, the numbers concerned and what was typed."""
    item = wish.item
    parts = [f"T-{number}", *texts_of(item.subject).values(), *texts_of(item).values(), wish.text[:2000]]
    parts += [str(answer["value"]) for answer in wish.answers if isinstance(answer["value"], str)]
    parts += [number_forms(line.number) for line in wish.lines]
    if wish.invoice:
        parts.append(wish.invoice.number)
    return plain(" ".join(dict.fromkeys(parts)))
