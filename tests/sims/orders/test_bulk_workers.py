"""With a real worker process: thousands of orders of one company do not keep another company's single order waiting."""

import uuid

import pytest

from fleetportal.audit.actors import Actor
from sims.enums import OrderKind, OrderState
from sims.models import BulkLane, Order
from sims.orders.bulk_placing import place_many
from sims.orders.kinds.block import BlockPayload
from sims.orders.placing import place
from sims.orders.sweeping import sweep
from tests import factories
from tests.fleets import working_lines
from tests.workers import broker, eventually, start_worker

__all__ = ["broker", "start_worker"]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("broker")]

QUICK = {"ORDER_LEASE_SECONDS": "2", "ORDER_WAKE_AGAIN_SECONDS": "1", "SIMULATOR_WORK_SECONDS": "0.2"}
LOST = BlockPayload(reason="lost")
PORTAL = Actor.system("portal")


def block_all(customer, count: int) -> None:
    payloads = [(line, LOST) for line in working_lines(customer, count)]
    outcomes = place_many(customer=customer, kind=OrderKind.BLOCK, payloads=payloads, batch=uuid.uuid4(), by=PORTAL)
    assert all(isinstance(outcome, Order) for _line, outcome in outcomes)


def count_in(customer, *states: str) -> int:
    return Order.objects.for_customer(customer).filter(state__in=states).count()


def test_a_single_order_overtakes_thousands_of_another_company(start_worker, noordkaai, zuidpark):
    start_worker(QUICK, queues="orders,bulk")
    block_all(noordkaai, 3000)
    eventually(lambda: count_in(noordkaai, OrderState.IN_PROGRESS) > 20, what="the lanes are running")

    line = factories.at_the_operator(factories.LineFactory(customer=zuidpark))
    order = place(line=line, kind=OrderKind.BLOCK, payload=LOST, by=PORTAL)
    # Long before the others, and without any sweep.
    eventually(lambda: count_in(zuidpark, OrderState.COMPLETED) == 1, seconds=10, what="the single order is done")

    assert count_in(noordkaai, OrderState.READY) > 1500, "most of the many still wait"
    order.refresh_from_db()
    assert (order.sent_at - order.created_at).total_seconds() < 5


def test_lanes_finish_everything_and_come_back_when_the_queue_was_lost(start_worker, noordkaai, broker, settings):
    settings.ORDER_LEASE_SECONDS = 2
    block_all(noordkaai, 60)
    broker.flushdb()
    start_worker(QUICK, queues="orders,bulk")

    def done():
        sweep()
        return count_in(noordkaai, OrderState.COMPLETED) == 60

    eventually(done, what="all done after the queue was lost")
    assert BulkLane.objects.count() == settings.ORDER_BULK_LANES
    assert broker.llen("orders") == 0, "no message for any of them"
