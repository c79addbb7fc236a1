"""Who asked hears what went wrong or was decided, who may decide hears what waits; a bulk change or departure once."""

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import Membership
from accounts.permissions import Role
from fleetportal.audit.actors import Actor
from fleetportal.notifications.events import shown_of
from fleetportal.notifications.models import Notification
from sims.bulk.changes import change_of
from sims.bulk.selection import Selection
from sims.enums import OrderState
from sims.orders.kinds.block import BlockWish
from sims.orders.outcomes import ended, needs_attention
from sims.orders.placing import approve, decline, give_up, retry
from sims.orders.telling import DECIDED, WAITING, WRONG
from sims.services import bulk as bulk_services
from sims.services import bulk_decisions
from sims.services.departures import approve_departure, plan_departure
from tests import factories
from tests.sims.orders.test_block import block

pytestmark = pytest.mark.usefixtures("english", "owner", "bob")


def told(event: str) -> list[Notification]:
    everywhere = Notification.objects.across_customers(reason="all of the test").filter(event=event)
    return list(everywhere.select_related("user").order_by("user__email"))


def names(event: str) -> list[str]:
    return [notification.user.first_name for notification in told(event)]


@pytest.fixture
def asked(line, rita, alice):
    return block(line, Actor.user(rita))


def blocked_in_bulk(customer, lines, by: Actor):
    bulk = bulk_services.prepare(
        customer=customer,
        change=change_of("block"),
        wish=BlockWish(reason="lost"),
        selection=Selection.picked([str(line.public_id) for line in lines]),
        by=by,
    )
    bulk_services.apply(bulk=bulk, by=by)
    return bulk


def test_who_may_decide_hears_that_something_waits(asked, line):
    assert names(WAITING) == ["Alice", "Olga"]
    seen = shown_of(told(WAITING)[0])
    assert seen.title == "Block: waiting for approval"
    assert "Rita Raes" in seen.body and line.subscriber.full_name in seen.body
    assert seen.url == reverse("line_detail", args=[line.public_id])


def test_who_asked_is_not_told_that_it_waits(line, by_alice):
    block(line, by_alice, second_person=True)
    assert names(WAITING) == ["Olga"]


def test_what_needs_no_approval_tells_nobody(line, by_alice):
    block(line, by_alice)
    assert not told(WAITING)


@pytest.mark.parametrize(("decide", "word"), [(approve, "approved"), (decline, "declined")])
def test_who_asked_hears_what_was_decided(asked, by_alice, decide, word):
    decide(order=asked, by=by_alice)
    assert names(DECIDED) == ["Rita"]
    seen = shown_of(told(DECIDED)[0])
    assert seen.title == f"Block: {word}"
    assert "Alice Aerts" in seen.body


def test_a_reason_is_told_along(asked, by_alice):
    decline(order=asked, by=by_alice, reason="The phone was found")
    assert shown_of(told(DECIDED)[0]).body.endswith("The phone was found.")


def test_a_refusal_is_told_once_with_its_reason_in_the_readers_words(line, by_alice):
    order = block(line, by_alice)
    order.state = OrderState.SUBMITTING
    type(order).objects.for_customer(order.customer_id).filter(pk=order.pk).update(state=order.state)
    for _ in range(2):
        ended(order, OrderState.REJECTED, code="line_blocked", message="already so")
        order.state = OrderState.SUBMITTING
    assert names(WRONG) == ["Alice"]
    with translation.override("nl"):
        seen = shown_of(told(WRONG)[0])
    assert "geweigerd" in seen.title
    assert "already so" not in seen.body and line.subscriber.full_name in seen.body


def test_stuck_and_then_failed_is_told_as_two_things(line, by_alice):
    order = block(line, by_alice)
    needs_attention(order, "odd")
    retry(order=order, by=Actor.ops("retry"))
    needs_attention(order, "odd")
    give_up(order=order, by=Actor.ops("admin"), reason="Not possible")
    titles = sorted(shown_of(one).title for one in told(WRONG))
    assert titles == ["Block: failed", "Block: takes longer than usual"]
    assert not any("odd" in shown_of(one).body for one in told(WRONG))


def test_who_left_hears_nothing_and_the_order_still_ends(line, alice, by_alice):
    order = block(line, by_alice)
    Membership.objects.for_customer(order.customer_id).filter(user=alice).delete()
    needs_attention(order, "odd")
    assert order.state == OrderState.NEEDS_ATTENTION
    assert not told(WRONG)


def test_a_viewer_hears_nothing_of_what_he_once_asked(line, alice, by_alice):
    order = block(line, by_alice)
    Membership.objects.for_customer(order.customer_id).filter(user=alice).update(role=Role.VIEWER)
    needs_attention(order, "odd")
    assert not told(WRONG)


def test_a_bulk_change_is_told_once_however_many_lines_it_has(noordkaai, rita, by_alice):
    lines = [factories.at_the_operator(line) for line in factories.LineFactory.create_batch(3, customer=noordkaai)]
    bulk = blocked_in_bulk(noordkaai, lines, Actor.user(rita))
    assert names(WAITING) == ["Alice", "Olga"]
    assert shown_of(told(WAITING)[0]).url == reverse("bulk_detail", args=[bulk.pk])
    assert "3 lines" in shown_of(told(WAITING)[0]).body

    bulk_decisions.approve(bulk=bulk, by=by_alice)
    assert names(DECIDED) == ["Rita"]

    for row in bulk.rows.select_related("order__line"):
        needs_attention(row.order, "odd")
    assert names(WRONG) == ["Rita"]
    assert shown_of(told(WRONG)[0]).title == "Block: not all lines are done"


def test_a_departure_is_told_once_however_many_numbers_it_has(noordkaai, rita, alice, by_alice):
    person = factories.SubscriberFactory(customer=noordkaai)
    for _ in range(2):
        factories.at_the_operator(factories.LineFactory(customer=noordkaai, subscriber=person))
    departure = plan_departure(
        customer=noordkaai, subscriber=person, last_day=timezone.localdate(), by=Actor.user(rita)
    )
    assert names(WAITING) == ["Alice", "Olga"]
    assert shown_of(told(WAITING)[0]).url == reverse("departure", args=[departure.public_id])
    approve_departure(departure=departure, by=by_alice)
    assert names(DECIDED) == ["Rita"]
