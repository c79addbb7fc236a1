"""Who pays a line's bill, and on which account: from the wish to the operator and back."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from fleetportal.audit.actors import Actor
from fleetportal.operators.simulator.models import SimulatedLine
from fleetportal.web.errors import Refusal
from sims.assignments import assign, assignment_for, period_from
from sims.enums import AuditKind, LineState, OrderKind, OrderState, SplitBillKind
from sims.models import Line, Order, SplitBillAssignment, SplitBillProfile
from sims.orders import calendar
from sims.orders.kinds import NothingToChange, kind_of, lines_to_change
from sims.orders.kinds.billing_account import BillingAccountWish
from sims.orders.kinds.split_bill import SplitBillWish
from sims.orders.placing import approve, ask
from tests import factories
from tests.audit.expect import expect_audit
from tests.sims.orders.driving import drive, rows

pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture
def profile(noordkaai) -> SplitBillProfile:
    return factories.SplitBillProfileFactory(customer=noordkaai, name="25 euro")


def split_bill(line, by, profile, **arguments) -> Order:
    wish = SplitBillWish(profile=profile.pk if profile else 0)
    return ask(line=line, kind=OrderKind.SPLIT_BILL, wish=wish, by=by, **arguments)


def next_period() -> date:
    return calendar.next_period(calendar.local_day(timezone.now()))


def test_a_split_bill_begins_with_the_next_period_here_and_at_the_operator(line, by_alice, profile):
    order = split_bill(line, by_alice, profile)
    assert (order.state, order.not_before) == (OrderState.SCHEDULED, calendar.start_of_day(next_period()))

    assert drive(order) == OrderState.COMPLETED

    line.refresh_from_db()
    assert (line.split_bill, line.split_bill_profile) == (True, profile)
    assert SimulatedLine.objects.get(number=line.number).split_bill == {
        "kind": "fixed_amount",
        "company_amount": "25.00",
    }
    assert assignment_for(line, next_period()).profile == profile
    assert assignment_for(line, next_period() - timedelta(days=1)) is None
    event = expect_audit(AuditKind.LINE_SPLIT_BILL, subject=line)
    assert event.after["since"] == next_period().isoformat()


def test_it_is_never_retroactive(line, by_alice, profile):
    with pytest.raises(Refusal, match="earliest possible"):
        split_bill(line, by_alice, profile, not_before=calendar.local_day(timezone.now()))


def test_what_is_approved_after_its_day_begins_with_the_period_after(line, rita, by_alice, profile):
    order = split_bill(line, Actor.user(rita), profile)
    past = calendar.start_of_day(calendar.local_day(timezone.now()).replace(day=1) - timedelta(days=31))
    rows(order).update(not_before=past)
    approve(order=order, by=by_alice)
    drive(order)
    assert SplitBillAssignment.objects.for_customer(line.customer_id).get().since >= period_from(
        calendar.local_day(timezone.now())
    )


def test_stopping_divides_nothing_any_more_and_keeps_the_past(line, by_alice, profile):
    this_period = calendar.local_day(timezone.now()).replace(day=1)
    assign(line, profile, since=this_period)
    Line.objects.for_customer(line.customer_id).filter(pk=line.pk).update(split_bill=True, split_bill_profile=profile)

    drive(split_bill(line, by_alice, None))

    line.refresh_from_db()
    assert (line.split_bill, line.split_bill_profile) == (False, None)
    assert SimulatedLine.objects.get(number=line.number).split_bill is None
    assert assignment_for(line, this_period).profile == profile
    assert assignment_for(line, next_period()).profile is None


def test_the_same_profile_is_nothing_to_change(line, by_alice, profile):
    with pytest.raises(NothingToChange, match="not divided"):
        split_bill(line, by_alice, None)
    Line.objects.for_customer(line.customer_id).filter(pk=line.pk).update(split_bill=True, split_bill_profile=profile)
    with pytest.raises(NothingToChange, match="divided so already"):
        split_bill(line, by_alice, profile)


def test_a_profile_that_is_retired_or_of_another_company_cannot_be_chosen(line, by_alice, profile, zuidpark):
    with pytest.raises(Refusal, match="from the list"):
        split_bill(line, by_alice, factories.SplitBillProfileFactory(customer=zuidpark))
    rows_of = SplitBillProfile.objects.for_customer(line.customer_id)
    rows_of.filter(pk=profile.pk).update(retired_at=timezone.now())
    with pytest.raises(Refusal, match="from the list"):
        split_bill(line, by_alice, profile)


@pytest.mark.parametrize("state", [LineState.NEW, LineState.TERMINATED])
def test_only_a_line_at_the_operator_is_billed(line, by_alice, profile, state):
    Line.objects.for_customer(line.customer_id).filter(pk=line.pk).update(state=state)
    with pytest.raises(Refusal):
        split_bill(line, by_alice, profile)
    with pytest.raises(Refusal):
        account = factories.BillingAccountFactory(customer=line.customer)
        ask(line=line, kind=OrderKind.BILLING_ACCOUNT, wish=BillingAccountWish(number=account.number), by=by_alice)


def test_a_later_period_that_was_assigned_is_not_overtaken(line, profile):
    assign(line, profile, since=date(2026, 12, 1))
    assert assign(line, None, since=date(2026, 11, 1)).since == date(2026, 12, 1)
    assert assignment_for(line, date(2026, 12, 1)).profile is None
    assert assignment_for(line, date(2026, 11, 1)) is None


@pytest.mark.parametrize(("day", "first"), [("2026-11-01", "2026-11-01"), ("2026-11-02", "2026-12-01")])
def test_a_period_that_has_begun_is_left_alone(day, first):
    assert period_from(date.fromisoformat(day)) == date.fromisoformat(first)


@pytest.mark.parametrize(
    "change",
    [
        lambda rows, line: rows.update(since=date(2026, 10, 1)),
        lambda rows, line: rows.delete(),
        lambda rows, line: rows.create(customer=line.customer, line=line, since=date(2026, 9, 1)),
        lambda rows, line: rows.create(customer=line.customer, line=line, since=date(2026, 12, 2)),
    ],
    ids=["move", "remove", "before", "inside a period"],
)
def test_the_database_keeps_how_a_bill_was_split(line, profile, change):
    assign(line, profile, since=date(2026, 11, 1))
    with pytest.raises(DatabaseError), transaction.atomic():
        change(SplitBillAssignment.objects.for_customer(line.customer_id), line)


@pytest.mark.parametrize(
    "columns", [{"company_amount": 30}, {"kind": SplitBillKind.PER_CATEGORY}, {"employee_categories": ["voice"]}]
)
def test_the_database_keeps_the_terms_of_a_profile(profile, columns):
    profiles = SplitBillProfile.objects.for_customer(profile.customer_id)
    with pytest.raises(DatabaseError, match="never change"), transaction.atomic():
        profiles.update(**columns)
    profiles.update(name="Twenty-five")


@pytest.mark.parametrize(
    "columns",
    [
        {"kind": SplitBillKind.FIXED_AMOUNT, "company_amount": None},
        {"kind": SplitBillKind.PERCENTAGE, "company_percentage": None},
        {"kind": SplitBillKind.PERCENTAGE_MAX, "company_percentage": 50, "company_amount": None},
        {"kind": SplitBillKind.PERCENTAGE, "company_percentage": 101},
        {"kind": SplitBillKind.FIXED_AMOUNT, "company_amount": -1},
    ],
)
def test_the_database_refuses_a_profile_without_its_terms(noordkaai, columns):
    with pytest.raises(DatabaseError), transaction.atomic():
        factories.SplitBillProfileFactory(customer=noordkaai, **columns)


def test_a_line_is_billed_on_another_account(line, by_alice):
    account = factories.BillingAccountFactory(customer=line.customer, name="Filiaal Gent")
    old = line.billing_account
    order = ask(line=line, kind=OrderKind.BILLING_ACCOUNT, wish=BillingAccountWish(number=account.number), by=by_alice)

    assert drive(order) == OrderState.COMPLETED

    line.refresh_from_db()
    assert line.billing_account == account
    assert SimulatedLine.objects.get(number=line.number).billing_account == account.number
    event = expect_audit(AuditKind.LINE_BILLING_ACCOUNT, subject=line)
    assert (event.before["billing_account"], event.after["billing_account"]) == (old.number, account.number)


def test_another_companys_account_is_not_in_the_list(line, by_alice, zuidpark):
    theirs = factories.BillingAccountFactory(customer=zuidpark)
    with pytest.raises(Refusal, match="from the list"):
        ask(line=line, kind=OrderKind.BILLING_ACCOUNT, wish=BillingAccountWish(number=theirs.number), by=by_alice)


def test_the_same_account_is_nothing_to_change(line, by_alice):
    wish = BillingAccountWish(number=line.billing_account.number)
    with pytest.raises(NothingToChange):
        ask(line=line, kind=OrderKind.BILLING_ACCOUNT, wish=wish, by=by_alice)


def test_an_account_that_is_gone_needs_a_person(line, by_alice):
    account = factories.BillingAccountFactory(customer=line.customer)
    order = ask(line=line, kind=OrderKind.BILLING_ACCOUNT, wish=BillingAccountWish(number=account.number), by=by_alice)
    account.delete()
    assert drive(order) == OrderState.NEEDS_ATTENTION


def test_many_lines_are_prepared_without_a_query(noordkaai, profile):
    account = factories.BillingAccountFactory(customer=noordkaai)
    factories.LineFactory.create_batch(3, customer=noordkaai)
    lines = list(lines_to_change(Line.objects.for_customer(noordkaai)))
    prepared = [
        kind_of(OrderKind.SPLIT_BILL).prepare(noordkaai, SplitBillWish(profile=profile.pk)),
        kind_of(OrderKind.BILLING_ACCOUNT).prepare(noordkaai, BillingAccountWish(number=account.number)),
    ]
    with CaptureQueriesContext(connection) as queries:
        assert len([prepare(line) for line in lines for prepare in prepared]) == 6
    assert not queries


def test_a_split_bill_chosen_with_a_new_line_counts_from_its_first_period(new_line, place_activation, profile):
    new_line.split_bill, new_line.split_bill_profile = True, profile
    new_line.save()

    drive(place_activation())

    this_period = calendar.local_day(timezone.now()).replace(day=1)
    assert assignment_for(new_line, this_period).profile == profile
    assert assignment_for(new_line, this_period - timedelta(days=1)) is None
    told = Order.objects.for_customer(new_line.customer_id).get(line=new_line, kind=OrderKind.SPLIT_BILL)
    assert told.state == OrderState.SCHEDULED
    assert drive(told) == OrderState.COMPLETED
    number = Line.objects.for_customer(new_line.customer_id).get(pk=new_line.pk).number
    assert SimulatedLine.objects.get(number=number).split_bill == {"kind": "fixed_amount", "company_amount": "25.00"}
    assert assignment_for(new_line, next_period()).profile == profile
