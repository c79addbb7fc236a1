"""Tickets of the demo company: one that waits for an answer, one that is resolved, one under way and one just sent.

The direct writes put a ticket and what was said on it into the past, which no service does.
"""

import uuid
from datetime import timedelta
from typing import Any

from django.db.models import F
from django.utils import timezone

from accounts.models import Customer, User
from fleetportal.audit.actors import Actor
from fleetportal.operators.registry import get_operator
from fleetportal.operators.simulator.models import SimulatedTicketEvent
from sims.enums import LineState
from sims.models import Line
from sims.orders.calendar import local_day, working_day_after
from tickets.models import Item, Ticket, TicketMessage
from tickets.models.catalogue import texts_of
from tickets.services.answers import fetch
from tickets.services.opening import TicketWish, open_ticket
from tickets.services.sending import send_due

# Longer ago than the simulated desk needs for all it has to say.
LONG_AGO = timedelta(days=2)


def add_tickets(customer: Customer, owner: User, requester: User) -> None:
    lines = list(Line.objects.for_customer(customer).filter(state=LineState.ACTIVE).order_by("number")[:3])
    country = _answer("roaming-not-working", "country", "Spanje")
    place = _answer("network-coverage", "place", "Magazijn 3, Kaai 12, Gent")
    asked: tuple[tuple[str, str, User, list[Line], list[dict[str, Any]], timedelta], ...] = (
        ("roaming-not-working", "Sofie heeft in Spanje geen internet.", owner, lines[:1], [country], LONG_AGO),
        ("network-coverage", "In het magazijn valt elk gesprek weg.", owner, lines[1:], [place], LONG_AGO),
        ("invoice-unknown", "Wat is “Dienst 4471” op de factuur?", requester, [], [], timedelta(0)),
        ("sim-not-working", "De kaart geeft al de hele dag “geen dienst”.", owner, lines[2:], [], timedelta(0)),
    )
    for item, text, by, concerned, answers, ago in asked:
        ticket = _sent(customer, item, text, by, concerned, answers)
        if ago:
            _move_back(ticket, ago)
    fetch(customer=customer, operator=get_operator())


def _sent(
    customer: Customer, item: str, text: str, by: User, lines: list[Line], answers: list[dict[str, Any]]
) -> Ticket:
    wish = TicketWish(
        key=uuid.uuid4(),
        item=Item.objects.select_related("subject").get(code=item),
        text=text,
        language="nl",
        lines=lines,
        answers=answers,
    )
    ticket = open_ticket(customer=customer, wish=wish, by=Actor.user(by))
    send_due(ticket_id=ticket.pk, operator=get_operator())
    return ticket


def _answer(item: str, code: str, value: str) -> dict[str, Any]:
    field = Item.objects.get(code=item).fields.get(code=code)
    return {"code": code, "type": field.type, "label": texts_of(field), "value": value, "texts": None}


def _move_back(ticket: Ticket, ago: timedelta) -> None:
    """As if it had been asked then."""
    asked = timezone.now() - ago
    tickets = Ticket.objects.for_customer(ticket.customer_id).filter(pk=ticket.pk)
    days = ticket.item.answer_days if ticket.item else 2
    tickets.update(created_at=asked, last_at=asked, due_on=working_day_after(local_day(asked), days))
    TicketMessage.objects.for_customer(ticket.customer_id).filter(ticket=ticket).update(at=asked)
    SimulatedTicketEvent.objects.filter(ticket__external_id=ticket.public_id).update(at=F("at") - ago)
