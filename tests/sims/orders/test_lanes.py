"""Bulk orders go through few lanes, a small hand at a time, dealt over the companies; single orders overtake them."""

import uuid
from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from fleetportal.audit.actors import Actor
from sims.enums import OrderKind, OrderState
from sims.models import BulkLane, Line, Order
from sims.orders import lanes
from sims.orders.bulk_placing import place_many
from sims.orders.kinds.block import BlockPayload
from sims.orders.lanes import run_lane, start_lanes
from sims.orders.sweeping import sweep
from tests import factories

LOST = BlockPayload(reason="lost")


@pytest.fixture
def sent(monkeypatch):
    """Messages as (task, arguments, seconds until they come)."""
    messages = []

    def note(task, *args, queue, after=0):
        messages.append((task, args, after))

    monkeypatch.setattr("sims.orders.lanes.wake", note)
    monkeypatch.setattr("sims.orders.waking.wake", note)
    return messages


def blocked_in_bulk(customer, count: int) -> list[Order]:
    lines = [factories.at_the_operator(factories.LineFactory(customer=customer)) for _n in range(count)]
    outcomes = place_many(
        customer=customer,
        kind=OrderKind.BLOCK,
        payloads=[(line, LOST) for line in lines],
        batch=uuid.uuid4(),
        by=Actor.ops("test"),
    )
    return [order for _line, order in outcomes]


def by_state(customer) -> dict[str, int]:
    states = list(Order.objects.for_customer(customer).values_list("state", flat=True))
    return {state: states.count(state) for state in set(states)}


def all_due(customer) -> None:
    Order.objects.for_customer(customer).filter(due_at__isnull=False).update(due_at=Now(), wake_after=None)


def test_placing_many_wakes_each_lane_once_and_nobody_for_a_single_order(noordkaai, sent):
    blocked_in_bulk(noordkaai, 3)
    blocked_in_bulk(noordkaai, 3)

    assert sent == [(lanes.TASK, (1, 1), 0), (lanes.TASK, (2, 1), 0)]


def test_a_message_takes_one_hand_and_sends_the_next(noordkaai, sent, monkeypatch):
    monkeypatch.setattr(lanes, "HAND", 2)
    blocked_in_bulk(noordkaai, 3)
    sent.clear()

    assert run_lane(1, 1) == 2
    assert by_state(noordkaai) == {OrderState.IN_PROGRESS: 2, OrderState.READY: 1}
    assert sent == [(lanes.TASK, (1, 2), 0)], "no message for an order that is asked about later"


def test_a_lane_goes_on_until_everything_is_done_and_then_stands_still(noordkaai, sent):
    blocked_in_bulk(noordkaai, 30)
    number, turn, looks = 1, 1, 0
    sent.clear()
    while True:
        looks += run_lane(number, turn)
        all_due(noordkaai)
        if not sent:
            break
        _task, (number, turn), _after = sent.pop()

    assert by_state(noordkaai) == {OrderState.COMPLETED: 30}
    assert looks == 60
    assert BulkLane.objects.get(number=1).busy_until <= timezone.now()


def test_a_message_that_comes_twice_or_late_does_nothing(noordkaai, sent):
    blocked_in_bulk(noordkaai, 2)
    run_lane(1, 1)
    all_due(noordkaai)

    assert run_lane(1, 1) == 0
    assert run_lane(1, 0) == 0
    assert by_state(noordkaai) == {OrderState.IN_PROGRESS: 2}


def test_a_lane_waits_a_little_for_what_is_due_soon_and_not_for_what_is_due_later(noordkaai, sent):
    orders = Order.objects.for_customer(noordkaai)
    blocked_in_bulk(noordkaai, 1)
    orders.update(due_at=Now() + timedelta(seconds=8))
    sent.clear()
    run_lane(1, 1)
    ((_task, arguments, after),) = sent
    assert arguments == (1, 2)
    assert 6 < after < 9

    orders.update(due_at=Now() + timedelta(minutes=5))
    sent.clear()
    assert run_lane(*arguments) == 0
    assert sent == []


def test_the_sweep_starts_a_lane_that_was_lost_and_not_one_that_runs(noordkaai, sent, settings):
    settings.ORDER_BULK_LANES = 1
    blocked_in_bulk(noordkaai, 2)
    sent.clear()
    assert sweep() == 0
    assert sent == [], "its message is under way"

    BulkLane.objects.update(busy_until=Now() - timedelta(seconds=1))
    sweep()

    assert sent == [(lanes.TASK, (1, 2), 0)]
    assert run_lane(1, 1) == 0, "the message that was lost comes after all"
    assert run_lane(1, 2) == 2


def test_the_sweep_starts_no_lane_when_nothing_is_due(noordkaai, sent):
    (order,) = blocked_in_bulk(noordkaai, 1)
    Order.objects.for_customer(noordkaai).filter(pk=order.pk).update(due_at=Now() + timedelta(hours=1))
    BulkLane.objects.update(busy_until=Now())
    sent.clear()

    sweep()

    assert sent == []


def test_a_hand_is_dealt_over_the_companies(noordkaai, zuidpark, sent, monkeypatch):
    monkeypatch.setattr(lanes, "HAND", 4)
    blocked_in_bulk(noordkaai, 6)
    blocked_in_bulk(zuidpark, 2)

    run_lane(1, 1)

    assert by_state(zuidpark) == {OrderState.IN_PROGRESS: 2}
    assert by_state(noordkaai) == {OrderState.IN_PROGRESS: 2, OrderState.READY: 4}


def test_what_a_slow_operator_leaves_of_a_hand_goes_back(noordkaai, sent, monkeypatch):
    blocked_in_bulk(noordkaai, 3)
    monkeypatch.setattr(lanes, "LONGEST_HAND_SECONDS", -1)

    assert run_lane(1, 1) == 0
    monkeypatch.setattr(lanes, "LONGEST_HAND_SECONDS", 60)
    assert run_lane(*sent[-1][1]) == 3


def test_ten_thousand_bulk_orders_do_not_use_up_the_sweep(noordkaai, alice, sent):
    blocked_in_bulk(noordkaai, 5)
    Order.objects.for_customer(noordkaai).update(due_at=Now() - timedelta(hours=1))
    line = factories.LineFactory(customer=noordkaai)
    single = Order.objects.create(
        customer=noordkaai,
        line=line,
        kind=OrderKind.BLOCK,
        conflict_group="suspension",
        state=OrderState.READY,
        payload=LOST.as_json(),
        not_before=timezone.now(),
        due_at=timezone.now(),
    )
    sent.clear()

    assert sweep(limit=1) == 1
    assert sent[0][:2] == ("sims.run_order", (str(single.pk),))


def test_lanes_are_made_anew_when_there_are_none(db, sent):
    start_lanes()
    BulkLane.objects.all().delete()
    start_lanes()

    assert len(sent) == 4
    assert Line.objects.across_customers(reason="the whole test").count() == 0
