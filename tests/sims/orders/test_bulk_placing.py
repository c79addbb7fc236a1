"""Many orders at once: the same rules as one by one, set-wise, and nothing twice."""

import uuid
from datetime import UTC, date, datetime

import pytest
import time_machine

from fleetportal.audit.actors import Actor
from fleetportal.audit.models import AuditEvent
from fleetportal.web.errors import Refusal
from sims.enums import AuditKind, LineState, OpenRequest, OrderKind, OrderState, SimState
from sims.models import Line, Order
from sims.orders import bulk_placing
from sims.orders.bulk_placing import place_many
from sims.orders.kinds.block import BlockPayload
from sims.orders.placing import Conflict, cancel, place
from tests import factories
from tests.sims.orders.driving import drive, steps

BATCH = uuid.UUID(int=7)
LOST = BlockPayload(reason="lost")
MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.fixture
def lines(noordkaai):
    return [factories.at_the_operator(factories.LineFactory(customer=noordkaai)) for _n in range(5)]


@pytest.fixture
def block_many(noordkaai, by_alice):
    def _place(lines, **arguments):
        values = {"customer": noordkaai, "kind": OrderKind.BLOCK, "batch": BATCH, "by": by_alice} | arguments
        return place_many(payloads=[(line, LOST) for line in lines], **values)

    return _place


def orders_of(line: Line):
    return Order.objects.for_customer(line.customer_id).filter(line=line)


def test_every_line_gets_its_order_with_history_audit_and_mark(block_many, lines, by_alice):
    outcomes = block_many(lines)

    assert [line.pk for line, _order in outcomes] == [line.pk for line in lines]
    for line, order in outcomes:
        order.refresh_from_db()
        assert order.is_bulk
        assert order.state == OrderState.READY
        assert order.requested_by_id == by_alice.id
        assert order.payload == LOST.as_json()
        assert steps(order) == [OrderState.READY]
        event = AuditEvent.objects.get(kind=AuditKind.ORDER_PLACED, subject_id=str(order.pk))
        assert event.after["line"] == str(line.public_id)
        assert event.subject_label == line.number
        line.refresh_from_db()
        assert line.open_request == OpenRequest.PENDING
        assert drive(order) == OrderState.COMPLETED


def test_who_cannot_have_it_is_told_why_and_spoils_no_other_line(block_many, lines, by_alice, english):
    busy, ended, *fine = lines
    already = place(line=busy, kind=OrderKind.BLOCK, payload=LOST, by=by_alice)
    Line.objects.for_customer(ended.customer_id).filter(pk=ended.pk).update(state=LineState.TERMINATED)

    results = {line.pk: outcome for line, outcome in block_many(lines)}

    assert isinstance(results[busy.pk], Conflict)
    assert results[busy.pk].order == already
    assert results[ended.pk].message == "This line is not active, so there is nothing to block."
    assert all(isinstance(results[line.pk], Order) for line in fine)
    assert Order.objects.for_customer(busy.customer_id).count() == 1 + len(fine)


def test_what_only_the_database_sees_spoils_no_other_line(block_many, lines, noordkaai, english):
    card = factories.SimFactory(customer=noordkaai, state=SimState.RESERVED)
    greedy = {lines[1].pk, lines[4].pk}

    outcomes = block_many(lines, columns_of=lambda line: {"new_sim": card} if line.pk in greedy else {})

    assert [isinstance(outcome, Order) for _line, outcome in outcomes] == [True, True, True, True, False]
    assert "SIM card has just been taken" in outcomes[4][1].message
    assert orders_of(lines[1]).get().new_sim == card
    assert not orders_of(lines[4]).exists()
    assert AuditEvent.objects.filter(kind=AuditKind.ORDER_PLACED).count() == 4


def test_the_same_batch_again_places_only_what_is_missing(block_many, lines):
    first = [order for _line, order in block_many(lines[:2])]
    drive(first[0])

    again = block_many(lines)

    assert [order for _line, order in again[:2]] == first
    assert again[0][1].state == OrderState.COMPLETED
    assert [orders_of(line).count() for line in lines] == [1] * 5
    assert AuditEvent.objects.filter(kind=AuditKind.ORDER_PLACED).count() == 5


def test_another_batch_is_refused_while_the_first_is_open(block_many, lines):
    block_many(lines)

    assert all(isinstance(outcome, Conflict) for _line, outcome in block_many(lines, batch=uuid.uuid4()))


def test_what_was_taken_back_is_not_placed_again_by_the_same_batch(block_many, lines, by_alice):
    ((_line, order),) = block_many(lines[:1])
    cancel(order=order, by=by_alice)

    ((_line, again),) = block_many(lines[:1])

    assert again.state == OrderState.CANCELLED
    assert orders_of(lines[0]).count() == 1


@time_machine.travel(MONDAY, tick=False)
def test_planned_for_later_shows_as_planned(block_many, lines):
    ((_line, order),) = block_many(lines[:1], not_before=date(2026, 12, 1))

    lines[0].refresh_from_db()
    assert (order.state, lines[0].open_request) == (OrderState.SCHEDULED, OpenRequest.SCHEDULED)
    assert order.due_at == datetime(2026, 11, 30, 23, tzinfo=UTC)


@time_machine.travel(MONDAY, tick=False)
def test_a_day_that_is_over_refuses_everything_at_once(block_many, lines):
    with pytest.raises(Refusal):
        block_many(lines, not_before=date(2026, 11, 20))
    assert not Order.objects.for_customer(lines[0].customer_id).exists()


def test_who_may_only_ask_and_what_needs_two_waits_for_approval(block_many, lines, rita):
    ((_line, asked),) = block_many(lines[:1], by=Actor.user(rita))
    ((_other, second),) = block_many(lines[1:2], needs_approval=True)

    assert {asked.state, second.state} == {OrderState.AWAITING_APPROVAL}
    assert asked.due_at is None


def test_a_line_of_another_company_or_a_line_twice_is_a_defect(block_many, lines, zuidpark):
    with pytest.raises(ValueError, match="another company"):
        block_many([*lines, Line.objects.for_customer(zuidpark).get()])
    with pytest.raises(ValueError, match="twice"):
        block_many([lines[0], lines[0]])
    assert not Order.objects.across_customers(reason="the whole test").exists()


def test_the_number_of_queries_does_not_grow_with_the_lines(
    block_many, lines, noordkaai, django_assert_max_num_queries
):
    more = [factories.LineFactory(customer=noordkaai) for _n in range(40)]

    with django_assert_max_num_queries(22):
        block_many(more)


def test_batches_are_transactions_of_their_own(block_many, lines, monkeypatch):
    """What a crash leaves behind is whole batches."""
    monkeypatch.setattr(bulk_placing, "BATCH", 2)
    placed = []

    def fall_over_at_the_fourth(line):
        placed.append(line)
        if len(placed) == 4:
            raise RuntimeError("the server went down")
        return {}

    with pytest.raises(RuntimeError):
        block_many(lines, columns_of=fall_over_at_the_fourth)

    assert [orders_of(line).count() for line in lines] == [1, 1, 0, 0, 0]
