"""The table of steps, the compare-and-set and the line that is kept in step."""

import itertools

import pytest
from django.db import IntegrityError, connection, transaction

from fleetportal.audit.actors import Actor
from sims.enums import OPEN_ORDER_STATES, OpenRequest, OrderState
from sims.models import Order
from sims.orders.transitions import ALLOWED, FINAL, IllegalStep, begin, hold, move
from tests.sims.orders.driving import rows

TESTER = Actor.system("test")
PAIRS = list(itertools.product(OrderState, OrderState))
LEGAL = [(a, b) for a, b in PAIRS if b in ALLOWED[a]]
ILLEGAL = [(a, b) for a, b in PAIRS if b not in ALLOWED[a]]


@pytest.fixture
def order_in(activation):
    """The order as if it had come to ``state``; set before any final state, which the database keeps."""

    def _put(state):
        rows(activation).update(state=state)
        activation.refresh_from_db()
        return activation

    return _put


def test_every_state_is_in_the_table_and_the_final_ones_are_those_not_open():
    assert set(ALLOWED) == set(OrderState)
    assert set(OrderState) - OPEN_ORDER_STATES == FINAL


@pytest.mark.parametrize(("before", "after"), LEGAL)
def test_an_allowed_step_is_taken_and_leaves_a_row(order_in, before, after):
    order = order_in(before)

    assert move(order, after, by=TESTER, note="why")

    assert rows(order).get().state == after
    last = order.transitions.last()
    assert (last.before, last.after, last.by_name, last.note) == (before, after, "test", "why")


@pytest.mark.parametrize(("before", "after"), ILLEGAL)
def test_any_other_step_is_a_defect(before, after):
    """Refused before the database is asked."""
    with pytest.raises(IllegalStep):
        move(Order(state=before), after, by=TESTER)


@pytest.mark.parametrize("final", sorted(FINAL))
def test_the_database_keeps_final_states(order_in, final):
    order = order_in(final)

    for after in sorted(set(OrderState) - {final}):
        with pytest.raises(IntegrityError, match="is final"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE sims_order SET state = %s WHERE id = %s", [after, order.pk])


def test_who_read_an_older_row_changes_nothing(activation):
    late = rows(activation).get()
    assert move(activation, OrderState.SUBMITTING, by=TESTER)

    assert not move(late, OrderState.CANCELLED, by=TESTER)

    assert rows(activation).get().state == OrderState.SUBMITTING


def test_a_late_worker_does_not_record_into_a_later_attempt(activation):
    """The state is the same again, but it is another call: the version tells them apart."""
    move(activation, OrderState.SUBMITTING, by=TESTER)
    late = rows(activation).get()
    for state in (OrderState.UNKNOWN, OrderState.READY, OrderState.SUBMITTING):
        assert move(activation, state, by=TESTER)

    assert not move(late, OrderState.REJECTED, by=TESTER)
    assert not hold(late, attempts=9)


def test_a_final_state_has_no_due_moment_and_no_lease(activation):
    move(activation, OrderState.CANCELLED, by=TESTER)

    assert activation.due_at is None
    assert activation.lease_until is None
    assert activation.finished_at is not None


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        (OrderState.SUBMITTING, OpenRequest.PENDING),
        (OrderState.NEEDS_ATTENTION, OpenRequest.PENDING),
        (OrderState.SCHEDULED, OpenRequest.SCHEDULED),
        (OrderState.CANCELLED, OpenRequest.NONE),
    ],
)
def test_the_line_shows_what_is_open(activation, state, shown):
    activation.line.refresh_from_db()
    assert activation.line.open_request == OpenRequest.PENDING

    assert move(activation, state, by=TESTER)

    activation.line.refresh_from_db()
    assert activation.line.open_request == shown


def test_an_order_cannot_begin_halfway(activation):
    with pytest.raises(IllegalStep):
        begin(Order(line=activation.line, state=OrderState.COMPLETED), by=TESTER)
