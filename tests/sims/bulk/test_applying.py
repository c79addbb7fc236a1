"""A bulk change that is applied: an order per line, exactly once, and what becomes of them."""

import pytest

from accounts.models import Membership
from accounts.permissions import Role
from fleetportal.audit.actors import Actor
from fleetportal.jobs.models import Job
from fleetportal.web.errors import Refusal
from sims.bulk.cost_centre import CostCentreWish
from sims.enums import AuditKind, BulkOutcome, BulkState, LineState, OrderKind, OrderState
from sims.models import Line, Order
from sims.orders.kinds.block import BlockWish, UnblockWish
from sims.orders.placing import ask, cancel
from sims.services import bulk as bulk_changes
from sims.services import bulk_decisions, bulk_rows
from tests import factories
from tests.audit.expect import expect_audit
from tests.sims.orders.driving import drive

pytestmark = pytest.mark.usefixtures("english")


def orders_of(bulk) -> list[Order]:
    orders = Order.objects.for_customer(bulk.customer_id).filter(bulk_row__bulk=bulk)
    return list(orders.order_by("bulk_row__position"))


def test_each_line_that_changes_gets_its_order(prepared, fleet, by_alice):
    bulk = prepared()

    bulk_changes.apply(bulk=bulk, by=by_alice)

    assert bulk.state == BulkState.PLACED
    assert [order.line_id for order in orders_of(bulk)] == [line.pk for line in fleet]
    assert {order.is_bulk for order in orders_of(bulk)} == {True}
    expect_audit(AuditKind.BULK_APPLIED, subject=bulk)
    assert [drive(order) for order in orders_of(bulk)] == [OrderState.COMPLETED] * 4
    assert set(Line.objects.for_customer(bulk.customer_id).values_list("state", flat=True)) == {LineState.SUSPENDED}


def test_the_dry_run_is_what_happens(prepared, fleet, by_alice, noordkaai):
    Line.objects.for_customer(noordkaai).filter(pk=fleet[1].pk).update(state=LineState.SUSPENDED)
    Line.objects.for_customer(noordkaai).filter(pk=fleet[2].pk).update(state=LineState.TERMINATED)
    bulk = prepared()
    promised = {row.line_id for row in bulk.rows.filter(outcome=BulkOutcome.CHANGE)}

    bulk_changes.apply(bulk=bulk, by=by_alice)

    assert {order.line_id for order in orders_of(bulk)} == promised


def test_it_is_applied_once(prepared, by_alice):
    bulk = prepared()
    bulk_changes.apply(bulk=bulk, by=by_alice)
    with pytest.raises(Refusal, match="already"):
        bulk_changes.apply(bulk=bulk, by=by_alice)


def test_with_nothing_to_change_it_is_not_applied(prepared, by_alice):
    bulk = prepared("unblock", UnblockWish())
    with pytest.raises(Refusal, match="nothing to change"):
        bulk_changes.apply(bulk=bulk, by=by_alice)


def test_a_line_that_changed_since_the_dry_run_is_left_out_with_its_reason(prepared, fleet, by_alice):
    bulk = prepared()
    ask(line=fleet[0], kind=OrderKind.BLOCK, wish=BlockWish(reason="stolen"), by=by_alice)

    bulk_changes.apply(bulk=bulk, by=by_alice)

    row = bulk.rows.get(line=fleet[0])
    assert row.outcome == BulkOutcome.REFUSED
    assert "still open" in row.reason
    assert len(orders_of(bulk)) == 3


@pytest.fixture
def by_worker(monkeypatch):
    """Even a few lines are done by a worker, two in a transaction."""
    monkeypatch.setattr(bulk_changes, "AT_ONCE", 1)
    monkeypatch.setattr(bulk_decisions, "AT_ONCE", 1)
    monkeypatch.setattr(bulk_rows, "BATCH", 2)


def test_a_worker_that_dies_half_way_neither_loses_nor_doubles(prepared, by_alice, work, by_worker, monkeypatch):
    bulk = prepared()
    work()
    bulk_changes.apply(bulk=bulk, by=by_alice)
    real, calls = bulk_rows._place_batch, []

    def dies_in_the_second(*arguments):
        real(*arguments)
        calls.append(1)
        if len(calls) == 2:
            raise MemoryError

    monkeypatch.setattr(bulk_rows, "_place_batch", dies_in_the_second)
    work()
    assert len(orders_of(bulk)) == 2
    monkeypatch.setattr(bulk_rows, "_place_batch", real)

    bulk.refresh_from_db()
    assert bulk.state == BulkState.PLACING
    bulk_changes.go_on(bulk=bulk, by=by_alice)
    work()

    bulk.refresh_from_db()
    assert bulk.state == BulkState.PLACED
    assert sorted(order.line_id for order in orders_of(bulk)) == sorted(bulk.rows.values_list("line_id", flat=True))
    assert Order.objects.for_customer(bulk.customer_id).count() == 4


def test_rights_are_read_again_when_the_work_is_done(prepared, alice, by_alice, work, by_worker, noordkaai):
    bulk = prepared()
    work()
    bulk_changes.apply(bulk=bulk, by=by_alice)
    Membership.objects.for_customer(noordkaai).filter(user=alice).update(role=Role.VIEWER)

    [job] = work()

    bulk.refresh_from_db()
    assert (job.state, bulk.state) == ("failed", BulkState.FAILED)
    assert "may no longer" in bulk.message
    assert not orders_of(bulk)


def test_a_viewer_prepares_nothing(prepared, bob):
    with pytest.raises(Refusal, match="may no longer"):
        prepared(by=Actor.user(bob))


def test_what_was_not_sent_is_cancelled_and_what_was_sent_goes_on(prepared, by_alice):
    bulk = prepared()
    bulk_changes.apply(bulk=bulk, by=by_alice)
    drive(orders_of(bulk)[0])

    bulk_decisions.cancel_unsent(bulk=bulk, by=by_alice)

    states = [order.state for order in orders_of(bulk)]
    assert states == [OrderState.COMPLETED] + [OrderState.CANCELLED] * 3
    expect_audit(AuditKind.BULK_CANCELLED, subject=bulk)
    expect_audit(AuditKind.ORDER_CANCELLED, subject=orders_of(bulk)[1])
    lines = Line.objects.for_customer(bulk.customer_id)
    assert set(lines.values_list("open_request", flat=True)) == {""}
    with pytest.raises(Refusal, match="sent to the operator already"):
        bulk_decisions.cancel_unsent(bulk=bulk, by=by_alice)


def test_cancelling_while_it_is_being_placed_stops_it(prepared, by_alice, work, by_worker):
    bulk = prepared()
    work()
    bulk_changes.apply(bulk=bulk, by=by_alice)

    bulk_decisions.cancel_unsent(bulk=bulk, by=by_alice)
    work()

    assert bulk.state == BulkState.PLACED
    assert not orders_of(bulk)


def test_a_dry_run_can_be_thrown_away(prepared, by_alice):
    bulk = prepared()
    bulk_changes.drop(bulk=bulk, by=by_alice)
    bulk.refresh_from_db()
    assert bulk.state == BulkState.DROPPED
    with pytest.raises(Refusal):
        bulk_changes.apply(bulk=bulk, by=by_alice)


@pytest.fixture
def asked(prepared, rita):
    """Everything waits for somebody who may decide."""
    bulk = prepared(by=Actor.user(rita))
    bulk_changes.apply(bulk=bulk, by=Actor.user(rita))
    return bulk


def test_what_a_requester_asks_waits_and_is_approved_at_once(asked, by_alice, rita):
    assert {order.state for order in orders_of(asked)} == {OrderState.AWAITING_APPROVAL}
    with pytest.raises(Refusal, match="may change lines"):
        bulk_decisions.approve(bulk=asked, by=Actor.user(rita))

    bulk_decisions.approve(bulk=asked, by=by_alice)

    expect_audit(AuditKind.BULK_APPROVED, subject=asked)
    expect_audit(AuditKind.ORDER_APPROVED, subject=orders_of(asked)[0])
    assert [drive(order) for order in orders_of(asked)] == [OrderState.COMPLETED] * 4


def test_or_declined_at_once_with_the_reason(asked, by_alice):
    bulk_decisions.decline(bulk=asked, by=by_alice, reason="Not this month.")

    expect_audit(AuditKind.BULK_DECLINED, subject=asked)
    expect_audit(AuditKind.ORDER_DECLINED, subject=orders_of(asked)[0])
    assert {(order.state, order.error_message) for order in orders_of(asked)} == {
        (OrderState.CANCELLED, "Not this month.")
    }


def test_many_are_decided_by_a_worker(prepared, rita, by_alice, work, by_worker):
    bulk = prepared(by=Actor.user(rita))
    work()
    bulk_changes.apply(bulk=bulk, by=Actor.user(rita))
    work()

    bulk_decisions.approve(bulk=bulk, by=by_alice)
    assert {order.state for order in orders_of(bulk)} == {OrderState.AWAITING_APPROVAL}
    [job] = work()

    assert job.state == "done", job.message
    assert {order.state for order in orders_of(bulk)} == {OrderState.READY}


def test_only_what_failed_is_tried_again(prepared, fleet, by_alice):
    bulk = prepared()
    bulk_changes.apply(bulk=bulk, by=by_alice)
    first, second, third, fourth = orders_of(bulk)
    Order.objects.for_customer(bulk.customer_id).filter(pk=first.pk).update(state=OrderState.REJECTED, due_at=None)
    Line.objects.for_customer(bulk.customer_id).filter(pk=second.line_id).update(state=LineState.SUSPENDED)
    drive(second)
    Line.objects.for_customer(bulk.customer_id).filter(pk=second.line_id).update(state=LineState.ACTIVE)
    cancel(order=third, by=by_alice)
    drive(fourth)

    again = bulk_changes.retry(bulk=bulk, by=by_alice)

    assert [order.line_id for order in orders_of(again)] == [first.line_id, second.line_id]
    with pytest.raises(Refusal, match="tried again already"):
        bulk_changes.retry(bulk=bulk, by=by_alice)


def test_with_no_failed_line_there_is_nothing_to_try_again(prepared, by_alice):
    bulk = prepared()
    bulk_changes.apply(bulk=bulk, by=by_alice)
    with pytest.raises(Refusal, match="No line failed"):
        bulk_changes.retry(bulk=bulk, by=by_alice)


def test_the_planned_end_of_a_block_gives_way_to_unblocking(prepared, fleet, by_alice):
    from sims.orders import calendar

    Line.objects.for_customer(fleet[0].customer_id).update(state=LineState.SUSPENDED, suspension_reason="lost")
    day = calendar.next_period(calendar.local_day(fleet[0].created_at))
    planned = ask(line=fleet[0], kind=OrderKind.UNBLOCK, wish=UnblockWish(), not_before=day, by=by_alice)

    bulk = prepared("unblock", UnblockWish())
    assert bulk.changing == 4
    bulk_changes.apply(bulk=bulk, by=by_alice)

    planned.refresh_from_db()
    assert planned.state == OrderState.CANCELLED
    assert len(orders_of(bulk)) == 4


def test_a_cost_centre_is_written_at_once(prepared, fleet, by_alice, noordkaai):
    centre = factories.CostCentreFactory(customer=noordkaai, code="4711")
    Line.objects.for_customer(noordkaai).filter(pk=fleet[0].pk).update(cost_centre=centre)
    bulk = prepared("cost_centre", CostCentreWish(code="4711"))
    before = str(fleet[1].cost_centre)

    bulk_changes.apply(bulk=bulk, by=by_alice)

    assert (bulk.state, bulk.changing, bulk.already) == (BulkState.PLACED, 3, 1)
    assert set(Line.objects.for_customer(noordkaai).values_list("cost_centre__code", flat=True)) == {"4711"}
    event = expect_audit(AuditKind.LINE_COST_CENTRE, subject=fleet[1])
    assert event.before == {"cost_centre": before}
    assert event.after == {"cost_centre": str(centre), "bulk": str(bulk.pk)}
    assert not orders_of(bulk)
    assert not Job.objects.for_customer(noordkaai).exists()


def test_who_may_only_ask_changes_no_cost_centre(prepared, rita, noordkaai):
    factories.CostCentreFactory(customer=noordkaai, code="4711")
    with pytest.raises(Refusal):
        prepared("cost_centre", CostCentreWish(code="4711"), by=Actor.user(rita))
