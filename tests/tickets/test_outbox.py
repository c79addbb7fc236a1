"""What managers write reaches the desk once and in order, and what the desk says comes back once."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Customer
from fleetportal.audit.actors import Actor
from fleetportal.notifications.models import Notification
from fleetportal.operators.contract import OperatorEvent
from fleetportal.operators.registry import get_operator
from fleetportal.operators.simulator.desk import REFUSED_WORD
from fleetportal.operators.simulator.faults import set_faults
from fleetportal.operators.simulator.models import Faults, SimulatedTicket, SimulatedTicketEvent
from fleetportal.web.errors import Refusal
from sims.orders.hints import look_now
from tests import factories
from tests.audit.expect import expect_audit
from tests.tickets.conftest import fetch, later, send
from tickets import tasks
from tickets.enums import AuditKind, TicketState
from tickets.models import Ticket, TicketMessage
from tickets.services import answers, outbox
from tickets.services.messages import add_note, close_ticket

pytestmark = pytest.mark.django_db


def said(ticket) -> list[str]:
    """What the desk has of the customer, oldest first."""
    events = SimulatedTicketEvent.objects.filter(ticket__external_id=ticket.public_id, external_id__isnull=False)
    return [event.text.splitlines()[0] if event.text else "" for event in events]


def note(ticket, text, by):
    return add_note(ticket=ticket, key=uuid.uuid4(), text=text, by=Actor.user(by))


def test_a_ticket_reaches_the_desk_with_all_that_was_typed(ask, alice, noordkaai):
    line = factories.LineFactory(customer=noordkaai)
    answer = {"code": "tried", "type": "yes_no", "value": True, "texts": None}
    label = {"nl": "Ander toestel?", "fr": "Autre ?", "en": "Other?"}
    ticket = ask(lines=[line], answers=[{**answer, "label": label}])
    expect_audit(AuditKind.TICKET_OPENED, customer=noordkaai, subject=ticket, by=alice)

    send(ticket)

    there = SimulatedTicket.objects.get()
    assert (there.external_id, there.subject, there.contact) == (ticket.public_id, "sim", "Alice Aerts")
    assert there.text == "Geen signaal sinds gisteren.\n\nAnder toestel?: Ja"
    assert (ticket.desk_reference, ticket.due_at) == (there.reference, None)


def test_numbers_follow_each_other_per_company(ask, zuidpark, charlie):
    tickets = [ask(), ask(), ask(customer=zuidpark, by=charlie)]

    assert [ticket.label for ticket in tickets] == ["T-1001", "T-1002", "T-1001"]


def test_the_same_form_sent_twice_is_one_ticket_and_one_note(ask, alice):
    key = uuid.uuid4()
    assert ask(key=key).pk == ask(key=key).pk
    ticket = ask()
    for _n in range(2):
        add_note(ticket=ticket, key=key, text="Nog iets", by=Actor.user(alice))
    assert ticket.messages.count() == 2
    expect_audit(AuditKind.TICKET_NOTE, subject=ticket, by=alice)


def test_the_key_of_another_companys_ticket_opens_nothing(ask, noordkaai, zuidpark, charlie):
    theirs = ask(customer=zuidpark, by=charlie)
    with pytest.raises(Refusal):
        ask(key=theirs.public_id)
    assert not Ticket.objects.for_customer(noordkaai).exists()


def test_what_is_written_while_the_desk_is_down_for_a_day_is_there_once_and_in_order(ask, alice):
    set_faults(desk_is_down=True)
    ticket = send(ask())
    for text in ("Eerste", "Tweede"):
        note(ticket, text, alice)
        send(ticket)
    waits = []
    for _try in range(30):
        send(ticket)
        waits.append((ticket.due_at - timezone.now()).total_seconds())
    assert not SimulatedTicket.objects.exists()
    assert max(waits) <= 600 and waits == sorted(waits, key=round), "it would come back too late"
    assert ticket.lease_until is None

    set_faults()
    send(ticket)
    send(ticket)

    assert said(ticket) == ["Geen signaal sinds gisteren.", "Eerste", "Tweede"]
    assert (ticket.due_at, ticket.attempts) == (None, 0)


@pytest.mark.parametrize("trouble", ["busy_times", "lose_requests", "drop_answers", "wrong_answers"])
def test_whatever_becomes_of_a_call_the_message_is_there_once(ask, alice, trouble):
    set_faults(**{trouble: 1})
    ticket = send(ask())
    assert ticket.due_at is not None
    send(ticket)
    note(ticket, "Nog iets", alice)
    set_faults(**{trouble: 1})
    for _try in range(2):
        send(ticket)

    assert said(ticket) == ["Geen signaal sinds gisteren.", "Nog iets"]
    assert ticket.due_at is None


def test_a_call_without_answer_is_asked_about_before_anything_is_sent_again(ask, settings):
    settings.OPERATOR_MAX_ANSWER_SECONDS = 30
    set_faults(lose_requests=1)
    ticket = send(ask())

    send(ticket)
    assert not SimulatedTicket.objects.exists(), "the first call may still arrive"

    TicketMessage.objects.for_customer(ticket.customer).update(tried_at=timezone.now() - timedelta(seconds=31))
    send(ticket)
    assert SimulatedTicket.objects.count() == 1


def test_one_worker_at_a_time_has_a_ticket_and_a_dead_one_loses_it(ask):
    ticket = ask()
    assert outbox.claim(ticket_id=ticket.pk) is not None
    assert outbox.claim(ticket_id=ticket.pk) is None
    assert outbox.sweep() == 0

    Ticket.objects.for_customer(ticket.customer).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert outbox.sweep() == 1
    tasks.send_ticket(ticket.pk)
    assert said(ticket) == ["Geen signaal sinds gisteren."]


def test_what_is_written_while_a_worker_sends_is_due_again(ask, alice):
    ticket = ask()
    claimed = outbox.claim(ticket_id=ticket.pk)
    note(ticket, "Nog iets", alice)
    ticket.messages.filter(action="open").update(received_at=timezone.now())

    outbox.release(ticket=claimed)

    ticket.refresh_from_db()
    assert ticket.due_at is not None


def test_answers_come_back_once_and_tell_who_wrote(ask, alice, rita, noordkaai):
    ticket = send(ask())
    later(61)
    for _n in range(3):
        fetch(ticket)

    assert (ticket.state, ticket.messages.filter(author="desk").count()) == (TicketState.IN_PROGRESS, 1)
    assert ticket.answered_at is not None
    expect_audit(AuditKind.TICKET_ANSWERED, customer=noordkaai, subject=ticket)
    expect_audit(AuditKind.TICKET_MOVED, customer=noordkaai, subject=ticket)
    told = Notification.objects.for_customer(noordkaai).filter(event="tickets.answered")
    assert [one.user_id for one in told] == [alice.pk]
    assert "Geen signaal" not in str(told.get().params), "what was asked stays out of mails"


def test_an_answer_for_another_company_is_not_taken(ask, zuidpark, charlie):
    mine, theirs = send(ask()), send(ask(customer=zuidpark, by=charlie))
    SimulatedTicket.objects.filter(external_id=theirs.public_id).update(customer_reference="0403019261")
    later(61)

    fetch(mine)

    theirs.refresh_from_db()
    assert mine.messages.filter(author="desk").exists() and not theirs.messages.filter(author="desk").exists()


def test_the_desk_does_not_overrule_what_it_has_not_read_yet(ask, alice):
    ticket = send(ask())
    later(61)
    close_ticket(ticket=ticket, by=Actor.user(alice))

    assert fetch(ticket).state == TicketState.CLOSED
    assert fetch(send(ticket)).state == TicketState.CLOSED
    assert SimulatedTicketEvent.objects.latest("at").status == "closed"
    expect_audit(AuditKind.TICKET_CLOSED, subject=ticket, by=alice)


def test_a_question_of_the_desk_waits_for_the_manager_and_an_answer_ends_that(ask, alice):
    ticket = send(ask("network-data"))
    later(241)
    assert fetch(ticket).state == TicketState.WAITING

    note(ticket, "Ook met een andere kaart.", alice)
    ticket.refresh_from_db()
    assert ticket.state == TicketState.IN_PROGRESS
    send(ticket)
    later(241)
    assert fetch(ticket).state == TicketState.RESOLVED


def test_writing_on_a_settled_ticket_opens_it_again(ask, alice):
    ticket = send(ask())
    later(241)
    assert fetch(ticket).state == TicketState.RESOLVED

    note(ticket, "Toch niet.", alice)
    send(ticket)

    assert ticket.state == TicketState.IN_PROGRESS
    expect_audit(AuditKind.TICKET_REOPENED, subject=ticket, by=alice)


def test_a_question_that_is_not_taken_is_closed_with_its_reason_and_can_not_go_on(ask, alice):
    ticket = send(ask(text=REFUSED_WORD))

    assert (ticket.state, ticket.due_at) == (TicketState.CLOSED, None)
    assert ticket.messages.get().refusal == "Deze vraag hoort niet bij de helpdesk."
    expect_audit(AuditKind.TICKET_REFUSED, subject=ticket)
    assert Notification.objects.for_customer(ticket.customer).get(event="tickets.refused").user_id == alice.pk
    with pytest.raises(Refusal):
        note(ticket, "Toch wel.", alice)


def test_an_event_about_a_ticket_is_a_reason_to_ask(ask, monkeypatch):
    ticket = send(ask())
    woken = []
    monkeypatch.setattr(answers, "wake", lambda task, *args, queue: woken.append((task, args)))
    event = OperatorEvent("E-1", ticket.public_id, timezone.now())

    assert look_now(event)
    assert woken == [("tickets.look_at_ticket", (str(ticket.public_id),))]
    assert not look_now(OperatorEvent("E-2", uuid.uuid4(), timezone.now()))

    later(61)
    tasks.look_at_ticket(str(ticket.public_id))
    assert ticket.messages.filter(author="desk").count() == 1


def test_every_company_with_a_living_ticket_is_asked_about_and_trouble_only_delays(ask, monkeypatch):
    ticket = send(ask())
    factories.CustomerFactory()
    woken = []
    monkeypatch.setattr(answers, "wake", lambda task, *args, queue: woken.append(args))
    tasks.fetch_answers()
    assert woken == [(ticket.customer_id,)]

    later(61)
    Faults.objects.update(desk_is_down=True)
    tasks.fetch_answers_of(ticket.customer_id)
    assert not ticket.messages.filter(author="desk").exists()
    Faults.objects.update(desk_is_down=False)
    tasks.fetch_answers_of(ticket.customer_id)
    assert ticket.messages.filter(author="desk").exists()
    assert Customer.objects.count() == 2
    assert get_operator().get_ticket(ticket.public_id) is not None
