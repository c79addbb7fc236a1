"""Two at once: exactly one is first, and the other one is told or gives way."""

import pytest

from fleetportal.audit.models import AuditEvent
from fleetportal.operators.simulator.models import SimulatedLine, SimulatedOrder
from fleetportal.web.errors import Refusal
from sims.enums import AuditKind, LineState, OrderState, SimState
from sims.models import Order
from sims.orders.engine import run_due
from sims.orders.placing import Conflict, cancel
from tests import factories
from tests.sims.orders.driving import drive, make_due, rows, steps

pytestmark = pytest.mark.django_db(transaction=True)


def attempt(function, *expected):
    """The result, or the expected exception as a value."""

    def run():
        try:
            return function()
        except expected as error:
            return error

    return run


def test_two_workers_with_the_same_message_send_once(activation, at_once):
    at_once([lambda: run_due(activation.pk)] * 4)

    activation.refresh_from_db()
    assert steps(activation).count(OrderState.SUBMITTING) == 1
    assert SimulatedOrder.objects.count() == 1


def test_two_workers_that_hear_of_the_completion_apply_it_once(activation, at_once):
    run_due(activation.pk)
    make_due(activation)

    at_once([lambda: run_due(activation.pk)] * 4)

    assert drive(activation) == OrderState.COMPLETED
    assert AuditEvent.objects.filter(kind=AuditKind.LINE_ACTIVATED).count() == 1
    assert SimulatedLine.objects.count() == 1


def test_two_people_who_activate_the_same_line_place_one_order(place_activation, new_line, at_once):
    results = at_once([attempt(place_activation, Conflict)] * 4)

    assert sum(isinstance(result, Order) for result in results) == 1
    assert sum(isinstance(result, Conflict) for result in results) == 3
    assert Order.objects.for_customer(new_line.customer_id).count() == 1


@pytest.mark.parametrize("_round", range(3))
def test_cancelling_while_a_worker_takes_it_ends_in_one_of_the_two(activation, by_alice, at_once, _round):
    seen = rows(activation).get()
    refused, _none = at_once(
        [attempt(lambda: cancel(order=seen, by=by_alice), Refusal), lambda: run_due(activation.pk)]
    )

    activation.refresh_from_db()
    if refused is None:
        assert activation.state == OrderState.CANCELLED
        assert SimulatedOrder.objects.count() == 0
    else:
        assert OrderState.CANCELLED not in steps(activation)
        assert SimulatedOrder.objects.count() == 1


def test_different_lines_do_not_wait_for_each_other(place_activation, new_line, at_once):
    """Twelve orders of one company through four threads: all completed, every number once."""
    lines = [
        factories.LineFactory(
            customer=new_line.customer, number=None, state=LineState.NEW, sim__state=SimState.RESERVED
        )
        for _n in range(12)
    ]
    orders = [place_activation(line) for line in lines]

    def work(part):
        return lambda: [drive(order) for order in orders[part::4]]

    results = at_once([work(part) for part in range(4)])

    assert [state for part in results for state in part] == [OrderState.COMPLETED] * 12
    assert SimulatedLine.objects.values("number").distinct().count() == 12
