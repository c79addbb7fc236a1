"""With a real worker process: whatever dies on the way, the line becomes active exactly once."""

import pytest

from fleetportal.audit.models import AuditEvent
from fleetportal.operators.simulator.faults import set_faults
from fleetportal.operators.simulator.models import SimulatedLine, SimulatedOrder
from sims.enums import AuditKind, LineState, OrderState
from sims.models import Order
from sims.orders.sweeping import sweep
from tests.workers import broker, eventually, start_worker

__all__ = ["broker", "start_worker"]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("broker")]

QUICK = {
    "ORDER_LEASE_SECONDS": "1",
    "ORDER_BACKOFF_SECONDS": "0.1",
    "ORDER_WAKE_AGAIN_SECONDS": "0.5",
    "OPERATOR_MAX_ANSWER_SECONDS": "1",
    "SIMULATOR_WORK_SECONDS": "0.2",
}


@pytest.fixture(autouse=True)
def quick_sweep(settings):
    settings.ORDER_WAKE_AGAIN_SECONDS = 0.5


def settled_by_sweeping(order: Order) -> bool:
    """One tick of the clock that drives the sweep; says whether the order has ended."""
    sweep()
    order.refresh_from_db()
    return not order.is_open


def assert_active_exactly_once(order: Order) -> None:
    order.line.refresh_from_db()
    assert order.state == OrderState.COMPLETED
    assert order.line.state == LineState.ACTIVE
    assert SimulatedOrder.objects.count() == 1
    assert SimulatedLine.objects.get().number == order.line.number
    assert AuditEvent.objects.filter(kind=AuditKind.LINE_ACTIVATED).count() == 1
    assert AuditEvent.objects.filter(kind=AuditKind.ORDER_COMPLETED).count() == 1


def test_a_message_is_enough_without_any_sweep(start_worker, place_activation):
    start_worker(QUICK)

    order = place_activation()

    eventually(lambda: not Order.objects.for_customer(order.customer_id).get(pk=order.pk).is_open, what="settled")
    order.refresh_from_db()
    assert_active_exactly_once(order)


def test_a_worker_killed_between_the_operators_work_and_its_answer(start_worker, place_activation):
    set_faults(delay_after_seconds=40)
    first = start_worker(QUICK)
    order = place_activation()
    eventually(SimulatedOrder.objects.exists, what="the operator has done its part")

    first.kill()
    set_faults()
    start_worker(QUICK)
    eventually(lambda: settled_by_sweeping(order), what="settled after the worker was killed")

    assert_active_exactly_once(order)
    steps = list(order.transitions.values_list("after", flat=True))
    assert steps.count(OrderState.SUBMITTING) == 1, "it was asked about, not sent again"
    assert OrderState.UNKNOWN in steps


def test_redis_emptied_after_placing(start_worker, place_activation, broker):
    order = place_activation()
    assert broker.llen("orders") == 1
    broker.flushdb()

    start_worker(QUICK)
    eventually(lambda: settled_by_sweeping(order), what="settled after the queue was lost")

    assert_active_exactly_once(order)
