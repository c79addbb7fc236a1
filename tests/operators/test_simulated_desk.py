"""The simulated help desk: takes every question and note once, answers after a while, and can be made to misbehave."""

import uuid
from datetime import timedelta

import pytest

from fleetportal.operators.contract import Busy, ContractError, Rejected, Uncertain
from fleetportal.operators.helpdesk import DeskFile, DeskStatus
from fleetportal.operators.registry import get_operator
from fleetportal.operators.simulator.desk import REFUSED_WORD
from fleetportal.operators.simulator.faults import set_faults
from fleetportal.operators.simulator.models import Faults, SimulatedTicket
from tests.operators.contract_cases import note, question, tickets_of

COMPANY = "0403019261"

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(settings):
    settings.SIMULATOR_DESK_SECONDS = 60
    return get_operator()


def later(seconds: float) -> None:
    """The desk's clock goes on."""
    ahead = Faults.objects.values_list("clock_offset_seconds", flat=True).first() or 0
    set_faults(clock_offset_seconds=ahead + seconds)


def test_a_question_is_taken_greeted_and_solved(operator):
    request = question()

    told = operator.open_ticket(request)
    assert (told.status, told.messages) == (DeskStatus.ACKNOWLEDGED, ())
    assert told.received == {request.message_id}

    later(61)
    told = operator.get_ticket(request.external_id)
    assert (told.status, len(told.messages)) == (DeskStatus.IN_PROGRESS, 1)
    assert told.messages[0].text.startswith("Dag Alice,")

    later(200)
    told = operator.get_ticket(request.external_id)
    assert (told.status, len(told.messages)) == (DeskStatus.RESOLVED, 2)


def test_it_answers_in_the_language_of_who_asks(operator):
    request = question(language="fr")
    operator.open_ticket(request)
    later(61)

    assert operator.get_ticket(request.external_id).messages[0].text.startswith("Bonjour Alice,")


def test_the_same_question_and_note_twice_are_one(operator):
    request = question()
    said = note(request)
    references = {operator.open_ticket(request).reference for _n in range(2)}
    told = [operator.add_note(said) for _n in range(2)][-1]

    assert len(references) == SimulatedTicket.objects.count() == 1
    assert told.received == {request.message_id, said.external_id}
    assert SimulatedTicket.objects.get().events.filter(external_id=said.external_id).count() == 1


def test_it_asks_something_first_and_goes_on_once_that_is_answered(operator):
    request = question(subject="network")
    operator.open_ticket(request)
    later(241)
    assert operator.get_ticket(request.external_id).status == DeskStatus.PENDING

    assert operator.add_note(note(request)).status == DeskStatus.IN_PROGRESS
    later(241)
    assert operator.get_ticket(request.external_id).status == DeskStatus.RESOLVED


def test_a_closed_ticket_hears_nothing_more_until_it_is_opened_again(operator):
    request = question()
    operator.open_ticket(request)
    assert operator.close_ticket(note(request, text="")).status == DeskStatus.CLOSED
    later(600)
    assert operator.get_ticket(request.external_id).messages == ()

    assert operator.reopen_ticket(note(request)).status == DeskStatus.IN_PROGRESS
    later(61)
    assert len(operator.get_ticket(request.external_id).messages) == 1


def test_changes_are_told_past_a_cursor_and_to_their_own_company_only(operator):
    mine, other = question(), question(customer_reference="another")
    for request in (mine, other):
        operator.open_ticket(request)
    found, cursor = tickets_of(operator, COMPANY)
    assert set(found) == {mine.external_id}

    later(30)
    assert tickets_of(operator, COMPANY, cursor)[0].keys() <= {mine.external_id}
    later(31)
    found, cursor = tickets_of(operator, COMPANY, cursor)
    assert len(found[mine.external_id].messages) == 1
    with pytest.raises(ContractError):
        operator.ticket_changes(COMPANY, "not a cursor")


def test_many_changes_at_one_moment_come_to_an_end(operator, monkeypatch):
    monkeypatch.setattr("fleetportal.operators.simulator.desk.PER_PAGE", 2)
    requests = [operator.open_ticket(question()) for _n in range(5)]
    moment = SimulatedTicket.objects.latest("pk").received_at
    for ticket in SimulatedTicket.objects.all():
        ticket.events.filter(at__lte=moment + timedelta(seconds=1)).update(at=moment)

    tickets_of(operator, COMPANY)
    assert len(requests) == 5


def test_files_are_read_and_their_names_kept(operator):
    files = (DeskFile("scherm.png", "image/png", 3, lambda: b"png"),)
    operator.open_ticket(question(files=files))

    assert SimulatedTicket.objects.get().files == [{"name": "scherm.png", "bytes": 3}]


def test_what_it_does_not_take_or_know_is_refused(operator):
    with pytest.raises(Rejected):
        operator.open_ticket(question(text=f"{REFUSED_WORD}."))
    with pytest.raises(Rejected):
        operator.add_note(note(question()))
    assert operator.get_ticket(uuid.uuid4()) is None
    assert not SimulatedTicket.objects.exists()


@pytest.mark.parametrize(
    ("switch", "error", "is_done"),
    [
        ("busy_times", Busy, False),
        ("lose_requests", Uncertain, False),
        ("drop_answers", Uncertain, True),
        ("wrong_answers", ContractError, True),
        ("desk_is_down", Uncertain, False),
    ],
)
def test_it_misbehaves_as_its_switches_say(operator, switch, error, is_done):
    request = question()
    set_faults(**{switch: 1})

    with pytest.raises(error):
        operator.open_ticket(request)

    set_faults()
    assert (operator.get_ticket(request.external_id) is not None) == is_done


def test_a_desk_that_is_down_answers_no_question_either(operator):
    set_faults(desk_is_down=True)

    with pytest.raises(Uncertain):
        operator.ticket_changes(COMPANY, "")
