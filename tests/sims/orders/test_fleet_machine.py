"""Any history of a small fleet ends with portal and operator agreeing on every line, nothing lost and nothing twice.

Requests of every kind, refusals, faults of the operator, dying workers, cancels, approvals and second messages come in
any order; then all trouble is over, workers and staff do what they do, and both sides are compared.
"""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from accounts.models import Customer
from fleetportal.audit.actors import Actor
from fleetportal.operators.contract import OperatorEvent, OrderStatus, ServiceStatus
from fleetportal.operators.services import receive
from fleetportal.operators.simulator.faults import set_faults
from fleetportal.operators.simulator.inventory import stock_sims
from fleetportal.operators.simulator.models import SimulatedLine, SimulatedOrder
from fleetportal.web.errors import Refusal
from sims.enums import LineState, OrderKind, OrderState, ReleaseReason, SimState, SuspensionReason, SwapReason
from sims.models import Line, Order, Sim
from sims.orders.engine import run_due
from sims.orders.kinds import kind_of
from sims.orders.kinds.barrings import BarringsWish
from sims.orders.kinds.base import customer_reference
from sims.orders.kinds.billing_account import BillingAccountWish
from sims.orders.kinds.block import BlockWish, UnblockWish
from sims.orders.kinds.end import EndWish, ReleaseWish
from sims.orders.kinds.limits import RoamingLimitWish, ThirdPartyLimitWish
from sims.orders.kinds.plan import PlanWish
from sims.orders.kinds.swap import SwapWish
from sims.orders.kinds.transfer import TransferWish
from sims.orders.placing import approve, ask, cancel, decline, retry
from sims.orders.transitions import FINAL
from sims.services.swapping import swap_card
from tests import factories
from tests.sims.orders.driving import end_lease, make_due, rows, steps
from tests.sims.orders.test_any_history import MortalOperator, WorkerDied

STAFF = Actor.ops("test")
LINES, CARDS = 2, 3
FAULTS = ["busy_times", "lose_requests", "drop_answers", "wrong_answers"]
BARRINGS = ["ROAM_ALL", "PREMIUM_ALL", "DATA_ALL", "SMS_PAYMENT"]
STATES = {
    LineState.ACTIVE: ServiceStatus.ACTIVE,
    LineState.SUSPENDED: ServiceStatus.SUSPENDED,
    LineState.TERMINATED: ServiceStatus.TERMINATED,
}


class Fleet(RuleBasedStateMachine):
    """The parameters of the rules pick by number: whatever there is, modulo how many there are."""

    customer: Customer
    manager: Actor
    second: Actor
    requester: Actor

    def __init__(self) -> None:
        super().__init__()
        self.cards_forget = False
        set_faults()
        customer = self.customer
        self.plans = [factories.TariffPlanFactory(customer=customer) for _n in range(2)]
        self.options = [factories.PlanOptionFactory(customer=customer) for _n in range(2)]
        for option in self.options:
            option.plans.set(self.plans)
        self.lines = [
            factories.at_the_operator(factories.LineFactory(customer=customer, plan=self.plans[0]))
            for _n in range(LINES)
        ]
        self.cards = [factories.SimFactory(customer=customer) for _n in range(CARDS)]
        stock_sims(customer_reference(customer), [card.iccid for card in self.cards])
        self.people = [factories.SubscriberFactory(customer=customer) for _n in range(2)]
        self.accounts = [factories.BillingAccountFactory(customer=customer) for _n in range(2)]

    # -- what people ask

    def place(self, line: int, kind: OrderKind, wish, by_requester: bool = False) -> None:
        by = self.requester if by_requester else self.manager
        try:
            ask(line=self.lines[line % LINES], kind=kind, wish=wish, by=by)
        except Refusal:
            pass

    @rule(line=st.integers(0, 1), reason=st.sampled_from(list(SuspensionReason)[:3]), asks=st.booleans())
    def block(self, line, reason, asks):
        self.place(line, OrderKind.BLOCK, BlockWish(reason=reason), by_requester=asks)

    @rule(line=st.integers(0, 1))
    def unblock(self, line):
        self.place(line, OrderKind.UNBLOCK, UnblockWish())

    @rule(line=st.integers(0, 1), plan=st.integers(0, 1), add=st.integers(0, 1), asks=st.booleans())
    def change_plan(self, line, plan, add, asks):
        wish = PlanWish(plan=self.plans[plan].code, add=(self.options[add].code,), remove=(self.options[1 - add].code,))
        self.place(line, OrderKind.PLAN, wish, by_requester=asks)

    @rule(line=st.integers(0, 1), codes=st.sets(st.sampled_from(BARRINGS)))
    def bar(self, line, codes):
        rest = tuple(code for code in BARRINGS if code not in codes)
        self.place(line, OrderKind.BARRINGS, BarringsWish(bar=tuple(sorted(codes)), allow=rest))

    @rule(line=st.integers(0, 1), amount=st.sampled_from(["0", "50", "300"]))
    def limit_third_parties(self, line, amount):
        self.place(line, OrderKind.THIRD_PARTY_LIMIT, ThirdPartyLimitWish(amount=amount))

    @rule(line=st.integers(0, 1), amount=st.sampled_from(["50", "100", ""]), once=st.booleans())
    def limit_roaming(self, line, amount, once):
        self.place(line, OrderKind.ROAMING_LIMIT, RoamingLimitWish(amount=amount, is_once=once))

    @rule(line=st.integers(0, 1), account=st.integers(0, 1))
    def bill_on(self, line, account):
        self.place(line, OrderKind.BILLING_ACCOUNT, BillingAccountWish(number=self.accounts[account].number))

    @rule(line=st.integers(0, 1), person=st.integers(0, 1))
    def hand_over(self, line, person):
        self.place(line, OrderKind.TRANSFER, TransferWish(subscriber=str(self.people[person].public_id)))

    @rule(line=st.integers(0, 1), card=st.integers(0, CARDS - 1), reason=st.sampled_from(list(SwapReason)))
    def swap(self, line, card, reason):
        wish = SwapWish(iccid=self.cards[card].iccid, reason=reason)
        try:
            swap_card(line=self.lines[line], wish=wish, by=self.manager)
        except Refusal:
            pass

    @rule(line=st.integers(0, 1), releases=st.booleans())
    def end(self, line, releases):
        if releases:
            self.place(line, OrderKind.RELEASE, ReleaseWish(to_name="Sofie", reason=next(iter(ReleaseReason))))
        else:
            self.place(line, OrderKind.END, EndWish())

    # -- what happens to requests

    def orders(self) -> list[Order]:
        found = Order.objects.for_customer(self.customer).filter(line__in=self.lines)
        return list(found.order_by("created_at", "pk"))

    def pick(self, which: int) -> Order | None:
        still_open = [order for order in self.orders() if order.is_open]
        return still_open[which % len(still_open)] if still_open else None

    @rule(which=st.integers(0, 9))
    def wake(self, which):
        """A message, in time or once more than needed."""
        if order := self.pick(which):
            make_due(order)
            run_due(order.pk)

    @rule(which=st.integers(0, 9))
    def wake_what_has_ended(self, which):
        """A message that comes late."""
        if orders := self.orders():
            run_due(orders[which % len(orders)].pk)

    @rule(which=st.integers(0, 9), event=st.integers(0, 5), again=st.booleans())
    def callback(self, which, event, again):
        """An event about any order, new, late or once more; whatever it brings forward is looked at."""
        if orders := self.orders():
            order = orders[which % len(orders)]
            told = OperatorEvent(f"{order.pk}-{event}", order.pk, order.created_at)
            receive(told)
            if again:
                assert not receive(told)
            run_due(order.pk)

    @rule(which=st.integers(0, 9), moment=st.sampled_from(["before", "after"]))
    def die(self, which, moment):
        if order := self.pick(which):
            MortalOperator.deadly = moment
            make_due(order)
            try:
                run_due(order.pk)
            except WorkerDied:
                pass
            finally:
                MortalOperator.deadly = ""

    @rule(which=st.integers(0, 9))
    def lease_ends(self, which):
        order = self.pick(which)
        if order is not None and order.lease_until is not None:
            end_lease(order)

    @rule(which=st.integers(0, 9))
    def take_back(self, which):
        self.quietly(which, lambda order: cancel(order=order, by=self.manager))

    @rule(which=st.integers(0, 9), yes=st.booleans())
    def decide(self, which, yes):
        self.quietly(which, lambda order: (approve if yes else decline)(order=order, by=self.second))

    @rule(which=st.integers(0, 9))
    def send_again(self, which):
        self.quietly(which, lambda order: retry(order=order, by=STAFF))

    def quietly(self, which: int, action: Callable[[Order], None]) -> None:
        if order := self.pick(which):
            try:
                action(order)
            except Refusal:
                pass

    @rule(fault=st.sampled_from(FAULTS))
    def trouble(self, fault):
        set_faults(**{fault: 1}, only_submit=False, swaps_lose_settings=self.cards_forget)

    @rule()
    def new_cards_forget(self):
        """From now on the operator loses settings with every old card."""
        self.cards_forget = True
        set_faults(swaps_lose_settings=True)

    # -- the end of it

    def teardown(self) -> None:
        set_faults(swaps_lose_settings=self.cards_forget)
        for _round in range(60):
            still_open = [order for order in self.orders() if order.is_open]
            if not still_open:
                break
            for order in still_open:
                self.carry_on(order)
        else:
            raise AssertionError([(order.kind, order.state, order.error_message, steps(order)) for order in still_open])
        self.compare()

    def carry_on(self, order: Order) -> None:
        """What workers, staff and colleagues do once nothing is in the way."""
        order = rows(order).get()
        if not order.is_open:
            return
        if order.state == OrderState.AWAITING_APPROVAL:
            approve(order=order, by=self.second)
        elif order.state == OrderState.NEEDS_ATTENTION:
            retry(order=order, by=STAFF)
        if order.lease_until is not None:
            end_lease(order)
        make_due(order)
        run_due(order.pk)

    def compare(self) -> None:
        for order in self.orders():
            there = SimulatedOrder.objects.filter(external_id=order.pk)
            assert there.count() <= 1
            done = there.filter(status=OrderStatus.COMPLETED).exists()
            assert done == (order.state == OrderState.COMPLETED), (order.kind, steps(order))
            assert sum(state in FINAL for state in steps(order)) == 1
        for line in self.lines:
            self.compare_line(line)
        used = Line.objects.for_customer(self.customer).exclude(sim=None).values_list("sim", flat=True)
        assert len(used) == len(set(used))
        in_stock = Sim.objects.for_customer(self.customer).filter(pk__in=[card.pk for card in self.cards])
        assert not in_stock.filter(state=SimState.RESERVED).exists()
        assert not in_stock.filter(state=SimState.IN_STOCK).exclude(line=None).exists()

    def compare_line(self, line: Line) -> None:
        line = Line.objects.for_customer(self.customer).select_related("sim", "plan", "billing_account").get(pk=line.pk)
        there = SimulatedLine.objects.get(number=line.number)
        history = [
            (o.kind, o.state, kind_of(o.kind).describe(kind_of(o.kind).payload.from_json(o.payload), {}))
            for o in self.orders()
            if o.line_id == line.pk
        ]
        assert there.status == STATES[LineState(line.state)], history
        assert there.iccid == line.sim.iccid, history
        assert line.open_request == "", history
        if line.state == LineState.TERMINATED:
            return
        options = sorted(line.options.values_list("code", flat=True))
        assert (there.plan_code, sorted(there.option_codes)) == (line.plan.code, options), history
        assert sorted(there.barrings) == sorted(line.barrings), history
        assert (300 if there.third_party_limit is None else there.third_party_limit) == line.third_party_limit, history
        assert there.roaming_limit == line.roaming_limit, history
        assert there.billing_account == line.billing_account.number, history


@pytest.mark.usefixtures("english")
def test_portal_and_operator_agree_after_any_history(noordkaai, alice, owner, rita, settings):
    settings.OPERATOR = f"{MortalOperator.__module__}.{MortalOperator.__name__}"
    Fleet.customer, Fleet.requester = noordkaai, Actor.user(rita)
    Fleet.manager, Fleet.second = Actor.user(alice), Actor.user(owner)
    run_state_machine_as_test(Fleet, settings=SETTINGS)


SETTINGS = settings(
    max_examples=40,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
