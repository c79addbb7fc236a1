"""Handing a line over to another employee."""

import pytest

from fleetportal.operators.simulator.models import SimulatedLine
from fleetportal.web.errors import Refusal
from sims.enums import AuditKind, LineFactKind, LineState, OrderKind, OrderState
from sims.history import begin_history
from sims.models import Line, LineFact, Order, Subscriber
from sims.orders.kinds import NothingToChange, kind_of, lines_to_change
from sims.orders.kinds.transfer import TransferWish
from sims.orders.placing import ask
from sims.search import search_text_of
from tests import factories
from tests.audit.expect import expect_audit
from tests.sims.orders.driving import drive

pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture
def bram(noordkaai) -> Subscriber:
    return factories.SubscriberFactory(customer=noordkaai, first_name="Bram", last_name="Wouters", employee_number="W7")


def hand_over(line, to, by, **wish) -> Order:
    return ask(line=line, kind=OrderKind.TRANSFER, wish=TransferWish(str(to.public_id), **wish), by=by)


def users(line) -> list[tuple[str, bool]]:
    facts = LineFact.objects.for_customer(line.customer_id).filter(line=line, kind=LineFactKind.SUBSCRIBER)
    return [(fact.value, fact.until is None) for fact in facts.order_by("since", "pk")]


def test_the_line_is_the_new_employees_once_the_operator_confirmed(line, bram, by_alice):
    begin_history(line)
    former = line.subscriber
    order = hand_over(line, bram, by_alice)
    line.refresh_from_db()
    assert line.subscriber == former

    assert drive(order) == OrderState.COMPLETED

    line.refresh_from_db()
    assert line.subscriber == bram
    assert line.search_text == search_text_of(line)
    assert "wouters bram" in line.search_text
    assert SimulatedLine.objects.get(number=line.number).user_name == "Bram Wouters"
    assert users(line) == [(f"{former.full_name} ({former.employee_number})", False), ("Bram Wouters (W7)", True)]
    event = expect_audit(AuditKind.LINE_TRANSFERRED, subject=line)
    assert (event.before["employee"], event.after["employee"]) == (former.full_name, "Bram Wouters")


def test_a_line_nobody_had_gets_its_first_employee(line, bram, by_alice):
    line.subscriber = None
    line.save()
    begin_history(line)

    assert drive(hand_over(line, bram, by_alice)) == OrderState.COMPLETED

    line.refresh_from_db()
    assert line.subscriber == bram
    assert users(line) == [("Bram Wouters (W7)", True)]


def test_who_has_the_line_already_has_nothing_to_change(line, by_alice):
    with pytest.raises(NothingToChange, match="has this line already"):
        hand_over(line, line.subscriber, by_alice)


def test_an_employee_of_another_company_is_unknown(line, zuidpark, by_alice):
    stranger = factories.SubscriberFactory(customer=zuidpark)
    with pytest.raises(Refusal, match="not in your list") as refused:
        hand_over(line, stranger, by_alice)
    assert refused.value.field == "subscriber"
    with pytest.raises(Refusal, match="not in your list"):
        ask(line=line, kind=OrderKind.TRANSFER, wish=TransferWish("nobody"), by=by_alice)


@pytest.mark.parametrize(("state", "text"), [(LineState.NEW, "not active yet"), (LineState.TERMINATED, "has ended")])
def test_only_a_line_that_works_is_handed_over(line, bram, by_alice, state, text):
    Line.objects.for_customer(line.customer_id).update(state=state)
    with pytest.raises(Refusal, match=text):
        hand_over(line, bram, by_alice)


def test_a_line_somebody_else_got_meanwhile_stays_his(line, bram, noordkaai, by_alice):
    order = hand_over(line, bram, by_alice)
    other = factories.SubscriberFactory(customer=noordkaai)
    Line.objects.for_customer(line.customer_id).filter(pk=line.pk).update(subscriber=other)

    assert drive(order) == OrderState.CANCELLED
    line.refresh_from_db()
    assert line.subscriber == other


def test_barrings_stay_unless_they_are_to_end(line, bram, noordkaai, by_alice):
    line.barrings = ["roaming_data"]
    line.save()
    factories.at_the_operator(line)
    drive(hand_over(line, bram, by_alice))
    orders = Order.objects.for_customer(noordkaai).filter(line=line, kind=OrderKind.BARRINGS)
    assert not orders.exists()

    drive(hand_over(line, factories.SubscriberFactory(customer=noordkaai), by_alice, ends_barrings=True))
    assert drive(orders.get()) == OrderState.COMPLETED
    line.refresh_from_db()
    assert line.barrings == []


def test_many_lines_are_prepared_without_a_question_each(noordkaai, bram, django_assert_num_queries):
    factories.LineFactory.create_batch(3, customer=noordkaai)
    lines = list(lines_to_change(Line.objects.for_customer(noordkaai)))
    prepare = kind_of(OrderKind.TRANSFER).prepare
    with django_assert_num_queries(1):
        for_line = prepare(noordkaai, TransferWish(str(bram.public_id)))
        assert {for_line(line).name for line in lines} == {"Bram Wouters"}
