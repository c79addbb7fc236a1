"""Blocking a line and lifting the block, from the wish to the operator and back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from fleetportal.operators.contract import ServiceStatus
from fleetportal.operators.simulator.models import SimulatedLine
from fleetportal.web.errors import Refusal
from sims.enums import AuditKind, LineState, OrderKind, OrderState, SuspensionReason
from sims.models import Order
from sims.orders import calendar
from sims.orders.kinds import NothingToChange
from sims.orders.kinds.block import BlockWish, UnblockWish
from sims.orders.placing import ask, cancel
from sims.services.blocking import unblock
from tests.audit.expect import expect_audit
from tests.sims.orders.driving import drive

pytestmark = pytest.mark.usefixtures("english")


def block(line, by, reason=SuspensionReason.STOLEN, until="", **arguments) -> Order:
    return ask(line=line, kind=OrderKind.BLOCK, wish=BlockWish(reason=reason, until=until), by=by, **arguments)


def test_a_blocked_line_is_suspended_here_and_at_the_operator(line, by_alice):
    assert drive(block(line, by_alice)) == OrderState.COMPLETED

    line.refresh_from_db()
    assert (line.state, line.suspension_reason) == (LineState.SUSPENDED, SuspensionReason.STOLEN)
    assert SimulatedLine.objects.get(number=line.number).status == ServiceStatus.SUSPENDED
    event = expect_audit(AuditKind.LINE_BLOCKED, subject=line)
    assert event.after["suspension_reason"] == "stolen"


def test_it_waits_ten_seconds_for_second_thoughts(line, by_alice, settings):
    order = block(line, by_alice)

    assert order.state == OrderState.READY
    assert timedelta(seconds=8) < order.due_at - timezone.now() <= timedelta(seconds=settings.ORDER_UNDO_SECONDS)
    cancel(order=order, by=by_alice)
    line.refresh_from_db()
    assert (line.state, line.open_request) == (LineState.ACTIVE, "")


def test_the_end_of_a_block_is_planned_once_it_stands(line, by_alice):
    tomorrow = calendar.local_day(timezone.now()) + timedelta(days=1)
    drive(block(line, by_alice, until=tomorrow.isoformat()))

    planned = Order.objects.for_customer(line.customer_id).get(kind=OrderKind.UNBLOCK)
    assert (planned.state, planned.not_before) == (OrderState.SCHEDULED, calendar.start_of_day(tomorrow))
    assert drive(planned) == OrderState.COMPLETED
    line.refresh_from_db()
    assert (line.state, line.suspension_reason) == (LineState.ACTIVE, "")
    expect_audit(AuditKind.LINE_UNBLOCKED, subject=line)


def test_unblocking_sooner_replaces_the_planned_end(line, by_alice):
    tomorrow = calendar.local_day(timezone.now()) + timedelta(days=1)
    drive(block(line, by_alice, until=tomorrow.isoformat()))

    order = unblock(line=line, wish=UnblockWish(), by=by_alice)

    assert drive(order) == OrderState.COMPLETED
    states = Order.objects.for_customer(line.customer_id).filter(kind=OrderKind.UNBLOCK).values_list("state", flat=True)
    assert sorted(states) == [OrderState.CANCELLED, OrderState.COMPLETED]


def test_what_is_blocked_already_has_nothing_to_change(line, by_alice):
    drive(block(line, by_alice))
    with pytest.raises(NothingToChange, match="blocked already"):
        block(line, by_alice)


def test_an_ended_line_cannot_be_blocked(line, by_alice):
    type(line).objects.for_customer(line.customer_id).update(state=LineState.TERMINATED)
    with pytest.raises(Refusal, match="not active"):
        block(line, by_alice)


def test_what_the_operator_blocked_only_the_operator_lifts(line, by_alice):
    type(line).objects.for_customer(line.customer_id).update(
        state=LineState.SUSPENDED, suspension_reason=SuspensionReason.NON_PAYMENT
    )
    with pytest.raises(Refusal, match="help desk"):
        unblock(line=line, wish=UnblockWish(), by=by_alice)


def test_a_line_that_changed_meanwhile_gets_nothing(line, by_alice):
    """The check is asked again when the order is sent."""
    order = block(line, by_alice)
    type(line).objects.for_customer(line.customer_id).update(state=LineState.SUSPENDED)

    assert drive(order) == OrderState.CANCELLED
    assert order.error_code == "no_longer_possible"
    assert SimulatedLine.objects.get(number=line.number).status == ServiceStatus.ACTIVE
