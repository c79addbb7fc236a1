"""What has to be true before another SIM card is asked for: confirmation, holds, caps, a second person."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from accounts.credentials import note_change
from accounts.models import Membership
from fleetportal.audit.actors import Actor
from fleetportal.web.errors import Refusal
from sims.enums import AuditKind, OrderState, SimState, SwapReason
from sims.models import Line, Order, Sim
from sims.orders.kinds.block import BlockWish
from sims.orders.kinds.swap import SwapWish
from sims.orders.placing import approve, ask, cancel, reschedule
from sims.services.swapping import (
    NotConfirmed,
    change_policy,
    confirmation_for,
    confirmed_swap,
    lock_card,
    swap_card,
)
from tests import factories
from tests.audit.expect import expect_audit
from tests.sims.orders.driving import drive, rows

pytestmark = pytest.mark.usefixtures("english", "settled")


def wish_for(card, reason=SwapReason.LOST) -> SwapWish:
    return SwapWish(iccid=card.iccid, reason=reason)


def swap(line, card, by) -> Order:
    return swap_card(line=line, wish=wish_for(card), by=by)


def another(noordkaai) -> tuple[Line, Sim]:
    return factories.at_the_operator(factories.LineFactory(customer=noordkaai)), factories.SimFactory(
        customer=noordkaai
    )


# The confirmation


def test_what_was_confirmed_is_done_once(line, card, by_alice):
    token = confirmation_for(line=line, wish=wish_for(card), by=by_alice)
    order = confirmed_swap(line=line, wish=wish_for(card), token=token, by=by_alice)
    cancel(order=order, by=by_alice)

    with pytest.raises(Refusal, match="confirmed already"):
        confirmed_swap(line=line, wish=wish_for(card), token=token, by=by_alice)
    assert Order.objects.for_customer(line.customer_id).count() == 1
    assert Sim.objects.for_customer(line.customer_id).get(pk=card.pk).state == SimState.IN_STOCK


def test_a_confirmation_is_good_for_these_values_only(line, card, by_alice, owner, noordkaai):
    token = confirmation_for(line=line, wish=wish_for(card), by=by_alice)
    other_line, other_card = another(noordkaai)
    tries = [
        (line, wish_for(other_card), by_alice),
        (line, wish_for(card, SwapReason.OTHER), by_alice),
        (other_line, wish_for(card), by_alice),
        (line, wish_for(card), Actor.user(owner)),
    ]
    for where, wish, by in tries:
        with pytest.raises(NotConfirmed):
            confirmed_swap(line=where, wish=wish, token=token, by=by)
    assert not Order.objects.for_customer(noordkaai).exists()


@pytest.mark.parametrize(
    "change", [{"number": "+32468999888"}, {"subscriber__first_name": "Iemand"}, {"sim": "another"}], ids=str
)
def test_a_line_that_changed_since_has_to_be_confirmed_again(line, card, by_alice, noordkaai, change):
    token = confirmation_for(line=line, wish=wish_for(card), by=by_alice)
    if "number" in change:
        line.number = change["number"]
    elif "sim" in change:
        line.sim = factories.SimFactory(customer=noordkaai, state=SimState.IN_USE)
    else:
        line.subscriber.first_name = change["subscriber__first_name"]
        line.subscriber.save()
    line.save()
    with pytest.raises(NotConfirmed):
        confirmed_swap(line=line, wish=wish_for(card), token=token, by=by_alice)


@pytest.mark.parametrize("token", ["", "x", "a.b.c"])
def test_nothing_is_done_without_a_confirmation(line, card, by_alice, token):
    with pytest.raises(NotConfirmed):
        confirmed_swap(line=line, wish=wish_for(card), token=token, by=by_alice)


def test_a_confirmation_gets_too_old(line, card, by_alice, monkeypatch):
    token = confirmation_for(line=line, wish=wish_for(card), by=by_alice)
    monkeypatch.setattr("sims.services.swapping.CONFIRMATION_LIFETIME", timedelta(0))
    with pytest.raises(NotConfirmed):
        confirmed_swap(line=line, wish=wish_for(card), token=token, by=by_alice)


def test_a_confirmation_says_nothing_to_who_reads_it(line, card, by_alice):
    token = confirmation_for(line=line, wish=wish_for(card), by=by_alice)
    for secret in (line.number, line.sim.iccid, card.iccid, line.subscriber.last_name):
        assert secret not in token


# Holds


def test_usually_it_goes_at_once(line, card, by_alice):
    order = swap(line, card, by_alice)
    assert (order.state, order.payload["held_until"]) == (OrderState.READY, "")


def test_who_joined_less_than_three_days_ago_waits_a_day(line, card, by_alice, alice, noordkaai):
    Membership.objects.for_customer(noordkaai).filter(user=alice).update(joined_at=timezone.now() - timedelta(hours=71))
    order = swap(line, card, by_alice)

    assert order.state == OrderState.SCHEDULED
    assert timedelta(hours=23, minutes=59) < order.not_before - timezone.now() <= timedelta(hours=24)


def test_who_has_a_new_password_or_address_waits_a_day(line, card, by_alice, alice):
    note_change(user=alice)
    assert swap(line, card, by_alice).state == OrderState.SCHEDULED


def test_a_password_changed_long_ago_holds_nothing_back(line, card, by_alice, alice):
    type(alice).objects.filter(pk=alice.pk).update(credentials_changed_at=Now() - timedelta(hours=73))
    assert swap(line, card, by_alice).state == OrderState.READY


def test_a_hold_cannot_be_moved_away(line, card, by_alice, alice):
    """Not even to the day on which it ends, which begins at midnight."""
    note_change(user=alice)
    order = swap(line, card, by_alice)
    until = order.not_before
    for day in (timezone.localdate(until), timezone.localdate()):
        reschedule(order=order, not_before=day, by=by_alice)
        assert order.not_before == until
    reschedule(order=order, not_before=timezone.localdate(until) + timedelta(days=2), by=by_alice)
    assert order.not_before > until


def test_changing_the_password_is_noticed(client_for, alice):
    client = client_for(alice)
    new = {"oldpassword": factories.PASSWORD, "password1": "een heel ander wachtwoord"}
    client.post("/accounts/password/change/", new | {"password2": new["password1"]})
    alice.refresh_from_db()
    assert timezone.now() - alice.credentials_changed_at < timedelta(minutes=1)


def test_a_company_may_let_time_pass(line, card, by_alice, owner, noordkaai):
    change_policy(customer=noordkaai, by=Actor.user(owner), cool_down_hours=6)
    order = swap(line, card, by_alice)

    assert order.state == OrderState.SCHEDULED
    assert timedelta(hours=5, minutes=59) < order.not_before - timezone.now() <= timedelta(hours=6)


# A second person


def test_the_sixth_of_a_day_needs_a_second_person(by_alice, owner, noordkaai):
    states = [swap(*another(noordkaai), by_alice).state for _ in range(6)]
    assert states == [OrderState.READY] * 5 + [OrderState.AWAITING_APPROVAL]
    assert swap(*another(noordkaai), Actor.user(owner)).state == OrderState.READY


def test_a_company_has_a_number_of_its_own(by_alice, owner, noordkaai):
    change_policy(customer=noordkaai, by=Actor.user(owner), swaps_per_company=1)
    assert swap(*another(noordkaai), by_alice).state == OrderState.READY
    assert swap(*another(noordkaai), Actor.user(owner)).state == OrderState.AWAITING_APPROVAL


def test_yesterdays_are_not_counted(by_alice, noordkaai):
    for _ in range(5):
        rows(swap(*another(noordkaai), by_alice)).update(created_at=timezone.now() - timedelta(hours=25))
    assert swap(*another(noordkaai), by_alice).state == OrderState.READY


def test_two_at_once_do_not_slip_past_the_cap(by_alice, owner, noordkaai, at_once, transactional_db):
    change_policy(customer=noordkaai, by=Actor.user(owner), swaps_per_person=1)
    pairs = [another(noordkaai) for _ in range(3)]
    states = at_once([lambda pair=pair: swap(*pair, by_alice).state for pair in pairs])
    assert sorted(states) == [OrderState.AWAITING_APPROVAL] * 2 + [OrderState.READY]


def test_two_lines_at_once_do_not_get_the_same_card(card, by_alice, owner, noordkaai, at_once, transactional_db):
    lines = [another(noordkaai)[0] for _ in range(2)]

    def attempt(line, by):
        try:
            return swap(line, card, by).state
        except Refusal as refusal:
            return str(refusal)

    results = at_once([lambda: attempt(lines[0], by_alice), lambda: attempt(lines[1], Actor.user(owner))])
    assert OrderState.READY in results
    assert Order.objects.for_customer(noordkaai).count() == 1


def test_a_double_click_is_one_order(line, card, by_alice, noordkaai, at_once, transactional_db):
    token = confirmation_for(line=line, wish=wish_for(card), by=by_alice)

    def click():
        try:
            return confirmed_swap(line=line, wish=wish_for(card), token=token, by=by_alice).state
        except Refusal:
            return "refused"

    assert sorted(at_once([click, click])) == [OrderState.READY, "refused"]
    assert Order.objects.for_customer(noordkaai).count() == 1


def test_the_one_who_asked_does_not_approve(line, card, by_alice, owner, noordkaai):
    change_policy(customer=noordkaai, by=Actor.user(owner), needs_second_person=True)
    order = swap(line, card, by_alice)
    with pytest.raises(Refusal, match="yourself"):
        approve(order=order, by=by_alice)

    approve(order=order, by=Actor.user(owner))
    assert drive(order) == OrderState.COMPLETED


def test_what_a_requester_asks_waits(line, card, rita):
    assert swap(line, card, Actor.user(rita)).state == OrderState.AWAITING_APPROVAL


def test_a_locked_line_needs_a_second_person(line, card, by_alice):
    lock_card(line=line, is_locked=True, by=by_alice)
    assert expect_audit(AuditKind.LINE_CARD_LOCK, subject=line).after == {"is_card_locked": True}

    assert swap(line, card, by_alice).state == OrderState.AWAITING_APPROVAL


def test_only_a_main_fleet_manager_lifts_the_lock(line, card, by_alice, owner):
    lock_card(line=line, is_locked=True, by=by_alice)
    with pytest.raises(Refusal, match="main fleet manager"):
        lock_card(line=line, is_locked=False, by=by_alice)

    lock_card(line=line, is_locked=False, by=Actor.user(owner))
    assert swap(line, card, by_alice).state == OrderState.READY


def test_a_change_of_the_rules_is_on_record(noordkaai, owner):
    change_policy(customer=noordkaai, by=Actor.user(owner), cool_down_hours=2, needs_second_person=True)
    event = expect_audit(AuditKind.POLICY_CHANGED, customer=noordkaai, by=owner)
    assert event.before == {"cool_down_hours": 0, "needs_second_person": False}
    change_policy(customer=noordkaai, by=Actor.user(owner), cool_down_hours=2)
    expect_audit(AuditKind.POLICY_CHANGED, customer=noordkaai)


def test_rights_are_read_again_when_it_is_sent(line, card, by_alice, alice, noordkaai):
    order = swap(line, card, by_alice)
    Membership.objects.for_customer(noordkaai).filter(user=alice).delete()

    assert drive(order) == OrderState.CANCELLED
    assert order.error_code == "requester_lost_rights"
    assert Sim.objects.for_customer(noordkaai).get(pk=card.pk).state == SimState.IN_STOCK


def test_a_stolen_phone_is_blocked_and_gets_a_card_at_the_same_time(line, card, by_alice):
    replacing = swap(line, card, by_alice)
    blocking = ask(line=line, kind="block", wish=BlockWish(reason="stolen"), by=by_alice)

    assert {drive(blocking), drive(replacing)} == {OrderState.COMPLETED}
    line.refresh_from_db()
    assert (line.state, line.sim) == ("suspended", card)
