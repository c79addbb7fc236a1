"""The orders engine under bad luck: answers nobody can store, connections that break, two who want the same."""

import threading
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from fleetportal.operators.contract import Rejected, Uncertain
from fleetportal.operators.simulator.adapter import SimulatedOperator
from fleetportal.operators.simulator.models import SimulatedOrder
from fleetportal.web.errors import Refusal
from sims.enums import LineState, OrderState, SimState
from sims.models import Line, Order
from sims.orders import engine
from sims.orders.attention import stuck_orders
from sims.orders.engine import run_due
from sims.orders.placing import cancel, place, reschedule, retry
from sims.orders.sweeping import sweep
from tests import factories
from tests.sims.orders.conftest import (
    activation,
    at_once,
    by_alice,
    new_line,
    place_activation,
    quick_operator,
)
from tests.sims.orders.driving import drive, end_lease, make_due, rows, step, steps

__all__ = ["activation", "at_once", "by_alice", "new_line", "place_activation", "quick_operator"]

pytestmark = pytest.mark.django_db(transaction=True)
S = OrderState


def drive_with_leases(order: Order, most: int = 8) -> str:
    """Wake-ups and ended leases until a person is needed, as after workers that died each time."""
    for _turn in range(most):
        end_lease(order)
        run_due(order.pk)
        order.refresh_from_db()
        if order.state == S.NEEDS_ATTENTION or not order.is_open:
            break
    return order.state


UNSTORABLE = {
    "reference too long": {"reference": "R" * 200},
    "NUL in a message": {"error_message": "broken \x00 text"},
    "not a moment": {"promised_for": "tomorrow"},
}


@pytest.mark.parametrize("what", UNSTORABLE)
def test_an_answer_that_cannot_be_stored_needs_a_person_and_is_not_asked_for_without_end(
    what, activation, monkeypatch, settings
):
    settings.SIMULATOR_WORK_SECONDS = 60
    real = {name: getattr(SimulatedOperator, name) for name in ("submit", "find_order", "get_order")}
    calls = []

    def poisoned(name):
        def call(self, *args):
            calls.append(name)
            answer = real[name](self, *args)
            return replace(answer, **UNSTORABLE[what]) if answer else answer

        return call

    for name in real:
        monkeypatch.setattr(SimulatedOperator, name, poisoned(name))
    run_due(activation.pk)
    assert drive_with_leases(activation) == S.NEEDS_ATTENTION
    assert len(calls) <= 2
    assert activation in stuck_orders()
    monkeypatch.undo()
    settings.SIMULATOR_WORK_SECONDS = 0


@pytest.mark.parametrize("error", [Rejected("x" * 500, "no \x00 no"), Rejected("sim_in_use", "y" * 100_000)])
def test_a_refusal_of_any_shape_ends_or_needs_a_person(error, activation, monkeypatch):
    def refuse(self, request):
        raise error

    monkeypatch.setattr(SimulatedOperator, "submit", refuse)
    run_due(activation.pk)
    assert drive_with_leases(activation) in (S.REJECTED, S.NEEDS_ATTENTION)


def test_a_payload_nobody_understands_needs_a_person(activation):
    rows(activation).update(payload={"nonsense": 1})
    assert drive(activation) == S.NEEDS_ATTENTION
    assert SimulatedOrder.objects.count() == 0


def test_a_defect_in_the_effect_needs_a_person_once_and_is_put_right_by_asking(activation, new_line, monkeypatch):
    monkeypatch.setattr("sims.orders.kinds.activate.refresh_search_text", lambda line: 1 / 0)
    assert drive(activation) == S.NEEDS_ATTENTION
    new_line.refresh_from_db()
    assert (new_line.state, new_line.number) == (LineState.NEW, None)
    monkeypatch.undo()
    retry(order=activation, by=engine.ENGINE)
    activation.refresh_from_db()
    assert drive(activation) == S.COMPLETED
    assert SimulatedOrder.objects.count() == 1


def test_a_database_that_goes_away_while_recording_loses_nothing(activation, new_line, monkeypatch):
    """The connection is cut from the server's side between the operator's work and the record of it."""
    real = SimulatedOperator.submit

    def cut(self, request):
        answer = real(self, request)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            mine = cursor.fetchone()[0]

        def terminate() -> None:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(%s)", [mine])
            connection.close()

        other = threading.Thread(target=terminate)
        other.start()
        other.join()
        return answer

    monkeypatch.setattr(SimulatedOperator, "submit", cut)
    with pytest.raises(OperationalError):
        run_due(activation.pk)
    connection.close()
    monkeypatch.undo()
    activation.refresh_from_db()
    assert activation.state == S.SUBMITTING
    end_lease(activation)
    run_due(activation.pk)
    assert drive(activation) == S.COMPLETED
    assert SimulatedOrder.objects.count() == 1
    assert steps(activation).count(S.SUBMITTING) == 1


def test_a_worker_that_is_slower_than_its_lease_changes_nothing_and_nothing_is_sent_twice(activation, monkeypatch):
    """The first worker's answer arrives while a second one has already asked and finished."""
    real = SimulatedOperator.submit

    def slow(self, request):
        answer = real(self, request)
        end_lease(activation)
        monkeypatch.undo()
        again = Order.objects.for_customer(activation.customer_id).get(pk=activation.pk)
        assert drive(again) == S.COMPLETED
        return answer

    monkeypatch.setattr(SimulatedOperator, "submit", slow)
    run_due(activation.pk)
    activation.refresh_from_db()
    assert activation.state == S.COMPLETED
    assert steps(activation).count(S.COMPLETED) == 1
    assert SimulatedOrder.objects.count() == 1


def test_the_card_taken_meanwhile_needs_a_person(activation, new_line):
    run_due(activation.pk)
    new_line.sim.__class__.objects.for_customer(new_line.customer).filter(pk=new_line.sim_id).update(
        state=SimState.IN_USE
    )
    assert drive(activation) == S.NEEDS_ATTENTION
    new_line.refresh_from_db()
    assert new_line.state == LineState.NEW


def test_an_order_whose_outcome_is_unknown_cannot_be_cancelled(activation, by_alice, monkeypatch):
    def silent(self, request):
        raise Uncertain("no answer")

    monkeypatch.setattr(SimulatedOperator, "submit", silent)
    assert step(activation) == S.UNKNOWN
    with pytest.raises(Refusal):
        cancel(order=activation, by=by_alice)
    with pytest.raises(Refusal):
        reschedule(order=activation, not_before=timezone.localdate() + timedelta(days=2), by=by_alice)


@pytest.mark.parametrize("day", [timedelta(days=-1), timedelta(days=-4000)])
def test_nothing_moves_to_the_past(place_activation, by_alice, day):
    order = place_activation(not_before=timezone.localdate() + timedelta(days=3))
    for wish in (timezone.localdate() + day, timezone.now() + day):
        with pytest.raises(Refusal):
            reschedule(order=order, not_before=wish, by=by_alice)
    before = timezone.now()
    reschedule(order=order, not_before=datetime.now(tz=timezone.get_current_timezone()).replace(hour=0), by=by_alice)
    assert order.not_before >= before


@pytest.mark.parametrize("_round", range(3))
def test_moving_and_cancelling_and_sending_at_once_end_in_one_of_them(activation, by_alice, at_once, _round):
    seen = rows(activation).get()

    def tried(function):
        def run():
            try:
                return function()
            except Refusal as refusal:
                return refusal

        return run

    later = timezone.localdate() + timedelta(days=9)
    at_once(
        [
            tried(lambda: cancel(order=rows(seen).get(), by=by_alice)),
            tried(lambda: reschedule(order=rows(seen).get(), not_before=later, by=by_alice)),
            lambda: run_due(seen.pk),
        ]
    )
    activation.refresh_from_db()
    sent = SimulatedOrder.objects.count()
    assert (S.SUBMITTING in steps(activation)) == bool(sent)
    assert not (sent and S.CANCELLED in steps(activation))
    if activation.state == S.SCHEDULED:
        assert sent == 0
        assert activation.due_at == activation.not_before > timezone.now()


def test_two_clocks_that_tick_at_once_wake_each_order_once(place_activation, new_line, at_once):
    lines = [
        factories.LineFactory(
            customer=new_line.customer, number=None, state=LineState.NEW, sim__state=SimState.RESERVED
        )
        for _n in range(8)
    ]
    for line in lines:
        place_activation(line)
    assert sum(at_once([sweep, sweep, sweep])) == 8


def test_one_large_company_does_not_keep_another_waiting(new_line, place_activation, zuidpark, by_alice):
    """One fleet with more due orders than a sweep takes; the other company's single order is among the first."""
    order = place_activation()
    template = rows(order).get()
    lines = [Line(customer=new_line.customer, number=None, state=LineState.NEW, plan=new_line.plan) for _n in range(60)]
    Line.objects.bulk_create(lines)
    long_ago = timezone.now() - timedelta(hours=2)
    Order.objects.bulk_create(
        Order(
            customer=new_line.customer, line=line, kind=template.kind, conflict_group="lifecycle", state=S.READY,
            payload={}, not_before=long_ago, due_at=long_ago, requested_by_name="Alice",
        )
        for line in lines
    )  # fmt: skip
    theirs = factories.LineFactory(customer=zuidpark, number=None, state=LineState.NEW, sim__state=SimState.RESERVED)
    kind, payload = engine.kind_of(template.kind).code, engine.kind_of(template.kind).payload(theirs.sim.iccid, "P")
    small = place(line=theirs, kind=kind, payload=payload, by=by_alice)
    rows(small).update(due_at=timezone.now(), wake_after=None)

    assert sweep(limit=2) == 2

    assert rows(small).get().wake_after is not None


def test_nothing_is_due_before_its_moment_by_the_databases_clock(place_activation):
    """Python's clock may be ahead: an order is never sent early because of it."""
    order = place_activation()
    rows(order).update(due_at=timezone.now() + timedelta(seconds=30))
    run_due(order.pk)
    order.refresh_from_db()
    assert order.state == S.READY
    make_due(order)
    run_due(order.pk)
    order.refresh_from_db()
    assert order.state != S.READY
