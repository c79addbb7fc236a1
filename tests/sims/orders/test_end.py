"""The end of a line, and the number that goes to somebody else: from the wish to the operator and back."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from fleetportal.operators.contract import ServiceStatus
from fleetportal.operators.simulator.models import SimulatedLine, SimulatedOrder
from fleetportal.web.errors import Refusal
from sims.enums import AuditKind, LineState, OrderKind, OrderState, ReleaseReason, SimState
from sims.models import Line, LineFact, Order
from sims.orders import calendar
from sims.orders.holds import last_day_to_ask_back
from sims.orders.kinds import NothingToChange, kind_of
from sims.orders.kinds.block import BlockWish
from sims.orders.kinds.end import EndPayload, EndWish, ReleaseWish
from sims.orders.placing import ask, reschedule
from tests.audit.expect import expect_audit
from tests.sims.orders.driving import drive

pytestmark = pytest.mark.usefixtures("english")


def end(line, by, **arguments) -> Order:
    return ask(line=line, kind=OrderKind.END, wish=EndWish(), by=by, **arguments)


def release(line, by, to_name="Sofie Janssens", reason=ReleaseReason.PRIVATE, **arguments) -> Order:
    return ask(line=line, kind=OrderKind.RELEASE, wish=ReleaseWish(to_name=to_name, reason=reason), by=by, **arguments)


def today() -> date:
    return calendar.local_day(timezone.now())


def hold_until(line, day) -> None:
    Line.objects.for_customer(line.customer_id).filter(pk=line.pk).update(reclaim_until=day)
    line.refresh_from_db()


def test_an_ended_line_has_no_card_and_no_present(line, by_alice):
    assert drive(end(line, by_alice)) == OrderState.COMPLETED

    line.refresh_from_db()
    assert (line.state, line.ended_on, line.sim.state) == (LineState.TERMINATED, today(), SimState.RETIRED)
    assert SimulatedLine.objects.get(number=line.number).status == ServiceStatus.TERMINATED
    assert not LineFact.objects.for_customer(line.customer_id).filter(line=line, until=None).exists()
    assert expect_audit(AuditKind.LINE_ENDED, subject=line).before["number"] == line.number


def test_what_was_planned_for_the_line_goes_with_it(line, by_alice):
    later = today() + timedelta(days=5)
    block = ask(line=line, kind=OrderKind.BLOCK, wish=BlockWish(reason="lost"), not_before=later, by=by_alice)

    drive(end(line, by_alice))

    block.refresh_from_db()
    assert block.state == OrderState.CANCELLED


def test_the_end_can_be_planned(line, by_alice):
    order = end(line, by_alice, not_before=today() + timedelta(days=9))

    assert order.state == OrderState.SCHEDULED
    line.refresh_from_db()
    assert line.state == LineState.ACTIVE


def test_the_end_costs_the_price_of_plan_and_options(line, by_alice):
    order = end(line, by_alice)
    before, after = kind_of(OrderKind.END).cost(line, EndPayload.from_json(order.payload))
    assert (before, after) == (Decimal("19.00"), 0)


def test_an_ended_line_has_nothing_to_end(line, by_alice):
    drive(end(line, by_alice))
    with pytest.raises(NothingToChange, match="ended already"):
        end(line, by_alice)


def test_a_card_that_is_not_active_has_nothing_to_end(new_line, by_alice):
    with pytest.raises(Refusal, match="not active yet"):
        end(new_line, by_alice)


def test_a_released_number_goes_to_the_one_who_is_named(line, by_alice):
    order = release(line, by_alice, to_name=" Sofie Janssens ")
    assert drive(order) == OrderState.COMPLETED

    line.refresh_from_db()
    assert (line.state, line.ended_on) == (LineState.TERMINATED, today())
    sent = SimulatedOrder.objects.get(external_id=order.pk)
    assert (sent.details["user_name"], sent.details["reason"]) == ("Sofie Janssens", "private")
    assert expect_audit(AuditKind.NUMBER_RELEASED, subject=line).after["to_name"] == "Sofie Janssens"


def test_a_release_names_somebody(line, by_alice):
    with pytest.raises(Refusal, match="who gets the number") as refusal:
        release(line, by_alice, to_name=" ")
    assert refusal.value.field == "to_name"


def test_a_line_is_either_ended_or_released(line, by_alice):
    end(line, by_alice, not_before=today() + timedelta(days=3))
    with pytest.raises(Refusal, match="already planned"):
        release(line, by_alice)


@pytest.mark.parametrize(
    ("last_day", "until"),
    [
        (date(2026, 11, 15), date(2026, 12, 15)),
        (date(2026, 11, 30), date(2026, 12, 31)),
        (date(2026, 1, 30), date(2026, 2, 28)),
        (date(2026, 1, 31), date(2026, 2, 28)),
        (date(2028, 1, 31), date(2028, 2, 29)),
        (date(2026, 2, 28), date(2026, 3, 31)),
        (date(2028, 2, 28), date(2028, 3, 28)),
        (date(2026, 12, 31), date(2027, 1, 31)),
    ],
)
def test_a_number_can_be_asked_back_for_one_month(last_day, until):
    assert last_day_to_ask_back(last_day) == until


def test_a_held_number_is_not_given_up(line, by_alice):
    hold_until(line, today() + timedelta(days=4))
    with pytest.raises(Refusal, match="may ask it back until") as refusal:
        end(line, by_alice)
    assert refusal.value.field == "date"


def test_it_is_held_through_its_last_day(line, by_alice):
    last = today() + timedelta(days=4)
    hold_until(line, last)
    with pytest.raises(Refusal, match="may ask it back"):
        end(line, by_alice, not_before=last)
    order = end(line, by_alice, not_before=last + timedelta(days=1))

    assert order.state == OrderState.SCHEDULED
    with pytest.raises(Refusal, match="may ask it back"):
        reschedule(order=order, not_before=last, by=by_alice)


def test_a_hold_that_began_meanwhile_stops_a_planned_end(line, by_alice):
    order = end(line, by_alice)
    hold_until(line, today())

    assert drive(order) == OrderState.CANCELLED
    assert SimulatedLine.objects.get(number=line.number).status == ServiceStatus.ACTIVE


def test_a_held_number_may_go_to_its_employee(line, by_alice):
    hold_until(line, today() + timedelta(days=4))

    assert drive(release(line, by_alice, reason=ReleaseReason.ASKED_BACK)) == OrderState.COMPLETED
    line.refresh_from_db()
    assert (line.state, line.reclaim_until) == (LineState.TERMINATED, None)


def test_the_database_keeps_a_held_number_with_its_employee(line):
    hold_until(line, today())
    rows = Line.objects.for_customer(line.customer_id).filter(pk=line.pk)
    for change in ({"state": LineState.TERMINATED}, {"subscriber": None}, {"number": "+32468999999"}):
        with pytest.raises(IntegrityError, match="number_is_held"), transaction.atomic():
            rows.update(**change)


def test_the_database_lets_go_when_the_month_is_over(line):
    hold_until(line, today() - timedelta(days=1))
    rows = Line.objects.for_customer(line.customer_id).filter(pk=line.pk)
    assert rows.update(state=LineState.TERMINATED) == 1
