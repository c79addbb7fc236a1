"""Another SIM card for a line, from the wish to the operator and back, with what the operator loses on the way."""

from decimal import Decimal

import pytest

from fleetportal.operators.contract import SimStatus
from fleetportal.operators.simulator.faults import set_faults
from fleetportal.operators.simulator.models import SimulatedLine, SimulatedSim
from fleetportal.web.errors import Refusal
from sims.enums import AuditKind, LineFactKind, LineState, OrderKind, OrderState, SimState, SwapReason
from sims.history import begin_history
from sims.models import Line, LineFact, Order, Sim
from sims.orders.kinds.limits import RoamingLimitWish
from sims.orders.kinds.swap import SwapWish
from sims.orders.placing import ask, cancel
from sims.services.swapping import swap_card
from tests import factories
from tests.audit.expect import expect_audit
from tests.sims.orders.driving import drive

pytestmark = pytest.mark.usefixtures("english")


def swap(line, card, by, reason=SwapReason.DEFECTIVE) -> Order:
    return swap_card(line=line, wish=SwapWish(iccid=card.iccid, reason=reason), by=by)


def state_of(card: Sim) -> str:
    return Sim.objects.for_customer(card.customer_id).get(pk=card.pk).state


def test_the_line_is_on_the_new_card_here_and_at_the_operator(line, card, by_alice):
    begin_history(line)
    old, number = line.sim, line.number

    assert drive(swap(line, card, by_alice)) == OrderState.COMPLETED

    line.refresh_from_db()
    assert (line.sim, line.number, line.state) == (card, number, LineState.ACTIVE)
    assert (state_of(card), state_of(old)) == (SimState.IN_USE, SimState.DEFECTIVE)
    assert SimulatedLine.objects.get(number=number).iccid == card.iccid
    assert SimulatedSim.objects.get(iccid=old.iccid).status == SimStatus.RETIRED
    assert expect_audit(AuditKind.LINE_SIM_REPLACED, subject=line).after["reason"] == "defective"


def test_the_history_says_which_card_when(line, card, by_alice):
    begin_history(line)
    drive(swap(line, card, by_alice))

    cards = LineFact.objects.for_customer(line.customer_id).filter(line=line, kind=LineFactKind.SIM)
    now, before = cards.order_by("-since", "-pk")
    assert (now.value, now.until, now.reference) == (card.iccid, None, str(card.public_id))
    assert before.until == now.since


@pytest.mark.parametrize(
    ("reason", "becomes"),
    [
        (SwapReason.LOST, SimState.LOST),
        (SwapReason.STOLEN, SimState.LOST),
        (SwapReason.DEFECTIVE, SimState.DEFECTIVE),
        (SwapReason.NEW_FORMAT, SimState.REPLACED),
        (SwapReason.OTHER, SimState.REPLACED),
    ],
)
def test_what_becomes_of_the_old_card_follows_from_the_reason(line, card, by_alice, reason, becomes):
    old = line.sim
    drive(swap(line, card, by_alice, reason))

    assert state_of(old) == becomes
    with pytest.raises(Refusal, match="taken"):
        swap(line, old, by_alice)


def test_the_old_card_stays_until_the_operator_is_done(line, card, by_alice):
    old = line.sim
    swap(line, card, by_alice)

    line.refresh_from_db()
    assert (line.sim, state_of(old), state_of(card)) == (old, SimState.IN_USE, SimState.RESERVED)


def test_a_card_is_kept_for_one_order_and_free_again_when_it_is_cancelled(line, card, by_alice, noordkaai):
    other = factories.at_the_operator(factories.LineFactory(customer=noordkaai))
    order = swap(line, card, by_alice)
    with pytest.raises(Refusal, match="taken"):
        swap(other, card, by_alice)

    cancel(order=order, by=by_alice)

    assert state_of(card) == SimState.IN_STOCK
    assert drive(swap(other, card, by_alice)) == OrderState.COMPLETED


def test_a_card_that_does_not_answer_is_not_offered_again(line, by_alice, noordkaai):
    """The simulated operator finds cards that end in 9998 before the check digit broken."""
    broken = factories.SimFactory(customer=noordkaai, iccid=factories.iccid(119998))
    old = line.sim

    assert drive(swap(line, broken, by_alice)) == OrderState.REJECTED

    line.refresh_from_db()
    assert (line.sim, state_of(old), state_of(broken)) == (old, SimState.IN_USE, SimState.DEFECTIVE)


@pytest.mark.parametrize("state", [SimState.RESERVED, SimState.IN_USE, SimState.REPLACED, SimState.LOST])
def test_only_a_card_in_stock_can_be_chosen(line, card, by_alice, state):
    Sim.objects.for_customer(line.customer_id).filter(pk=card.pk).update(state=state)
    with pytest.raises(Refusal, match="taken"):
        swap(line, card, by_alice)


def test_a_card_of_another_company_is_refused_with_the_words_for_a_taken_one(line, by_alice, zuidpark):
    theirs = Sim.objects.for_customer(zuidpark).filter(state=SimState.IN_STOCK).get()
    with pytest.raises(Refusal, match="taken"):
        swap(line, theirs, by_alice)
    assert state_of(theirs) == SimState.IN_STOCK


def test_to_esim_needs_an_esim(line, card, by_alice):
    with pytest.raises(Refusal, match="plastic"):
        swap(line, card, by_alice, SwapReason.TO_ESIM)
    Sim.objects.for_customer(line.customer_id).filter(pk=card.pk).update(is_esim=True)

    assert drive(swap(line, card, by_alice, SwapReason.TO_ESIM)) == OrderState.COMPLETED


def test_a_card_from_a_shop_joins_the_stock(line, by_alice):
    number = factories.iccid(777_000_001)
    order = swap_card(line=line, wish=SwapWish(iccid=number, reason=SwapReason.OTHER), by=by_alice)
    cancel(order=order, by=by_alice)

    assert Sim.objects.for_customer(line.customer_id).get(iccid=number).state == SimState.IN_STOCK


def test_a_line_that_is_not_active_has_nothing_to_replace(new_line, card, by_alice):
    with pytest.raises(Refusal, match="not active"):
        swap(new_line, card, by_alice)
    assert state_of(card) == SimState.IN_STOCK


def test_a_blocked_line_gets_its_card_and_stays_blocked(line, card, by_alice):
    """After a theft: blocked at once, the new card is on its way meanwhile."""
    Line.objects.for_customer(line.customer_id).filter(pk=line.pk).update(state=LineState.SUSPENDED)
    drive(swap(line, card, by_alice, SwapReason.STOLEN))

    line.refresh_from_db()
    assert (line.state, line.sim) == (LineState.SUSPENDED, card)


def test_an_operator_that_shows_another_card_leaves_the_line_alone(line, card, by_alice, monkeypatch):
    from fleetportal.operators.simulator import changes

    monkeypatch.setitem(changes._CARRY_OUT, "swap_sim", lambda line, order: None)
    old = line.sim

    assert drive(swap(line, card, by_alice)) == OrderState.NEEDS_ATTENTION
    line.refresh_from_db()
    assert (line.sim, state_of(card)) == (old, SimState.RESERVED)


@pytest.fixture
def lossy(noordkaai):
    """A line with settings of its own, and an operator that forgets them."""
    line = factories.LineFactory(customer=noordkaai, third_party_limit=Decimal(25), roaming_limit=Decimal(80))
    option = factories.PlanOptionFactory(customer=noordkaai)
    option.plans.add(line.plan)
    line.options.add(option)
    Line.objects.for_customer(noordkaai).filter(pk=line.pk).update(barrings=["DCB", "SMS_PAYMENT"])
    line.refresh_from_db()
    set_faults(swaps_lose_settings=True)
    return factories.at_the_operator(line)


def test_what_the_operator_lost_is_told_on_the_order_and_shown_on_the_line(lossy, card, by_alice):
    order = swap(lossy, card, by_alice)
    assert drive(order) == OrderState.COMPLETED

    assert order.answer["lost"] == {
        "barrings": {"before": ["DCB", "SMS_PAYMENT"], "after": []},
        "third_party_limit": {"before": "25.00", "after": "300.00"},
        "roaming_limit": {"before": "80.00", "after": ""},
    }
    lossy.refresh_from_db()
    assert (lossy.barrings, lossy.third_party_limit, lossy.roaming_limit) == ([], 300, None)


def test_what_the_operator_lost_is_asked_again_and_comes_back(lossy, card, by_alice):
    drive(swap(lossy, card, by_alice))

    again = Order.objects.for_customer(lossy.customer_id).exclude(kind=OrderKind.SWAP)
    assert {order.kind for order in again} == {"barrings", "third_party_limit", "roaming_limit"}
    assert {drive(order) for order in again} == {OrderState.COMPLETED}
    lossy.refresh_from_db()
    assert (sorted(lossy.barrings), lossy.third_party_limit, lossy.roaming_limit) == (["DCB", "SMS_PAYMENT"], 25, 80)
    there = SimulatedLine.objects.get(number=lossy.number)
    assert (sorted(there.barrings), there.third_party_limit) == (["DCB", "SMS_PAYMENT"], 25)


def test_a_raise_for_once_that_was_lost_still_ends_on_its_day(lossy, card, by_alice):
    drive(ask(line=lossy, kind=OrderKind.ROAMING_LIMIT, wish=RoamingLimitWish(amount="120", is_once=True), by=by_alice))
    lossy.refresh_from_db()
    until = lossy.roaming_raised_until
    drive(swap(lossy, card, by_alice))

    roaming = Order.objects.for_customer(lossy.customer_id).filter(kind=OrderKind.ROAMING_LIMIT)
    assert drive(roaming.filter(conflict_group="roaming_limit").order_by("created_at").last()) == OrderState.COMPLETED
    lossy.refresh_from_db()
    assert (lossy.roaming_limit, lossy.roaming_raised_until) == (120, until)
    (end,) = roaming.filter(state=OrderState.SCHEDULED)
    assert end.payload["amount"] == "80.00"


def test_options_the_operator_lost_are_asked_again(lossy, card, by_alice):
    SimulatedLine.objects.filter(number=lossy.number).update(option_codes=[])
    set_faults()

    assert drive(swap(lossy, card, by_alice)) == OrderState.COMPLETED

    again = Order.objects.for_customer(lossy.customer_id).get(kind=OrderKind.PLAN)
    assert again.requested_by_id is None and again.requested_by_name == by_alice.name
    assert lossy.options.count() == 0
    assert drive(again) == OrderState.COMPLETED
    assert lossy.options.count() == 1


def test_nothing_lost_asks_for_nothing(line, card, by_alice):
    order = swap(line, card, by_alice)
    drive(order)
    assert order.answer["lost"] == {}
    assert Order.objects.for_customer(line.customer_id).count() == 1
