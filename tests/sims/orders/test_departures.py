"""An employee leaves: his numbers, what he may ask back, his access and his checklist."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from accounts.enums import AuditKind as PeopleAuditKind
from accounts.models import Membership
from accounts.permissions import Role
from fleetportal.audit.actors import Actor
from fleetportal.operators.contract import ServiceStatus
from fleetportal.operators.simulator.models import SimulatedLine
from fleetportal.web.errors import Refusal
from sims.enums import (
    AuditKind,
    DepartureState,
    LineState,
    NumberFate,
    NumberProvenance,
    OrderKind,
    OrderState,
)
from sims.models import Departure, DepartureItem, Order
from sims.orders import calendar
from sims.orders.holds import last_day_to_ask_back
from sims.services.departure_end import finish_departures, tick
from sims.services.departures import (
    approve_departure,
    cancel_departure,
    move_departure,
    plan_departure,
    save_draft,
)
from sims.services.reclaim import record_look, record_request
from tests import factories
from tests.audit.expect import expect_audit
from tests.sims.orders.driving import drive

pytestmark = pytest.mark.usefixtures("english")


def today() -> date:
    return calendar.local_day(timezone.now())


def in_days(count: int) -> date:
    return today() + timedelta(days=count)


def answer(line, by, **answers) -> None:
    save_draft(customer=line.customer, subscriber=line.subscriber, line=line, by=by, **answers)


def plan(line, by, last_day=None, **answers) -> Departure:
    if answers:
        answer(line, by, **answers)
    return plan_departure(customer=line.customer, subscriber=line.subscriber, last_day=last_day or in_days(5), by=by)


def orders_of(departure) -> list[Order]:
    return list(Order.objects.for_customer(departure.customer_id).filter(departure=departure).order_by("not_before"))


def kinds_of(departure) -> list[str]:
    return [order.kind for order in orders_of(departure)]


def run(departure) -> None:
    """Everything that is planned happens now."""
    for order in orders_of(departure):
        if order.is_open:
            drive(order)


@pytest.fixture
def colleague(noordkaai):
    return factories.SubscriberFactory(customer=noordkaai)


def test_a_number_is_blocked_at_the_end_of_the_last_day_unless_chosen_otherwise(line, by_alice):
    departure = plan(line, by_alice)

    order = orders_of(departure)[0]
    assert kinds_of(departure) == [OrderKind.BLOCK]
    assert order.state == OrderState.SCHEDULED
    assert order.not_before == calendar.start_of_day(in_days(6)) - timedelta(minutes=1)
    assert expect_audit(AuditKind.DEPARTURE_PLANNED, subject=departure).after["lines"] == {str(line): "suspend"}


def test_a_departure_today_is_done_now(line, by_alice):
    departure = plan(line, by_alice, last_day=today())

    run(departure)

    line.refresh_from_db()
    assert line.state == LineState.SUSPENDED
    assert SimulatedLine.objects.get(number=line.number).status == ServiceStatus.SUSPENDED


def test_each_of_his_lines_has_its_own_fate(line, by_alice, colleague, noordkaai):
    other = factories.at_the_operator(factories.LineFactory(customer=noordkaai, subscriber=line.subscriber))
    answer(other, by_alice, fate=NumberFate.PRIVATE)

    departure = plan(line, by_alice, last_day=today())
    run(departure)

    line.refresh_from_db()
    other.refresh_from_db()
    assert (line.state, other.state) == (LineState.SUSPENDED, LineState.TERMINATED)
    assert SimulatedLine.objects.get(number=other.number).status == ServiceStatus.TERMINATED


def test_a_colleague_gets_the_number_of_the_company(line, by_alice, colleague):
    plan_of = {"fate": NumberFate.REASSIGN, "colleague": colleague, "provenance": NumberProvenance.COMPANY}
    run(plan(line, by_alice, last_day=today(), **plan_of))

    line.refresh_from_db()
    assert (line.subscriber, line.state) == (colleague, LineState.ACTIVE)
    assert expect_audit(AuditKind.PROVENANCE_RECORDED, subject=line).after == {"provenance": "company"}


def test_a_number_goes_to_the_new_employer(line, by_alice):
    departure = plan(line, by_alice, fate=NumberFate.NEW_EMPLOYER, to_name="Havenbouw NV")

    order = orders_of(departure)[0]
    assert (order.kind, order.payload["to_name"], order.payload["reason"]) == (
        OrderKind.RELEASE,
        "Havenbouw NV",
        "new_employer",
    )


def test_a_held_number_ends_when_nobody_can_ask_it_back_any_more(line, by_alice):
    last_day = in_days(5)
    departure = plan(line, by_alice, last_day=last_day, fate=NumberFate.END)

    block, end = orders_of(departure)
    assert (block.kind, end.kind) == (OrderKind.BLOCK, OrderKind.END)
    assert calendar.local_day(end.not_before) == last_day_to_ask_back(last_day) + timedelta(days=1)


def test_a_number_of_the_company_ends_on_the_last_day(line, by_alice):
    departure = plan(line, by_alice, fate=NumberFate.END, provenance=NumberProvenance.COMPANY)

    assert kinds_of(departure) == [OrderKind.END]


def test_a_held_number_goes_to_a_colleague_only_for_a_reason(line, by_alice, colleague):
    with pytest.raises(Refusal, match="may ask it back"):
        plan(line, by_alice, fate=NumberFate.REASSIGN, colleague=colleague)

    plan(line, by_alice, override="He gave it up in writing")

    assert expect_audit(AuditKind.HOLD_OVERRIDDEN, subject=line).after["reason"] == "He gave it up in writing"


def test_nothing_is_planned_when_one_of_the_answers_is_missing(line, by_alice):
    with pytest.raises(Refusal, match="which colleague"):
        plan(line, by_alice, fate=NumberFate.REASSIGN)

    assert not Order.objects.for_customer(line.customer).exists()
    assert Departure.objects.for_customer(line.customer).get().state == DepartureState.DRAFT


def test_a_departure_is_planned_once(line, by_alice):
    plan(line, by_alice)

    with pytest.raises(Refusal, match="planned already"):
        plan(line, by_alice)


def test_cancelling_takes_back_what_was_not_sent_and_lets_go_of_the_number(line, by_alice):
    departure = plan(line, by_alice)

    cancel_departure(departure=departure, by=by_alice)

    line.refresh_from_db()
    assert [order.state for order in orders_of(departure)] == [OrderState.CANCELLED]
    assert line.reclaim_until is None
    expect_audit(AuditKind.DEPARTURE_CANCELLED, subject=departure)


def test_another_last_day_moves_every_request_and_the_clock(line, by_alice):
    departure = plan(line, by_alice, fate=NumberFate.END)

    move_departure(departure=departure, last_day=in_days(9), by=by_alice)

    line.refresh_from_db()
    until = last_day_to_ask_back(in_days(9))
    days = [calendar.local_day(order.not_before) for order in orders_of(departure)]
    assert days == [in_days(9), until + timedelta(days=1)]
    assert line.reclaim_until == until
    expect_audit(AuditKind.DEPARTURE_MOVED, subject=departure)


def test_an_earlier_last_day_moves_every_request_too(line, by_alice):
    departure = plan(line, by_alice, last_day=in_days(9), fate=NumberFate.END)

    move_departure(departure=departure, last_day=in_days(2), by=by_alice)

    until = last_day_to_ask_back(in_days(2))
    days = [calendar.local_day(order.not_before) for order in orders_of(departure)]
    assert days == [in_days(2), until + timedelta(days=1)]


def test_the_last_day_stays_once_a_part_was_done(line, by_alice):
    departure = plan(line, by_alice, last_day=today(), fate=NumberFate.END)
    Order.objects.for_customer(line.customer).filter(kind=OrderKind.BLOCK).update(state=OrderState.IN_PROGRESS)

    with pytest.raises(Refusal, match="at the operator already"):
        move_departure(departure=departure, last_day=in_days(3), by=by_alice)


def test_what_a_requester_plans_waits_for_approval(line, by_alice, noordkaai):
    asker = factories.MembershipFactory(customer=noordkaai, role=Role.REQUESTER).user
    departure = plan(line, Actor.user(asker))
    assert [order.state for order in orders_of(departure)] == [OrderState.AWAITING_APPROVAL]

    with pytest.raises(Refusal):
        approve_departure(departure=departure, by=Actor.user(asker))
    approve_departure(departure=departure, by=by_alice)

    assert [order.state for order in orders_of(departure)] == [OrderState.SCHEDULED]
    expect_audit(AuditKind.DEPARTURE_APPROVED, subject=departure)


def test_a_number_that_is_asked_back_goes_to_the_employee(line, by_alice):
    departure = plan(line, by_alice, last_day=today(), fate=NumberFate.END)
    row = departure.lines.get()

    order = record_request(row=row, asked_on=today(), by=by_alice)

    assert order.kind == OrderKind.RELEASE
    assert order.payload["to_name"] == line.subscriber.full_name
    end = Order.objects.for_customer(line.customer).get(kind=OrderKind.END)
    assert end.state == OrderState.CANCELLED
    expect_audit(AuditKind.NUMBER_ASKED_BACK, subject=line)


def test_a_letter_after_the_month_or_about_a_number_of_the_company_changes_nothing(line, by_alice, noordkaai):
    departure = plan(line, by_alice, last_day=in_days(-60))
    with pytest.raises(Refusal, match="could be asked back until"):
        record_request(row=departure.lines.get(), asked_on=today(), by=by_alice)

    own = factories.at_the_operator(factories.LineFactory(customer=noordkaai))
    departure = plan(own, by_alice, provenance=NumberProvenance.COMPANY)
    with pytest.raises(Refusal, match="is the company"):
        record_request(row=departure.lines.get(), asked_on=today(), by=by_alice)


def test_a_tick_names_who_did_it_and_the_same_tick_twice_is_one(line, by_alice):
    departure = plan(line, by_alice)
    item = departure.items.first()

    tick(item=item, is_done=True, by=by_alice)
    done = tick(item=item, is_done=True, by=by_alice)

    assert done.done_by_name == by_alice.name
    expect_audit(AuditKind.DEPARTURE_CHECKED, subject=departure)


def test_whoever_sees_the_transfer_data_is_recorded(line, by_alice):
    departure = plan(line, by_alice, fate=NumberFate.PRIVATE)

    record_look(row=departure.lines.get(), by=by_alice)

    expect_audit(AuditKind.TRANSFER_DATA_SHOWN, subject=line)


def test_a_departure_is_over_once_everything_was_done(line, by_alice):
    departure = plan(line, by_alice, last_day=today())
    assert finish_departures() == 0

    run(departure)

    assert (finish_departures(), finish_departures()) == (1, 0)
    departure.refresh_from_db()
    assert departure.state == DepartureState.DONE
    expect_audit(AuditKind.DEPARTURE_DONE, subject=departure)


def test_the_access_of_a_fleet_manager_ends_with_the_last_day(line, by_alice, noordkaai, owner):
    member = factories.MembershipFactory(customer=noordkaai, role=Role.VIEWER)
    line.subscriber.email = member.user.email
    line.subscriber.save()
    by_owner = Actor.user(owner)
    save_draft(customer=noordkaai, subscriber=line.subscriber, by=by_owner, ends_access=True)
    plan(line, by_owner, last_day=today())

    finish_departures()

    assert not Membership.objects.for_customer(noordkaai).filter(user=member.user).exists()
    expect_audit(PeopleAuditKind.MEMBER_REMOVED, customer=noordkaai)


def test_the_checklist_asks_for_the_card_of_each_number_that_stays(line, by_alice):
    departure = plan(line, by_alice)

    kinds = DepartureItem.objects.for_customer(line.customer).filter(departure=departure).values_list("kind", flat=True)
    assert sorted(kinds) == ["card", "device", "signed_out", "told"]


@pytest.mark.parametrize(
    ("last_day", "until"),
    [
        (date(2026, 11, 23), date(2026, 12, 23)),
        (date(2026, 11, 30), date(2026, 12, 31)),
        (date(2027, 1, 30), date(2027, 2, 28)),
        (date(2027, 1, 31), date(2027, 2, 28)),
        (date(2027, 2, 28), date(2027, 3, 31)),
        (date(2026, 12, 15), date(2027, 1, 15)),
    ],
)
def test_a_month_to_ask_back_ends_on_the_same_day_or_with_the_month(last_day, until):
    assert last_day_to_ask_back(last_day) == until
