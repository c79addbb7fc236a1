"""A question to the help desk, and a desk that answers when the test says so."""

import uuid
from collections.abc import Callable

import pytest

from fleetportal.audit.actors import Actor
from fleetportal.operators.registry import get_operator
from fleetportal.operators.simulator.faults import set_faults
from fleetportal.operators.simulator.models import Faults
from tickets.models import Item, Ticket
from tickets.services import answers, sending
from tickets.services.opening import TicketWish, open_ticket
from tickets.services.outbox import make_due


@pytest.fixture(autouse=True)
def desk(settings, tmp_path):
    settings.SIMULATOR_DESK_SECONDS = 60
    settings.OPERATOR_MAX_ANSWER_SECONDS = 0
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def ask(noordkaai, alice) -> Callable[..., Ticket]:
    """A ticket of Alice; an item of another subject by its code."""

    def opened(item="sim-not-working", by=alice, customer=noordkaai, **fields) -> Ticket:
        values = {"key": uuid.uuid4(), "text": "Geen signaal sinds gisteren.", "language": "nl"}
        chosen = Item.objects.select_related("subject").get(code=item)
        wish = TicketWish(**(values | fields), item=chosen)
        return open_ticket(customer=customer, wish=wish, by=Actor.user(by))

    return opened


def send(ticket: Ticket) -> Ticket:
    """Plays the worker, whose turn it is now; answers the ticket as it is afterwards."""
    make_due(ticket)
    sending.send_due(ticket_id=ticket.pk, operator=get_operator())
    ticket.refresh_from_db()
    return ticket


def fetch(ticket: Ticket) -> Ticket:
    answers.fetch(customer=ticket.customer, operator=get_operator())
    ticket.refresh_from_db()
    return ticket


def later(seconds: float) -> None:
    """The desk's clock goes on."""
    ahead = Faults.objects.values_list("clock_offset_seconds", flat=True).first() or 0
    set_faults(clock_offset_seconds=ahead + seconds)
