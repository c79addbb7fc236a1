"""A bundle from the request to the operator's answer: made, changed, ended; refused with the reason in words."""

import uuid
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Membership
from accounts.permissions import Role
from fleetportal.audit.actors import Actor
from fleetportal.operators.registry import get_operator
from fleetportal.operators.simulator.faults import set_faults
from fleetportal.operators.simulator.models import SimulatedBundle, SimulatedOrder
from fleetportal.web.errors import Refusal
from groupbundles.enums import AuditKind, BundleState
from groupbundles.models import BundleMember, BundleOffer, GroupBundle
from groupbundles.services.bundles import ask_for_end
from sims.enums import LineState, OrderKind, OrderState
from sims.models import Line, Order
from sims.orders import calendar
from sims.orders.kinds import NothingToChange, kind_of, name_of, page_of
from sims.orders.kinds.end import EndWish
from sims.orders.placing import Conflict, approve, ask, cancel, reschedule
from sims.orders.reasons import reason_of
from sims.queries.progress import described
from tests import factories
from tests.audit.expect import expect_audit
from tests.groupbundles.orders.conftest import GB, keys, members
from tests.sims.orders.driving import drive

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


def at_operator(bundle) -> SimulatedBundle:
    return SimulatedBundle.objects.get(code=bundle.code)


def today() -> date:
    return calendar.local_day(timezone.now())


def test_a_new_bundle_is_an_order_until_the_operator_made_it(lines, ask_new, contract):
    order = ask_new(lines[:2], note="For the depot")

    assert (order.state, order.line, order.about, order.note) == (OrderState.READY, None, "Data 2 TB", "For the depot")
    assert described(order) == "2,000\xa0GB, 2 SIM cards"
    assert name_of(order) == "Group bundle Data 2 TB"
    assert page_of(order) == f"/bundles/{order.subject}/"
    assert not GroupBundle.objects.for_customer(contract).exists()


def test_made_by_the_operator_it_has_its_code_size_price_and_lines(lines, bundle):
    assert (bundle.name, bundle.offer, bundle.size) == ("Data 2 TB", "GB-DATA-2TB", 2000 * GB)
    assert (bundle.price_month, bundle.starts_on, bundle.state) == (Decimal("400.00"), today(), BundleState.ACTIVE)
    assert members(bundle) == sorted(line.pk for line in lines[:2])
    assert at_operator(bundle).numbers == [line.number for line in lines[:2]]
    expect_audit(AuditKind.BUNDLE_STARTED, subject=bundle)
    expect_audit(AuditKind.BUNDLE_LINE_JOINED, subject=lines[0])


def test_a_bundle_is_billed_on_the_account_that_was_chosen(lines, ask_new, contract):
    account = factories.BillingAccountFactory(customer=contract)
    order = ask_new(lines, account=account.number)
    drive(order)

    bundle = GroupBundle.objects.for_customer(contract).get(public_id=order.subject)
    assert bundle.billing_account == account
    assert at_operator(bundle).billing_account == account.number


def test_size_and_lines_change_with_what_it_costs(lines, bundle, change):
    order = change(bundle, offer="GB-DATA-5TB", add=lines[2:], remove=lines[:1])
    payload = kind_of(order.kind).payload.from_json(order.payload)
    assert kind_of(order.kind).cost(bundle, payload) == (Decimal("400.00"), Decimal("900.00"))
    assert described(order) == "5,000\xa0GB, + 1 SIM card, − 1 SIM card"

    assert drive(order) == OrderState.COMPLETED

    bundle.refresh_from_db()
    assert (bundle.name, bundle.size, bundle.price_month) == ("Data 5 TB", 5000 * GB, Decimal("900.00"))
    assert members(bundle) == sorted([lines[1].pk, lines[2].pk])
    assert at_operator(bundle).numbers == [lines[1].number, lines[2].number]
    gone = BundleMember.objects.for_customer(bundle.customer_id).get(line=lines[0])
    assert (gone.since, gone.until) == (today(), today())
    event = expect_audit(AuditKind.BUNDLE_CHANGED, subject=bundle)
    assert (event.before["size"], event.after["size"], event.after["lines_added"]) == (2000 * GB, 5000 * GB, 1)
    expect_audit(AuditKind.BUNDLE_LINE_LEFT, subject=lines[0])


def test_an_ended_bundle_lets_its_lines_go(lines, bundle, by_alice, ask_new):
    order = ask_for_end(bundle=bundle, by=by_alice)
    assert described(order) == "€400.00 less per month"

    assert drive(order) == OrderState.COMPLETED

    bundle.refresh_from_db()
    assert (bundle.state, bundle.ends_on, members(bundle)) == (BundleState.ENDED, today(), [])
    expect_audit(AuditKind.BUNDLE_ENDED, subject=bundle)
    assert drive(ask_new(lines)) == OrderState.COMPLETED


def test_what_is_so_already_is_no_change(lines, bundle, change):
    with pytest.raises(NothingToChange):
        change(bundle, offer="GB-DATA-2TB", add=lines[:1], remove=lines[2:])


def test_it_waits_for_its_day_and_can_be_moved_or_taken_back(lines, ask_new, by_alice):
    order = ask_new(lines, on=today() + timedelta(days=10))
    assert order.state == OrderState.SCHEDULED

    reschedule(order=order, not_before=today() + timedelta(days=20), by=by_alice)
    assert calendar.local_day(order.not_before) == today() + timedelta(days=20)

    cancel(order=order, by=by_alice)
    assert order.state == OrderState.CANCELLED
    assert not SimulatedOrder.objects.exists()


def test_what_was_just_asked_can_be_undone(lines, ask_new, by_alice):
    order = ask_new(lines)
    assert order.due_at > timezone.now()
    cancel(order=order, by=by_alice)
    assert order.state == OrderState.CANCELLED


def test_a_requester_waits_for_somebody_who_may_decide(lines, ask_new, rita, by_alice):
    order = ask_new(lines, by=Actor.user(rita))
    assert order.state == OrderState.AWAITING_APPROVAL

    approve(order=order, by=by_alice)
    assert drive(order) == OrderState.COMPLETED


def test_who_lost_the_right_meanwhile_does_not_get_it(lines, ask_new, alice):
    order = ask_new(lines)
    Membership.objects.for_customer(order.customer_id).filter(user=alice).update(role=Role.VIEWER)

    assert drive(order) == OrderState.CANCELLED
    assert order.error_code == "requester_lost_rights"


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"offer": "GB-NONE"}, "offer"),
        ({"account": "9999999"}, "account"),
        ({"lines": ()}, "lines"),
    ],
)
def test_what_the_contract_does_not_have_is_refused_beside_its_field(lines, ask_new, wish, field):
    with pytest.raises(Refusal) as refusal:
        ask_new(wish.pop("lines", lines), **wish)
    assert refusal.value.field == field


@pytest.mark.parametrize(
    ("state", "words"), [(LineState.NEW, "is not active yet"), (LineState.TERMINATED, "has ended")]
)
def test_a_line_that_does_not_work_is_named(contract, ask_new, state, words):
    line = factories.LineFactory(customer=contract, number="+32468112233", state=state)
    with pytest.raises(Refusal, match=f"0468 11 22 33, .* {words}"):
        ask_new([line])


def test_a_line_of_another_company_is_not_found(zuidpark, ask_new):
    theirs = factories.LineFactory(customer=zuidpark)
    with pytest.raises(Refusal, match="not found"):
        ask_new([theirs])


def test_a_line_is_in_one_bundle_of_a_kind(lines, bundle, ask_new):
    with pytest.raises(Refusal, match="is in “Data 2 TB”") as refusal:
        ask_new(lines)
    assert refusal.value.field == "lines"

    assert ask_new(lines, offer="GB-VOICE-EU").state == OrderState.READY


def test_a_line_that_is_asked_for_one_bundle_is_not_asked_for_another(lines, ask_new, bundle, change):
    waiting = ask_new(lines[2:])
    with pytest.raises(Refusal, match="is asked for “Data 2 TB”"):
        change(bundle, add=lines[2:])

    cancel(order=waiting, by=Actor.system("test"))
    assert change(bundle, add=lines[2:]).state == OrderState.READY


def test_the_database_refuses_a_line_in_two_bundles_of_a_kind(lines, bundle):
    other = factories.GroupBundleFactory(customer=bundle.customer)
    with pytest.raises(IntegrityError, match="line_in_one_bundle_of_a_kind"), transaction.atomic():
        factories.BundleMemberFactory(bundle=other, line=lines[0])


def test_a_second_change_of_a_bundle_names_the_open_one(lines, bundle, change, by_alice):
    change(bundle, add=lines[2:])
    with pytest.raises(Conflict, match="Change of a group bundle"):
        change(bundle, offer="GB-DATA-5TB")
    with pytest.raises(Conflict):
        ask_for_end(bundle=bundle, by=by_alice)


def test_the_same_page_sent_twice_asks_once(lines, ask_new):
    order = ask_new(lines)
    with pytest.raises(Conflict):
        ask_new(lines, subject=order.subject)


def test_an_id_that_a_bundle_has_makes_no_second_one(lines, ask_new, bundle, zuidpark):
    theirs = factories.GroupBundleFactory(customer=zuidpark)
    for taken in (bundle.public_id, theirs.public_id):
        with pytest.raises(Refusal, match="exists already"):
            ask_new(lines[2:], subject=taken)


def test_a_request_of_another_company_with_the_same_id_is_no_conflict(lines, ask_new, zuidpark):
    subject = uuid.uuid4()
    Order.objects.create(
        customer=zuidpark,
        subject=subject,
        subject_label="Theirs",
        kind=OrderKind.BUNDLE_NEW,
        conflict_group="bundle",
        state=OrderState.SCHEDULED,
        not_before=timezone.now(),
        requested_by_name="Charlie",
    )
    assert ask_new(lines, subject=subject).state == OrderState.READY


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda: SimulatedBundle.objects.update(used=9000 * GB), "bundle_too_small"),
        (lambda: SimulatedBundle.objects.update(code="GB-OTHER"), "bundle_unknown"),
    ],
)
def test_what_the_operator_refuses_is_told_and_changes_nothing(bundle, change, spoil, code):
    spoil()
    order = change(bundle, offer="GB-DATA-5TB")

    assert drive(order) == OrderState.REJECTED
    assert order.error_code == code
    assert reason_of(order) != order.error_message
    bundle.refresh_from_db()
    assert bundle.size == 2000 * GB


def test_after_a_refusal_the_same_bundle_can_be_asked_again(lines, ask_new, contract):
    get_operator()
    BundleOffer.objects.for_customer(contract).filter(code="GB-DATA-2TB").update(code="GB-OWN")
    refused = ask_new(lines, offer="GB-OWN")
    assert drive(refused) == OrderState.REJECTED

    again = ask_new(lines, offer="GB-DATA-5TB", subject=refused.subject)
    assert drive(again) == OrderState.COMPLETED
    assert members(GroupBundle.objects.for_customer(contract).get(public_id=refused.subject)) == sorted(
        line.pk for line in lines
    )


def test_a_lost_answer_makes_no_second_bundle(lines, ask_new, contract):
    set_faults(drop_answers=1)
    assert drive(ask_new(lines)) == OrderState.COMPLETED
    assert SimulatedBundle.objects.count() == GroupBundle.objects.for_customer(contract).count() == 1


def end_line(line, by) -> None:
    drive(ask(line=line, kind=OrderKind.END, wish=EndWish(), by=by))


def test_a_line_that_ends_leaves_its_bundle(lines, bundle, by_alice):
    end_line(lines[0], by_alice)

    assert members(bundle) == [lines[1].pk]
    assert at_operator(bundle).numbers == [lines[1].number]
    event = expect_audit(AuditKind.BUNDLE_LINE_LEFT, subject=lines[0])
    assert event.after["name"] == "Data 2 TB"


def test_a_line_that_ended_before_it_was_sent_stays_away_and_stops_nobody(lines, ask_new, by_alice, contract):
    order = ask_new(lines)
    end_line(lines[0], by_alice)

    assert drive(order) == OrderState.COMPLETED
    bundle = GroupBundle.objects.for_customer(contract).get(public_id=order.subject)
    assert members(bundle) == sorted([lines[1].pk, lines[2].pk])


def test_what_no_longer_fits_when_it_is_sent_is_cancelled_with_the_reason(lines, bundle, change):
    order = change(bundle, add=lines[2:])
    other = factories.GroupBundleFactory(customer=bundle.customer, name="Other")
    factories.BundleMemberFactory(bundle=other, line=lines[2])

    assert drive(order) == OrderState.CANCELLED
    assert "bundle or its lines had changed" in reason_of(order)


def test_an_effect_that_the_portal_cannot_take_waits_for_a_person(lines, ask_new, contract):
    order = ask_new(lines)
    factories.GroupBundleFactory(customer=contract, code="GB-TAKEN")
    drive_until_sent(order)
    SimulatedOrder.objects.update(details={**SimulatedOrder.objects.get().details, "bundle_code": "GB-TAKEN"})

    assert drive(order) == OrderState.NEEDS_ATTENTION
    assert not GroupBundle.objects.for_customer(contract).filter(public_id=order.subject).exists()
    assert not BundleMember.objects.for_customer(contract).exists()


def drive_until_sent(order) -> None:
    """The operator has made the bundle and the portal has not asked yet."""
    from tests.sims.orders.driving import step

    step(order)
    get_operator().get_order(order.operator_reference)


def test_the_end_of_a_line_says_nothing_about_lines_without_a_bundle(lines, by_alice):
    end_line(lines[0], by_alice)
    assert Line.objects.for_customer(lines[0].customer_id).get(pk=lines[0].pk).state == LineState.TERMINATED
    assert keys(lines)
