"""Callbacks of the operator as hints: what they can bring forward, and everything they must leave alone."""

import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from fleetportal.operators.contract import Uncertain
from fleetportal.operators.models import ReceivedEvent
from fleetportal.operators.simulator.adapter import SimulatedOperator
from fleetportal.operators.simulator.callbacks import signed_event
from fleetportal.operators.simulator.models import SimulatedOrder
from sims.enums import OrderState
from sims.models import Order
from sims.orders.engine import run_due
from tests.sims.orders.driving import drive, rows, step, steps

pytestmark = pytest.mark.django_db(transaction=True)

S = OrderState
SECRET = "a-secret-of-the-tests-that-is-long-enough"
LATER = timedelta(minutes=9)


@pytest.fixture(autouse=True)
def woken(settings, monkeypatch):
    """The orders whose worker was woken by an event."""
    settings.OPERATOR_CALLBACK_SECRET = SECRET
    found = []
    monkeypatch.setattr("sims.orders.hints.wake_worker", lambda order: found.append(order.pk))
    return found


def tell(order_id, **event) -> int:
    body, headers = signed_event(order_id, secret=SECRET, **event)
    url = reverse("operator_events")
    return Client().post(url, body, content_type="application/json", headers=headers).status_code


def put_off(order: Order, **columns) -> Order:
    """Its next look is minutes away."""
    rows(order).update(due_at=timezone.now() + LATER, **columns)
    return rows(order).get()


@pytest.fixture
def under_way(activation, settings):
    """An order the operator works on, with the next look minutes away."""
    settings.SIMULATOR_WORK_SECONDS = 60
    assert step(activation) == S.IN_PROGRESS
    settings.SIMULATOR_WORK_SECONDS = 0
    SimulatedOrder.objects.update(done_at=timezone.now())
    return put_off(activation)


def test_an_event_brings_the_next_look_forward_and_wakes_a_worker(under_way, woken):
    run_due(under_way.pk)
    assert rows(under_way).get().state == S.IN_PROGRESS
    assert tell(under_way.pk) == 204
    assert woken == [under_way.pk]
    run_due(under_way.pk)
    assert rows(under_way).get().state == S.COMPLETED


def test_what_an_event_says_is_not_believed(under_way):
    """The operator is asked, and has not finished."""
    SimulatedOrder.objects.update(done_at=timezone.now() + LATER)
    assert tell(under_way.pk) == 204
    run_due(under_way.pk)
    assert rows(under_way).get().state == S.IN_PROGRESS


def test_double_late_and_unordered_events_change_nothing(under_way, woken):
    moments = [timezone.now() - timedelta(hours=n) for n in range(3)]
    for n in (2, 0, 1, 0, 2):
        assert tell(under_way.pk, event_id=f"E-{n}", occurred_at=moments[n]) == 204
    assert woken == [under_way.pk]
    assert drive(under_way) == S.COMPLETED
    before = (rows(under_way).values().get(), steps(under_way))
    for n in (1, 3, 0):
        assert tell(under_way.pk, event_id=f"E-{n}", occurred_at=moments[0]) == 204
    assert (rows(under_way).values().get(), steps(under_way)) == before
    assert woken == [under_way.pk]
    assert SimulatedOrder.objects.count() == 1


LEFT_ALONE = [
    *[(state, {}) for state in S if state not in (S.IN_PROGRESS, S.UNKNOWN)],
    (S.IN_PROGRESS, {"lease_until": timezone.now() + timedelta(days=1)}),
    (S.UNKNOWN, {"lease_until": timezone.now() + timedelta(days=1)}),
    (S.IN_PROGRESS, {"attempts": 7}),
    (S.UNKNOWN, {"attempts": 7}),
]


@pytest.mark.parametrize(("state", "columns"), LEFT_ALONE)
def test_what_is_planned_final_leased_or_with_a_person_keeps_its_moment(activation, woken, state, columns):
    put_off(activation, state=state, **columns)
    before = rows(activation).values().get()
    assert tell(activation.pk) == 204
    assert rows(activation).values().get() == before
    assert not woken


def test_an_order_without_an_answer_is_not_asked_about_before_the_call_is_over(activation, monkeypatch, settings):
    def silent(self, request):
        raise Uncertain

    settings.OPERATOR_MAX_ANSWER_SECONDS = 30
    monkeypatch.setattr(SimulatedOperator, "submit", silent)
    assert step(activation) == S.UNKNOWN
    put_off(activation)
    assert tell(activation.pk) == 204
    order = rows(activation).get()
    assert order.due_at == order.sent_at + timedelta(seconds=30)


def test_an_event_about_nothing_we_have_is_to_be_sent_again(under_way, woken):
    stranger = uuid.uuid4()
    assert tell(stranger, event_id="E-1") == 404
    assert not ReceivedEvent.objects.exists()
    assert tell(under_way.pk, event_id="E-1") == 204
    assert woken == [under_way.pk]


@pytest.mark.parametrize("_round", range(3))
def test_the_same_event_many_times_at_once_is_taken_once(under_way, woken, at_once, _round):
    version = under_way.version
    answers = at_once([lambda: tell(under_way.pk, event_id="E-1")] * 4)
    assert answers == [204] * 4
    assert ReceivedEvent.objects.count() == 1
    assert rows(under_way).get().version == version + 1
    assert woken == [under_way.pk]


@pytest.mark.parametrize("_round", range(3))
def test_events_and_workers_at_once_complete_the_order_once(under_way, at_once, _round):
    rows(under_way).update(due_at=timezone.now())
    at_once([lambda: tell(under_way.pk), lambda: run_due(under_way.pk)] * 2)
    under_way.refresh_from_db()
    if under_way.is_open:
        drive(under_way)
    assert steps(under_way).count(S.COMPLETED) == 1
    assert SimulatedOrder.objects.count() == 1
