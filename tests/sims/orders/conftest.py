"""A line of Noordkaai that waits for its activation, and an operator without delay."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone, translation

from accounts.models import Membership
from fleetportal.audit.actors import Actor
from fleetportal.operators.simulator.inventory import stock_sims
from sims.enums import LineState, OrderKind, SimState
from sims.models import Order, PortInRequest
from sims.orders import kinds
from sims.orders.kinds.base import customer_reference
from sims.orders.placing import place
from tests import factories


@pytest.fixture(autouse=True)
def quick_operator(settings):
    settings.SIMULATOR_WORK_SECONDS = 0
    settings.OPERATOR_MAX_ANSWER_SECONDS = 0
    settings.ORDER_BACKOFF_SECONDS = 0


@pytest.fixture
def english():
    """The texts as they stand in the code."""
    with translation.override("en"):
        yield


@pytest.fixture
def new_line(noordkaai):
    line = factories.LineFactory(customer=noordkaai, number=None, state=LineState.NEW, sim__state=SimState.RESERVED)
    line.options.add(factories.PlanOptionFactory(customer=noordkaai))
    return line


@pytest.fixture
def line(noordkaai):
    """A line that works, here and at the operator."""
    return factories.at_the_operator(factories.LineFactory(customer=noordkaai))


@pytest.fixture
def card(noordkaai):
    """A card in the company's drawer, delivered by the operator."""
    card = factories.SimFactory(customer=noordkaai)
    stock_sims(customer_reference(noordkaai), [card.iccid])
    return card


@pytest.fixture
def settled(owner, alice, rita):
    """Everybody has been here for a while."""
    Membership.objects.across_customers(reason="everybody in this test").update(
        joined_at=timezone.now() - timedelta(days=30)
    )


@pytest.fixture
def by_alice(alice):
    return Actor.user(alice)


@pytest.fixture
def place_activation(new_line, by_alice):
    """Place the activation of a line; without a date it is due at once."""

    def _place(line=new_line, **arguments) -> Order:
        kind, payload = kinds.activation_of(line)
        return place(line=line, kind=kind, payload=payload, by=by_alice, **arguments)

    return _place


@pytest.fixture
def activation(place_activation) -> Order:
    return place_activation()


@pytest.fixture
def port_request():
    """What the donor checks, stored with a line."""

    def _store(line, **fields):
        values = {
            "number": "+32470123456",
            "donor": "Proximus",
            "donor_customer_number": "600123456",
            "holder_name": "Noordkaai Logistics NV",
            "mandate_by_name": "Alice Aerts",
            "mandate_at": timezone.now() - timedelta(minutes=1),
            "mandate_text_version": "1",
        }
        return PortInRequest.objects.create(customer=line.customer, line=line, **(values | fields))

    return _store


@pytest.fixture
def placed_port(new_line, place_activation, port_request, settings):
    """A number transfer that is due now."""
    settings.PORT_IN_LEAD_WORKING_DAYS = 0

    def _place(**fields) -> Order:
        port_request(new_line, **fields)
        order = place_activation()
        assert order.kind == OrderKind.PORT_IN
        Order.objects.for_customer(order.customer_id).filter(pk=order.pk).update(
            not_before=timezone.now(), due_at=timezone.now()
        )
        order.refresh_from_db()
        return order

    return _place


@pytest.fixture
def at_once():
    """Run functions in threads that start together; their results in the same order."""

    def _run(functions):
        gate = threading.Barrier(len(functions))

        def one(function):
            try:
                gate.wait(timeout=10)
                return function()
            finally:
                connection.close()

        with ThreadPoolExecutor(len(functions)) as pool:
            return [future.result(timeout=30) for future in [pool.submit(one, f) for f in functions]]

    return _run


@pytest.fixture
def in_thread(at_once):
    """Run one function on a database connection of its own."""
    return lambda function: at_once([function])[0]
