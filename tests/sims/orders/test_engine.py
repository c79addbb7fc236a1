"""What a worker does with an order, whatever the operator answers, or does not."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db.models.functions import Now

from fleetportal.audit.models import AuditEvent
from fleetportal.operators.contract import OperatorOrder, OrderStatus
from fleetportal.operators.simulator.adapter import SimulatedOperator
from fleetportal.operators.simulator.faults import set_faults
from fleetportal.operators.simulator.models import SimulatedLine, SimulatedOrder
from sims.enums import AuditKind, LineState, NumberProvenance, OpenRequest, OrderState, SimState
from sims.models import Line, TariffPlan
from sims.orders import outcomes
from sims.orders.engine import run_due
from sims.orders.placing import retry
from sims.orders.reasons import reason_of
from tests import factories
from tests.audit.expect import expect_audit
from tests.sims.orders.driving import drive, end_lease, rows, step, steps
from tests.sims.orders.test_placing import STAFF

S = OrderState


def fresh(line: Line) -> Line:
    return Line.objects.for_customer(line.customer_id).select_related("sim").get(pk=line.pk)


def test_from_ready_to_active(activation, new_line, noordkaai):
    assert drive(activation) == S.COMPLETED

    assert steps(activation) == [S.READY, S.SUBMITTING, S.IN_PROGRESS, S.COMPLETED]
    line = fresh(new_line)
    assert line.state == LineState.ACTIVE
    assert line.number == SimulatedLine.objects.get().number
    assert line.number_provenance == NumberProvenance.COMPANY
    assert line.sim.state == SimState.IN_USE
    assert line.open_request == OpenRequest.NONE
    assert line.number[3:] in line.search_text
    event = expect_audit(AuditKind.LINE_ACTIVATED, customer=noordkaai, subject=new_line)
    assert event.before == {"state": "new", "number": ""}
    assert event.after["number"] == line.number
    expect_audit(AuditKind.ORDER_COMPLETED, customer=noordkaai, subject=activation)


def test_the_operator_gets_what_was_asked(activation, new_line):
    step(activation)

    sent = SimulatedOrder.objects.get()
    assert sent.external_id == activation.pk
    assert (sent.iccid, sent.plan_code) == (new_line.sim.iccid, new_line.plan.code)
    assert sent.option_codes == [option.code for option in new_line.options.all()]
    assert sent.customer_reference == new_line.customer.enterprise_number


def test_the_line_changes_only_when_the_operator_has_confirmed(activation, new_line, settings):
    settings.SIMULATOR_WORK_SECONDS = 3600

    for _look in range(3):
        assert step(activation) == S.IN_PROGRESS

    assert fresh(new_line).state == LineState.NEW
    assert fresh(new_line).number is None
    set_faults(clock_offset_seconds=3601)
    assert step(activation) == S.COMPLETED
    assert fresh(new_line).state == LineState.ACTIVE


@time_machine.travel(datetime(2026, 3, 28, 23, 30, tzinfo=UTC), tick=False)
def test_the_day_of_activation_is_the_day_in_belgium(activation, new_line):
    """Half past midnight on the 29th, the night the clock changes; still the 28th in UTC."""
    drive(activation)

    assert str(fresh(new_line).activated_on) == "2026-03-29"


def test_the_plan_and_options_that_were_asked_are_those_that_come(activation, new_line):
    """Also when somebody changed the line's columns in the meantime."""
    asked_plan, asked_option = new_line.plan, new_line.options.get()
    new_line.plan = factories.TariffPlanFactory(customer=new_line.customer)
    new_line.save()
    new_line.options.set([factories.PlanOptionFactory(customer=new_line.customer)])

    drive(activation)

    assert fresh(new_line).plan == asked_plan
    assert list(fresh(new_line).options.all()) == [asked_option]


def test_an_order_that_is_not_due_is_left_alone(activation):
    rows(activation).update(due_at=Now() + timedelta(hours=1))

    run_due(activation.pk)

    assert rows(activation).get().state == S.READY


def test_a_planned_order_is_sent_when_its_moment_has_come(place_activation):
    order = place_activation(not_before=datetime.now(tz=UTC) + timedelta(days=1))
    assert order.state == S.SCHEDULED

    assert drive(order) == S.COMPLETED
    assert steps(order)[:3] == [S.SCHEDULED, S.READY, S.SUBMITTING]


def test_a_refusal_at_once_is_told_in_the_readers_words(activation, new_line, english):
    SimulatedLine.objects.create(number="+32456000001", iccid=new_line.sim.iccid, customer_reference="x")

    assert drive(activation) == S.REJECTED

    assert activation.error_code == "sim_in_use"
    assert reason_of(activation) == "This SIM card is active already. Use another card."
    line = fresh(new_line)
    assert (line.state, line.sim.state, line.open_request) == (LineState.NEW, SimState.RESERVED, OpenRequest.NONE)
    expect_audit(AuditKind.ORDER_REJECTED, subject=activation)


def test_technical_trouble_at_the_operator_fails_the_order(new_line, place_activation):
    new_line.sim.iccid = "8932030000000099970"
    new_line.sim.save()

    order = place_activation()

    assert drive(order) == S.FAILED
    expect_audit(AuditKind.ORDER_FAILED, subject=order)


def test_a_busy_operator_did_nothing_and_is_called_again(activation):
    set_faults(busy_times=2)

    assert step(activation) == S.READY
    assert SimulatedOrder.objects.count() == 0
    assert activation.due_at > activation.sent_at
    assert drive(activation) == S.COMPLETED
    assert steps(activation).count(S.SUBMITTING) == 3


def test_no_answer_after_the_work_is_settled_by_asking(activation):
    set_faults(drop_answers=1)

    assert step(activation) == S.UNKNOWN
    assert drive(activation) == S.COMPLETED

    assert steps(activation).count(S.SUBMITTING) == 1
    assert SimulatedOrder.objects.count() == 1


def test_no_answer_because_it_never_arrived_is_sent_again_with_the_same_id(activation):
    set_faults(lose_requests=1)

    assert step(activation) == S.UNKNOWN
    assert step(activation) == S.READY
    assert drive(activation) == S.COMPLETED

    assert steps(activation).count(S.SUBMITTING) == 2
    assert SimulatedOrder.objects.get().external_id == activation.pk


def test_the_operator_is_not_asked_before_its_longest_answer_is_over(activation, settings):
    settings.OPERATOR_MAX_ANSWER_SECONDS = 30
    set_faults(lose_requests=1)

    step(activation)

    assert activation.state == S.UNKNOWN
    assert activation.due_at == activation.sent_at + timedelta(seconds=30)
    run_due(activation.pk)
    assert rows(activation).get().state == S.UNKNOWN


def test_a_worker_lost_while_sending_leads_to_asking(activation):
    rows(activation).update(state=S.SUBMITTING, sent_at=Now(), first_sent_at=Now())
    end_lease(activation)

    run_due(activation.pk)

    activation.refresh_from_db()
    assert activation.state == S.UNKNOWN
    assert drive(activation) == S.COMPLETED


def test_a_call_under_way_is_not_disturbed_by_a_second_message(activation):
    rows(activation).update(
        state=S.SUBMITTING, sent_at=Now(), lease_until=Now() + timedelta(seconds=90), due_at=Now() - timedelta(days=1)
    )

    run_due(activation.pk)

    assert rows(activation).get().state == S.SUBMITTING


def test_an_answer_that_comes_after_the_lease_changes_nothing(activation, new_line):
    """The slow worker read the order before others went on with it."""
    step(activation)
    slow = rows(activation).get()
    assert drive(activation) == S.COMPLETED

    outcomes.ended(slow, S.REJECTED, code="late", message="late")
    outcomes.later(slow, "late")
    outcomes.needs_attention(slow, "late")

    assert rows(activation).get().state == S.COMPLETED
    assert fresh(new_line).state == LineState.ACTIVE


def test_a_completion_told_twice_changes_the_line_once(activation):
    step(activation)
    twin = rows(activation).get()
    answer = OperatorOrder(
        reference="SO-1", external_id=activation.pk, status=OrderStatus.COMPLETED, number="+32456123456"
    )

    outcomes.answered(activation, answer)
    outcomes.answered(twin, answer)

    assert AuditEvent.objects.filter(kind=AuditKind.LINE_ACTIVATED).count() == 1


def test_a_wrong_answer_needs_attention_and_goes_on_by_asking(activation):
    set_faults(wrong_answers=1)

    assert step(activation) == S.NEEDS_ATTENTION
    expect_audit(AuditKind.ORDER_NEEDS_ATTENTION, subject=activation)
    assert activation.due_at is None

    retry(order=activation, by=STAFF)
    assert drive(activation) == S.COMPLETED
    assert SimulatedOrder.objects.count() == 1


def test_an_answer_about_another_order_needs_attention(activation):
    step(activation)
    other = OperatorOrder(reference="SO-9", external_id=activation.line.public_id, status=OrderStatus.COMPLETED)

    outcomes.answered(activation, other)

    assert activation.state == S.NEEDS_ATTENTION


@pytest.mark.parametrize("number", ["", "0456 12 34 56", "+32499999999"])
def test_a_number_the_line_cannot_take_needs_attention_and_changes_nothing(activation, new_line, zuidpark, number):
    """No number, not E.164, or the number of a living line."""
    step(activation)

    outcomes.answered(activation, OperatorOrder("SO-1", activation.pk, OrderStatus.COMPLETED, number=number))

    assert rows(activation).get().state == S.NEEDS_ATTENTION
    line = fresh(new_line)
    assert (line.state, line.number, line.sim.state) == (LineState.NEW, None, SimState.RESERVED)
    assert not AuditEvent.objects.filter(kind=AuditKind.LINE_ACTIVATED).exists()


def test_a_plan_that_left_the_catalogue_needs_attention_and_can_be_put_right(activation, new_line):
    TariffPlan.objects.for_customer(new_line.customer).update(code="RENAMED")
    assert drive(activation) == S.NEEDS_ATTENTION

    TariffPlan.objects.for_customer(new_line.customer).update(code=activation.payload["plan_code"])
    retry(order=activation, by=STAFF)

    assert drive(activation) == S.COMPLETED


def test_trouble_without_end_waits_longer_each_time_and_then_needs_a_person(activation, settings):
    settings.ORDER_BACKOFF_SECONDS = 5
    settings.ORDER_MAX_ATTEMPTS = 4
    set_faults(busy_times=99)
    waits = []

    while step(activation) != S.NEEDS_ATTENTION:
        waits.append(round((activation.due_at - datetime.now(tz=UTC)).total_seconds()))

    assert waits == [5, 10, 20]


def test_asking_without_an_answer_waits_and_then_needs_a_person(activation, settings):
    settings.ORDER_MAX_ATTEMPTS = 3
    set_faults(only_submit=False, lose_requests=99)

    assert drive(activation) == S.NEEDS_ATTENTION
    assert set(steps(activation)) == {S.READY, S.SUBMITTING, S.UNKNOWN, S.NEEDS_ATTENTION}


def test_a_good_answer_forgets_the_trouble_before_it(activation, settings):
    settings.SIMULATOR_WORK_SECONDS = 3600
    set_faults(busy_times=3)
    while step(activation) != S.IN_PROGRESS:
        pass

    assert activation.attempts == 0


def test_a_defect_in_the_adapter_counts_as_no_answer(activation, monkeypatch):
    def broken(self, request):
        raise KeyError("state")

    monkeypatch.setattr(SimulatedOperator, "submit", broken)

    assert step(activation) == S.UNKNOWN


@pytest.mark.parametrize("loss", ["removed", "viewer", "blocked"])
def test_who_lost_the_right_does_not_get_the_line(activation, alice, loss):
    membership = alice.memberships.get()
    if loss == "removed":
        membership.delete()
    elif loss == "viewer":
        membership.role = "viewer"
        membership.save()
    else:
        alice.is_active = False
        alice.save()

    assert step(activation) == S.CANCELLED

    assert activation.error_code == "requester_lost_rights"
    assert SimulatedOrder.objects.count() == 0
    expect_audit(AuditKind.ORDER_CANCELLED, subject=activation)


def test_asking_slows_down_with_the_age_of_the_order(activation, settings):
    settings.SIMULATOR_WORK_SECONDS = 10**6
    step(activation)
    rows(activation).update(sent_at=Now() - timedelta(hours=1))

    step(activation)

    wait = (activation.due_at - datetime.now(tz=UTC)).total_seconds()
    assert 350 < wait <= 360


def test_a_transfer_brings_its_number(placed_port, new_line):
    order = placed_port()

    assert drive(order) == S.COMPLETED
    line = fresh(new_line)
    assert (line.number, line.state) == ("+32470123456", LineState.ACTIVE)
    assert "0470123456" in line.search_text


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"donor_customer_number": "60012399"}, "port_wrong_account"),
        ({"holder_name": "Onbekend BV"}, "port_wrong_holder"),
        ({"number": "+32470129999"}, "port_number_not_active"),
        ({"number": "+32470129998"}, "port_already_pending"),
        ({"number": "+32470129997"}, "port_blocked_by_subscriber"),
        ({"is_prepaid": True}, "port_proof_missing"),
    ],
)
def test_a_refused_transfer_says_why_and_leaves_the_line_new(placed_port, new_line, fields, code):
    order = placed_port(**fields)

    assert drive(order) == S.REJECTED
    assert order.error_code == code
    assert reason_of(order)
    assert fresh(new_line).state == LineState.NEW


def test_a_transfer_with_another_number_than_asked_needs_attention(placed_port):
    order = placed_port()
    step(order)

    outcomes.answered(order, OperatorOrder("SO-1", order.pk, OrderStatus.COMPLETED, number="+32456000000"))

    assert rows(order).get().state == S.NEEDS_ATTENTION


@pytest.mark.django_db(transaction=True)
def test_the_operator_is_called_outside_every_transaction(activation):
    """The simulated operator refuses to work inside one, which would count as no answer."""
    assert drive(activation) == S.COMPLETED
    assert S.UNKNOWN not in steps(activation)
