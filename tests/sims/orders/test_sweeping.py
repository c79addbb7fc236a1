"""The sweep finds what is due, deals it out fairly and does not send twice for the same."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models.functions import Now

from fleetportal.audit.actors import Actor
from sims.enums import LineState, OrderState, SimState
from sims.models import Order
from sims.orders import kinds, sweeping
from sims.orders.placing import place
from tests import factories
from tests.sims.orders.driving import rows


@pytest.fixture
def woken(monkeypatch):
    """Ids in the order in which workers are woken."""
    ids = []
    monkeypatch.setattr("sims.orders.sweeping.wake_worker", lambda order: ids.append(order.pk))
    return ids


def due_orders(customer, count: int) -> list[Order]:
    """Orders that have waited, the first one longest."""
    made = []
    for n in range(count):
        line = factories.LineFactory(customer=customer, number=None, state=LineState.NEW, sim__state=SimState.RESERVED)
        kind, payload = kinds.activation_of(line)
        order = place(line=line, kind=kind, payload=payload, by=Actor.ops("test"))
        rows(order).update(due_at=Now() - timedelta(hours=count - n))
        made.append(order)
    return made


def test_everything_due_is_woken_once(noordkaai, woken):
    orders = due_orders(noordkaai, 3)

    assert sweeping.sweep() == 3
    assert woken == [order.pk for order in orders]
    assert sweeping.sweep() == 0


def test_what_nobody_took_is_woken_again_after_a_while(noordkaai, woken):
    (order,) = due_orders(noordkaai, 1)
    sweeping.sweep()
    rows(order).update(wake_after=Now() - timedelta(seconds=1))

    sweeping.sweep()

    assert woken == [order.pk, order.pk]


def test_a_company_with_much_to_do_does_not_keep_the_others_waiting(noordkaai, zuidpark, woken):
    many = due_orders(noordkaai, 5)
    few = due_orders(zuidpark, 2)

    assert sweeping.sweep(limit=4) == 4

    assert woken == [many[0].pk, few[0].pk, many[1].pk, few[1].pk]


@pytest.mark.parametrize(
    "columns",
    [
        {"due_at": Now() + timedelta(minutes=1)},
        {"lease_until": Now() + timedelta(minutes=1)},
        {"due_at": None, "state": OrderState.NEEDS_ATTENTION},
        {"due_at": None, "state": OrderState.COMPLETED},
    ],
    ids=["not due", "being called", "waits for a person", "ended"],
)
def test_what_is_not_due_is_left_alone(noordkaai, woken, columns):
    (order,) = due_orders(noordkaai, 1)
    rows(order).update(**columns)

    assert sweeping.sweep() == 0


@pytest.mark.parametrize("state", [OrderState.SUBMITTING, OrderState.UNKNOWN, OrderState.IN_PROGRESS])
def test_a_lost_worker_is_noticed_when_its_lease_is_over(noordkaai, woken, state):
    (order,) = due_orders(noordkaai, 1)
    rows(order).update(state=state, lease_until=Now() - timedelta(seconds=1))

    assert sweeping.sweep() == 1


def test_the_number_of_queries_does_not_grow_with_the_orders(noordkaai, woken, django_assert_num_queries):
    due_orders(noordkaai, 1)
    with django_assert_num_queries(8):  # two savepoints, deal, lock, write, and a look for bulk orders
        sweeping.sweep()
    due_orders(noordkaai, 4)
    with django_assert_num_queries(8):
        sweeping.sweep()


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_share_the_work(noordkaai, woken, in_thread):
    orders = due_orders(noordkaai, 3)
    with transaction.atomic():
        held = rows(orders[0]).select_for_update().get()

        assert in_thread(sweeping.sweep) == 2

    assert held.pk not in woken
    assert sweeping.sweep() == 1
