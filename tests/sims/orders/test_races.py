"""Two at once: exactly one is first, and the other one is told or gives way."""

import uuid

import pytest
from django.db import IntegrityError, transaction

from fleetportal.audit.models import AuditEvent
from fleetportal.operators.contract import ServiceStatus
from fleetportal.operators.simulator.inventory import stock_sims
from fleetportal.operators.simulator.models import SimulatedLine, SimulatedOrder
from fleetportal.web.errors import Refusal
from sims.enums import AuditKind, LineState, OrderKind, OrderState, SimState, SuspensionReason, SwapReason
from sims.models import Line, Order, Sim
from sims.orders.engine import run_due
from sims.orders.kinds.barrings import BarringsWish
from sims.orders.kinds.base import customer_reference
from sims.orders.kinds.block import BlockWish
from sims.orders.kinds.end import EndWish
from sims.orders.kinds.swap import SwapWish
from sims.orders.placing import Conflict, ask, cancel
from sims.services.swapping import swap_card
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


@pytest.fixture
def free_card(noordkaai):
    card = factories.SimFactory(customer=noordkaai)
    stock_sims(customer_reference(noordkaai), [card.iccid])
    return card


def swap(line, card, by):
    return swap_card(line=line, wish=SwapWish(iccid=card.iccid, reason=SwapReason.LOST), by=by)


def test_two_people_who_replace_the_card_of_one_line_place_one_order(line, free_card, by_alice, noordkaai, at_once):
    other = factories.SimFactory(customer=noordkaai)
    results = at_once([attempt(lambda card=card: swap(line, card, by_alice), Refusal) for card in (free_card, other)])

    assert {type(result) for result in results} == {Order, Conflict}
    assert Order.objects.for_customer(noordkaai).filter(kind=OrderKind.SWAP).count() == 1
    assert Sim.objects.for_customer(noordkaai).filter(state=SimState.RESERVED).count() == 1


def test_two_lines_never_get_the_same_card(line, free_card, by_alice, noordkaai, at_once):
    other = factories.at_the_operator(factories.LineFactory(customer=noordkaai))
    results = at_once([attempt(lambda one=one: swap(one, free_card, by_alice), Refusal) for one in (line, other)])

    (order,) = [result for result in results if isinstance(result, Order)]
    assert drive(order) == OrderState.COMPLETED
    assert Line.objects.for_customer(noordkaai).filter(sim=free_card).count() == 1


def test_the_database_itself_refuses_two_open_swaps_one_card_twice_and_anything_for_an_ended_line(
    line, free_card, by_alice, noordkaai
):
    """Whoever writes the rows, and whatever was looked at before."""
    order = swap(line, free_card, by_alice)
    other = factories.LineFactory(customer=noordkaai)
    ended = factories.LineFactory(customer=noordkaai, state=LineState.TERMINATED)
    for changed, wall in (
        ({"new_sim": factories.SimFactory(customer=noordkaai)}, "one_open_order_per_line_and_group"),
        ({"line": other}, "one_open_order_per_new_card"),
        ({"line": ended, "new_sim": None}, "order_needs_a_living_line"),
    ):
        copy = Order.objects.for_customer(noordkaai).get(pk=order.pk)
        copy.pk = uuid.uuid4()
        for name, value in changed.items():
            setattr(copy, name, value)
        with pytest.raises(IntegrityError, match=wall), transaction.atomic():
            copy.save(force_insert=True)


def test_the_database_itself_keeps_one_card_on_one_line_and_an_ended_line_ended(line, noordkaai):
    other = factories.LineFactory(customer=noordkaai)
    lines = Line.objects.for_customer(noordkaai)
    with pytest.raises(IntegrityError, match="sim_id"), transaction.atomic():
        lines.filter(pk=other.pk).update(sim=line.sim)
    lines.filter(pk=other.pk).update(state=LineState.TERMINATED)
    for change in ({"state": LineState.ACTIVE}, {"sim": None}, {"number": None}):
        with pytest.raises(IntegrityError, match="ended_line_stays_ended"), transaction.atomic():
            lines.filter(pk=other.pk).update(**change)


@pytest.mark.parametrize("_round", range(3))
def test_a_swap_and_the_end_of_the_line_sent_at_once_never_overlap(line, free_card, by_alice, at_once, _round):
    """The end waits for the swap, or the swap finds the line ended and nothing of it reaches the operator."""
    swapping = swap(line, free_card, by_alice)
    ending = ask(line=line, kind=OrderKind.END, wish=EndWish(), by=by_alice)
    make_due(ending)

    at_once([lambda: run_due(swapping.pk), lambda: run_due(ending.pk)])
    for _turn in range(6):
        for order in (ending, swapping):
            if rows(order).get().is_open:
                make_due(order)
                run_due(order.pk)

    assert rows(ending).get().state == OrderState.COMPLETED
    line.refresh_from_db()
    there = SimulatedLine.objects.get(number=line.number)
    assert (there.status, there.iccid) == (ServiceStatus.TERMINATED, line.sim.iccid)
    if rows(swapping).get().state == OrderState.CANCELLED:
        assert not SimulatedOrder.objects.filter(external_id=swapping.pk).exists()
        assert Sim.objects.for_customer(line.customer_id).get(pk=free_card.pk).state == SimState.IN_STOCK


def test_a_change_of_settings_waits_for_the_swap_that_may_lose_them(line, free_card, by_alice):
    swapping = swap(line, free_card, by_alice)
    make_due(swapping)
    run_due(swapping.pk)
    barring = ask(line=line, kind=OrderKind.BARRINGS, wish=BarringsWish(bar=("ROAM_ALL",)), by=by_alice)
    block = ask(line=line, kind=OrderKind.BLOCK, wish=BlockWish(reason=SuspensionReason.STOLEN), by=by_alice)

    for order in (barring, block):
        make_due(order)
        run_due(order.pk)

    assert rows(barring).get().state == OrderState.READY
    assert rows(block).get().state == OrderState.IN_PROGRESS
    assert drive(swapping) == OrderState.COMPLETED
    assert drive(barring) == OrderState.COMPLETED
