"""What somebody asks who may only ask waits for somebody who may decide."""

import pytest

from accounts.models import Membership
from accounts.permissions import Role
from fleetportal.audit.actors import Actor
from fleetportal.web.errors import Refusal
from sims.enums import AuditKind, LineState, OrderState
from sims.orders.placing import approve, cancel, decline
from tests.audit.expect import expect_audit
from tests.sims.orders.driving import drive, step
from tests.sims.orders.test_block import block

pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture
def asked(line, rita):
    return block(line, Actor.user(rita))


def test_nothing_happens_before_somebody_approves(asked, line):
    assert asked.state == OrderState.AWAITING_APPROVAL
    assert step(asked) == OrderState.AWAITING_APPROVAL
    line.refresh_from_db()
    assert (line.state, line.open_request) == (LineState.ACTIVE, "scheduled")


def test_approved_it_goes_on(asked, line, by_alice):
    approve(order=asked, by=by_alice)

    assert asked.approved_by_name == by_alice.name
    assert drive(asked) == OrderState.COMPLETED
    expect_audit(AuditKind.ORDER_APPROVED, subject=asked)
    line.refresh_from_db()
    assert line.state == LineState.SUSPENDED


def test_declined_it_ends_with_the_reason(asked, by_alice):
    decline(order=asked, by=by_alice, reason="The phone was found.")

    assert (asked.state, asked.error_message) == (OrderState.CANCELLED, "The phone was found.")
    expect_audit(AuditKind.ORDER_DECLINED, subject=asked)


def test_nobody_approves_what_he_asked_himself(line, alice, by_alice):
    order = block(line, by_alice, second_person=True)
    with pytest.raises(Refusal, match="Somebody else"):
        approve(order=order, by=by_alice)


def test_who_may_only_ask_decides_nothing(asked, rita):
    for decision in (approve, decline):
        with pytest.raises(Refusal, match="may change lines"):
            decision(order=asked, by=Actor.user(rita))


def test_who_asked_may_take_it_back(asked, rita):
    cancel(order=asked, by=Actor.user(rita))
    assert asked.state == OrderState.CANCELLED


@pytest.mark.parametrize("who", ["rita", "alice"])
def test_both_must_still_have_their_rights_when_it_is_sent(asked, by_alice, who, request):
    approve(order=asked, by=by_alice)
    members = Membership.objects.for_customer(asked.customer_id)
    members.filter(user=request.getfixturevalue(who)).update(role=Role.VIEWER)

    assert drive(asked) == OrderState.CANCELLED
    assert asked.error_code == "requester_lost_rights"
