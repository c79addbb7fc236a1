"""Numbers that are brought along: stages, slots, stopping and changing the day once it is sent."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from fleetportal.operators.contract import Rejected
from fleetportal.operators.registry import get_operator
from fleetportal.operators.simulator.adapter import SimulatedOperator
from fleetportal.operators.simulator.faults import set_faults
from fleetportal.operators.simulator.models import SimulatedOrder
from fleetportal.web.errors import Refusal
from sims.enums import AuditKind, LineState, OrderState
from sims.models import Order
from sims.orders import calendar
from sims.orders.engine import run_due
from sims.orders.placing import replan, stop
from tests.audit.expect import expect_audit
from tests.sims.orders.driving import drive, make_due, rows, step, steps

pytestmark = pytest.mark.django_db
WORK = 60
MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def slow_operator(settings, quick_operator):
    settings.SIMULATOR_WORK_SECONDS = WORK


@pytest.fixture
def sent(placed_port):
    """A transfer that the operator has taken in and nobody has validated."""
    order = placed_port()
    assert step(order) == OrderState.IN_PROGRESS
    return order


def ahead(seconds: float, **switches: float) -> None:
    """The operator's clock shows so many seconds more."""
    set_faults(clock_offset_seconds=seconds, **switches)


def orders_of(line):
    return Order.objects.for_customer(line.customer_id).filter(line=line).order_by("created_at")


def test_a_transfer_goes_through_its_stages_and_each_keeps_its_moment(sent, new_line):
    assert (sent.stage, sent.slot_at) == ("eligibility", None)

    ahead(WORK / 3)
    step(sent)
    assert sent.stage == "validated" and sent.slot_at is None

    ahead(WORK * 2 / 3)
    step(sent)
    first_told = dict(sent.stages)
    assert sent.stage == "slot_fixed" and sent.slot_at == sent.promised_for

    ahead(WORK - 2)
    step(sent)
    assert sent.stages == first_told, "a stage that is told again keeps its first moment"

    ahead(WORK)
    assert drive(sent) == OrderState.COMPLETED
    assert sent.stage == "cut_over" and set(sent.stages) == {"eligibility", "validated", "slot_fixed", "cut_over"}
    new_line.refresh_from_db()
    assert (new_line.state, new_line.number) == (LineState.ACTIVE, "+32470123456")


def test_a_number_promised_for_a_day_moves_in_the_window_of_that_day(place_activation, port_request, new_line):
    with time_machine.travel(MONDAY, tick=False):
        port_request(new_line)
        order = place_activation(not_before=date(2026, 11, 24))
        make_due(order)
        run_due(order.pk)
        ahead(WORK)
        step(order)
        assert (order.state, order.stage) == (OrderState.IN_PROGRESS, "slot_fixed")
        opens, closes = calendar.port_window(date(2026, 11, 24))
        assert opens <= order.promised_for <= closes

        ahead((opens - MONDAY).total_seconds() - 1)
        assert step(order) == OrderState.IN_PROGRESS
        ahead((opens - MONDAY).total_seconds() + WORK)
        assert step(order) == OrderState.COMPLETED


@pytest.mark.parametrize(
    ("asked", "day"),
    [
        (datetime(2026, 4, 3, 9, tzinfo=UTC), date(2026, 4, 7)),  # Good Friday, before Easter Monday
        (datetime(2026, 5, 13, 9, tzinfo=UTC), date(2026, 5, 15)),  # before Ascension
        (datetime(2026, 12, 24, 9, tzinfo=UTC), date(2026, 12, 28)),  # before Christmas and a weekend
    ],
)
def test_as_soon_as_possible_is_the_next_working_day(asked, day):
    assert calendar.earliest_port_day(asked) == day


@pytest.mark.parametrize(
    ("day", "opens", "sent_from"),
    [
        # The clock goes back in the night to Sunday 25 October 2026, forward in the night to Sunday 28 March 2027.
        (date(2026, 10, 23), datetime(2026, 10, 23, 6, tzinfo=UTC), datetime(2026, 10, 22, 6, tzinfo=UTC)),
        (date(2026, 10, 26), datetime(2026, 10, 26, 7, tzinfo=UTC), datetime(2026, 10, 23, 6, tzinfo=UTC)),
        (date(2027, 3, 30), datetime(2027, 3, 30, 6, tzinfo=UTC), datetime(2027, 3, 26, 7, tzinfo=UTC)),
        (date(2026, 4, 7), datetime(2026, 4, 7, 6, tzinfo=UTC), datetime(2026, 4, 3, 6, tzinfo=UTC)),
    ],
)
def test_it_is_sent_a_working_day_ahead_also_when_the_clock_changes_between(day, opens, sent_from):
    assert calendar.port_window_start(day) == opens
    assert calendar.port_request_from(opens) == sent_from


def test_a_far_day_waits_until_the_working_day_before(place_activation, port_request, new_line):
    with time_machine.travel(MONDAY, tick=False):
        port_request(new_line)
        order = place_activation(not_before=date(2026, 12, 7))

    assert order.state == OrderState.SCHEDULED
    assert (order.not_before, order.due_at) == (
        datetime(2026, 12, 7, 7, tzinfo=UTC),
        datetime(2026, 12, 4, 7, tzinfo=UTC),
    )


def test_the_donors_refusal_comes_when_it_has_looked_not_on_the_day_itself(place_activation, port_request, new_line):
    port_request(new_line, donor_customer_number="60012399")
    order = place_activation()
    step(order)
    ahead(WORK / 3)

    assert drive(order) == OrderState.REJECTED
    assert order.error_code == "port_wrong_account"


def test_it_is_stopped_until_the_donor_has_validated(sent, by_alice, new_line):
    assert stop(order=sent, by=by_alice) is False
    expect_audit(AuditKind.ORDER_CANCEL_ASKED, subject=sent)
    assert sent.state == OrderState.IN_PROGRESS and sent.cancel_asked_at

    assert step(sent) == OrderState.CANCELLED
    assert not SimulatedOrder.objects.exclude(status="cancelled").exists()
    new_line.refresh_from_db()
    assert (new_line.state, new_line.open_request) == (LineState.NEW, "")


def test_what_was_not_sent_is_taken_back_at_once(placed_port, by_alice):
    order = placed_port()

    assert stop(order=order, by=by_alice) is True
    assert order.state == OrderState.CANCELLED


def test_it_is_not_stopped_once_the_donor_has_validated(sent, by_alice, english):
    ahead(WORK / 3)
    step(sent)

    with pytest.raises(Refusal, match="already agreed"):
        stop(order=sent, by=by_alice)
    assert sent.cancel_asked_at is None


def test_stopping_that_races_with_the_validation_goes_on_and_says_so(sent, by_alice):
    stop(order=sent, by=by_alice)
    ahead(WORK / 3)  # the donor was a moment faster

    assert step(sent) == OrderState.IN_PROGRESS
    expect_audit(AuditKind.ORDER_CANCEL_REFUSED, subject=sent)
    assert sent.cancel_asked_at is None and sent.cancel_refused_at and sent.stage == "validated"
    ahead(WORK)
    assert drive(sent) == OrderState.COMPLETED


@pytest.mark.parametrize("switch", ["drop_answers", "lose_requests", "busy_times"])
def test_a_lost_answer_to_stop_is_asked_again(sent, by_alice, switch):
    stop(order=sent, by=by_alice)
    ahead(0, only_submit=False, **{switch: 1})

    assert step(sent) == OrderState.IN_PROGRESS
    assert sent.cancel_asked_at, "the wish stands until the operator has answered"
    assert step(sent) == OrderState.CANCELLED


def test_an_operator_that_refuses_to_stop_is_believed_about_the_order(sent, by_alice, monkeypatch):
    def refuse(self, reference):
        raise Rejected("too_late", "too late")

    monkeypatch.setattr(SimulatedOperator, "cancel", refuse)
    stop(order=sent, by=by_alice)

    assert step(sent) == OrderState.IN_PROGRESS
    assert sent.cancel_refused_at


def test_what_is_stopped_while_it_is_being_sent_is_stopped_when_the_answer_is_there(placed_port, by_alice, monkeypatch):
    order = placed_port()
    submit = SimulatedOperator.submit

    def slowly(self, request):
        answer = submit(self, request)
        stop(order=order, by=by_alice)
        return answer

    monkeypatch.setattr(SimulatedOperator, "submit", slowly)
    run_due(order.pk)
    order.refresh_from_db()
    assert order.state == OrderState.IN_PROGRESS and order.cancel_asked_at

    assert step(order) == OrderState.CANCELLED


def test_what_never_reached_the_operator_is_not_sent_after_it_was_stopped(placed_port, by_alice):
    order = placed_port()
    set_faults(lose_requests=1)
    assert step(order) == OrderState.UNKNOWN
    assert stop(order=order, by=by_alice) is False

    assert drive(order) == OrderState.CANCELLED
    assert not SimulatedOrder.objects.exists()


def test_stopping_twice_is_refused_while_the_first_waits(sent, by_alice, english):
    stop(order=sent, by=by_alice)
    with pytest.raises(Refusal, match="asked already"):
        stop(order=sent, by=by_alice)


def test_another_kind_of_request_cannot_be_stopped_once_it_is_sent(activation, by_alice, english):
    step(activation)
    with pytest.raises(Refusal, match="can no longer be changed"):
        stop(order=activation, by=by_alice)


def test_another_day_is_asked_anew_once_the_operator_has_let_go(sent, by_alice, new_line):
    day = calendar.working_day_after(calendar.local_day(timezone.now()), 5)

    assert replan(order=sent, on=day, by=by_alice) is False
    assert step(sent) == OrderState.CANCELLED

    old, new = orders_of(new_line)
    assert (old.pk, calendar.local_day(new.not_before)) == (sent.pk, day)
    assert new.payload == old.payload and new.state == OrderState.SCHEDULED
    assert new.requested_by_name == "Alice Aerts"


def test_another_day_stays_a_wish_when_the_donor_was_faster(sent, by_alice, new_line):
    replan(order=sent, on=calendar.working_day_after(calendar.local_day(timezone.now()), 5), by=by_alice)
    ahead(WORK / 3)
    step(sent)

    assert sent.state == OrderState.IN_PROGRESS and sent.then_on is None
    assert orders_of(new_line).count() == 1


def test_an_impossible_day_is_refused_before_anything_is_stopped(sent, by_alice, english):
    with pytest.raises(Refusal, match="working days") as refusal:
        replan(order=sent, on=date(2027, 1, 1), by=by_alice)
    assert refusal.value.field == "date"
    sent.refresh_from_db()
    assert sent.cancel_asked_at is None


def test_a_late_number_comes_after_its_slot(placed_port):
    order = placed_port(number="+32470129996")
    step(order)
    ahead(WORK)
    step(order)
    assert (order.state, order.stage) == (OrderState.IN_PROGRESS, "slot_fixed")

    ahead(WORK + timedelta(days=3).total_seconds())
    assert step(order) == OrderState.COMPLETED
    assert order.slot_at == order.promised_for
    assert datetime.fromisoformat(order.stages["cut_over"]) - order.slot_at == timedelta(days=3)


def test_the_operator_keeps_its_word_of_a_stage(sent):
    """The contract: the stage is told with every answer, the slot once it is fixed."""
    answer = get_operator().get_order(sent.operator_reference)
    assert (answer.stage, answer.promised_for) == ("eligibility", None)
    assert OrderState.IN_PROGRESS in steps(sent)
    assert rows(sent).filter(stage="eligibility").exists()
