"""What people may ask, change and take back."""

from datetime import UTC, date, datetime, timedelta

import pytest
import redis
import time_machine
from django.db import transaction

from fleetportal.audit.actors import Actor
from fleetportal.web.errors import Refusal
from sims.enums import AuditKind, LineState, OpenRequest, OrderState, SimState
from sims.models import Line, Order
from sims.orders import kinds
from sims.orders.placing import Conflict, cancel, give_up, place, reschedule, retry
from sims.orders.transitions import move
from tests import factories
from tests.audit.expect import expect_audit
from tests.sims.orders.driving import rows, steps

STAFF = Actor.ops("test")
MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)


def fresh(line: Line) -> Line:
    return Line.objects.for_customer(line.customer_id).get(pk=line.pk)


def put_in(order: Order, *path: OrderState) -> Order:
    for state in path:
        assert move(order, state, by=STAFF)
    return order


def test_an_order_is_stored_with_what_was_asked_and_who_asked(activation, new_line, alice):
    assert activation.state == OrderState.READY
    assert activation.requested_by_id == alice.pk
    assert activation.payload == {
        "iccid": new_line.sim.iccid,
        "plan_code": new_line.plan.code,
        "option_codes": [new_line.options.get().code],
        "billing_account": new_line.billing_account.number,
    }
    assert steps(activation) == [OrderState.READY]
    assert new_line.open_request == OpenRequest.PENDING
    event = expect_audit(AuditKind.ORDER_PLACED, customer=new_line.customer, subject=activation, by=alice)
    assert event.after["line"] == str(new_line.public_id)


@time_machine.travel(MONDAY, tick=False)
def test_a_day_is_its_midnight_in_belgium_and_waits_as_scheduled(place_activation, new_line):
    order = place_activation(not_before=date(2026, 12, 1))

    assert order.state == OrderState.SCHEDULED
    assert order.not_before == order.due_at == datetime(2026, 11, 30, 23, tzinfo=UTC)
    assert new_line.open_request == OpenRequest.SCHEDULED


@time_machine.travel(MONDAY, tick=False)
def test_today_is_now(place_activation):
    order = place_activation(not_before=date(2026, 11, 23))

    assert order.state == OrderState.READY
    assert order.not_before == MONDAY


@time_machine.travel(MONDAY, tick=False)
def test_a_transfer_is_for_the_window_of_the_next_working_day_and_sent_at_once(
    place_activation, port_request, new_line
):
    port_request(new_line)

    order = place_activation()

    assert order.state == OrderState.READY
    assert order.not_before == datetime(2026, 11, 24, 7, tzinfo=UTC)
    assert order.payload["number"] == "+32470123456"
    assert order.payload["donor_customer_number"] == "600123456"


@time_machine.travel(MONDAY, tick=False)
@pytest.mark.parametrize(
    ("is_port", "day", "words"),
    [
        (False, date(2026, 11, 22), "23/11/2026"),
        (True, date(2026, 11, 23), "24/11/2026"),
        (True, date(2026, 11, 28), "working days"),
        (True, date(2026, 12, 25), "working days"),
    ],
)
def test_a_day_that_cannot_be_is_refused_with_words(
    place_activation, port_request, new_line, is_port, day, words, english
):
    if is_port:
        port_request(new_line)

    with pytest.raises(Refusal, match=words) as refusal:
        place_activation(not_before=day)

    assert refusal.value.field == "date"
    assert not Order.objects.for_customer(new_line.customer_id).exists()


def test_a_second_request_is_refused_and_names_the_first(place_activation, activation, english):
    with pytest.raises(Conflict, match="Alice Aerts") as conflict:
        place_activation()

    assert conflict.value.order == activation


def test_the_database_refuses_a_second_open_order_by_itself(activation, place_activation, monkeypatch):
    """If the first look were missing, the unique index would still hold."""
    monkeypatch.setattr("sims.orders.placing._refuse_conflict", lambda line, rules: None)

    with pytest.raises(Conflict):
        place_activation()


def test_after_a_refusal_the_line_can_be_asked_for_again(activation, place_activation):
    put_in(activation, OrderState.SUBMITTING, OrderState.REJECTED)

    assert place_activation().state == OrderState.READY


@pytest.mark.parametrize("state", [LineState.ACTIVE, LineState.SUSPENDED, LineState.TERMINATED])
def test_only_a_new_line_is_activated(place_activation, new_line, state):
    new_line.state, new_line.number = state, "+32468999999"
    new_line.save()

    with pytest.raises(Refusal):
        place_activation()


@pytest.mark.parametrize("state", [SimState.IN_USE, SimState.LOST, SimState.REPLACED, SimState.RETIRED])
def test_a_card_that_is_not_free_is_not_activated(place_activation, new_line, state):
    new_line.sim.state = state
    new_line.sim.save()

    with pytest.raises(Refusal):
        place_activation()


def test_a_card_that_was_changed_meanwhile_is_not_activated(new_line, by_alice):
    kind, payload = kinds.activation_of(new_line)
    new_line.sim = factories.SimFactory(customer=new_line.customer, state=SimState.RESERVED)
    new_line.save()

    with pytest.raises(Refusal):
        place(line=new_line, kind=kind, payload=payload, by=by_alice)


@pytest.mark.parametrize("missing", ["sim", "plan"])
def test_a_line_without_card_or_plan_cannot_be_asked_for(new_line, missing):
    setattr(new_line, missing, None)

    with pytest.raises(Refusal):
        kinds.activation_of(new_line)


def test_a_number_of_any_living_line_cannot_be_transferred(place_activation, port_request, new_line, zuidpark):
    port_request(new_line, number="+32499999999")

    with pytest.raises(Refusal) as refusal:
        place_activation()

    assert "Zuidpark" not in str(refusal.value)


def test_cancelling_ends_the_order_and_keeps_the_card_for_the_line(activation, by_alice, alice, new_line):
    cancel(order=activation, by=by_alice, reason="not needed")

    assert activation.state == OrderState.CANCELLED
    line = fresh(new_line)
    assert line.open_request == OpenRequest.NONE
    assert line.state == LineState.NEW
    assert line.sim.state == SimState.RESERVED
    expect_audit(AuditKind.ORDER_CANCELLED, subject=activation, by=alice)


@pytest.mark.parametrize(
    "path",
    [
        (OrderState.SUBMITTING,),
        (OrderState.SUBMITTING, OrderState.UNKNOWN),
        (OrderState.SUBMITTING, OrderState.IN_PROGRESS),
        (OrderState.SUBMITTING, OrderState.COMPLETED),
        (OrderState.NEEDS_ATTENTION,),
        (OrderState.CANCELLED,),
    ],
)
def test_what_was_sent_or_has_ended_can_neither_be_cancelled_nor_moved(activation, by_alice, path):
    """Also when the page still shows the order as it was before."""
    seen = rows(activation).get()
    put_in(activation, *path)

    with pytest.raises(Refusal):
        cancel(order=seen, by=by_alice)
    with pytest.raises(Refusal):
        reschedule(order=seen, not_before=MONDAY + timedelta(days=3650), by=by_alice)

    assert rows(activation).get().state == path[-1]


@time_machine.travel(MONDAY, tick=False)
def test_another_date_moves_the_order_between_scheduled_and_ready(activation, by_alice, alice, new_line):
    reschedule(order=activation, not_before=date(2026, 12, 1), by=by_alice)
    assert activation.state == OrderState.SCHEDULED
    assert activation.due_at == datetime(2026, 11, 30, 23, tzinfo=UTC)
    assert fresh(new_line).open_request == OpenRequest.SCHEDULED

    reschedule(order=activation, not_before=date(2026, 12, 2), by=by_alice)
    assert activation.due_at == datetime(2026, 12, 1, 23, tzinfo=UTC)

    reschedule(order=activation, not_before=date(2026, 11, 23), by=by_alice)
    assert activation.state == OrderState.READY
    assert steps(activation) == [OrderState.READY, OrderState.SCHEDULED, OrderState.READY]
    event = expect_audit(AuditKind.ORDER_RESCHEDULED, subject=activation, by=alice, count=3)
    assert event.before["not_before"] == "2026-12-01T23:00:00+00:00"
    assert event.after["not_before"] == "2026-11-23T09:00:00+00:00"


@time_machine.travel(MONDAY, tick=False)
def test_a_date_in_the_past_is_refused_when_changing_too(activation, by_alice):
    with pytest.raises(Refusal):
        reschedule(order=activation, not_before=date(2026, 11, 20), by=by_alice)


def test_an_order_that_was_never_sent_is_ready_again_after_a_retry(activation):
    put_in(activation, OrderState.NEEDS_ATTENTION)

    retry(order=activation, by=STAFF)

    assert activation.state == OrderState.READY
    assert activation.due_at is not None
    expect_audit(AuditKind.ORDER_RETRIED, subject=activation)


def test_an_order_that_was_sent_is_asked_about_first_after_a_retry(activation):
    rows(activation).update(sent_at=activation.created_at, attempts=14, error_message="trouble")
    activation.refresh_from_db()
    put_in(activation, OrderState.NEEDS_ATTENTION)

    retry(order=activation, by=STAFF)

    assert activation.state == OrderState.UNKNOWN
    assert activation.attempts == 0
    assert activation.error_message == ""


def test_giving_up_fails_the_order_and_frees_the_line_for_a_new_one(activation, place_activation):
    put_in(activation, OrderState.NEEDS_ATTENTION)

    give_up(order=activation, by=STAFF, reason="the operator says no")

    assert activation.state == OrderState.FAILED
    expect_audit(AuditKind.ORDER_FAILED, subject=activation)
    assert place_activation().state == OrderState.READY


@pytest.mark.parametrize("act", [retry, lambda order, by: give_up(order=order, by=by, reason="x")])
def test_only_what_needs_attention_is_sent_again_or_given_up(activation, act):
    with pytest.raises(Refusal):
        act(order=activation, by=STAFF)


@pytest.mark.django_db(transaction=True)
def test_a_worker_is_woken_only_when_the_order_is_really_stored(new_line, by_alice, settings):
    client = redis.Redis.from_url(settings.CELERY_BROKER_URL)
    client.delete("orders")
    kind, payload = kinds.activation_of(new_line)

    with pytest.raises(ZeroDivisionError), transaction.atomic():
        place(line=new_line, kind=kind, payload=payload, by=by_alice)
        raise ZeroDivisionError
    assert client.llen("orders") == 0

    place(line=new_line, kind=kind, payload=payload, by=by_alice)
    assert client.llen("orders") == 1
    client.delete("orders")
