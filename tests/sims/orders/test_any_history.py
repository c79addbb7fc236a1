"""Any mixture of faults, deaths, messages, cancels and retries ends with the order done at most once, none lost."""

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fleetportal.audit.actors import Actor
from fleetportal.audit.models import AuditEvent
from fleetportal.operators.simulator.adapter import SimulatedOperator
from fleetportal.operators.simulator.faults import set_faults
from fleetportal.operators.simulator.models import SimulatedLine, SimulatedOrder
from fleetportal.web.errors import Refusal
from sims.enums import AuditKind, LineState, OrderState, SimState
from sims.models import Order
from sims.orders.engine import run_due
from sims.orders.placing import cancel, retry
from sims.orders.transitions import FINAL
from tests import factories
from tests.sims.orders.driving import drive, end_lease, make_due, steps

STAFF = Actor.ops("test")
NUMBERS = itertools.count()
FAULTS = ["busy_times", "lose_requests", "drop_answers", "wrong_answers"]


class WorkerDied(BaseException):
    """Nobody catches it: as if the process were gone."""


class MortalOperator(SimulatedOperator):
    """Takes the worker with it before or after the work, when told to."""

    deadly = ""

    def submit(self, request):
        if self.deadly == "before":
            raise WorkerDied
        answer = super().submit(request)
        if self.deadly == "after":
            raise WorkerDied
        return answer


def wake(order: Order, by: Actor) -> None:
    make_due(order)
    run_due(order.pk)


def die(moment: str):
    def act(order: Order, by: Actor) -> None:
        MortalOperator.deadly = moment
        make_due(order)
        try:
            run_due(order.pk)
        except WorkerDied:
            pass
        finally:
            MortalOperator.deadly = ""

    return act


def lease_ends(order: Order, by: Actor) -> None:
    order.refresh_from_db()
    if order.lease_until is not None:
        end_lease(order)


def take_back(order: Order, by: Actor) -> None:
    try:
        cancel(order=order, by=by)
    except Refusal:
        assert Order.objects.for_customer(order.customer_id).get(pk=order.pk).state != OrderState.READY


def send_again(order: Order, by: Actor) -> None:
    try:
        retry(order=order, by=STAFF)
    except Refusal:
        assert Order.objects.for_customer(order.customer_id).get(pk=order.pk).state != OrderState.NEEDS_ATTENTION


def fault(name: str):
    def act(order: Order, by: Actor) -> None:
        set_faults(**{name: 1}, only_submit=False)

    act.__name__ = name
    return act


ACTS = [wake, wake, die("before"), die("after"), lease_ends, take_back, send_again, *map(fault, FAULTS)]


def carry_through(order: Order) -> None:
    """All trouble is over: workers and staff do what they do."""
    set_faults()
    for _round in range(5):
        lease_ends(order, STAFF)
        order.refresh_from_db()
        if order.state == OrderState.NEEDS_ATTENTION:
            retry(order=order, by=STAFF)
        if not order.is_open or drive(order) in FINAL:
            return
    raise AssertionError(f"never ended: {steps(order)}")


@pytest.fixture
def mortal_operator(settings):
    settings.OPERATOR = f"{MortalOperator.__module__}.{MortalOperator.__name__}"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(st.sampled_from(ACTS), max_size=12), card_works=st.booleans())
def test_done_once_or_not_at_all(noordkaai, mortal_operator, place_activation, by_alice, acts, card_works):
    line = factories.LineFactory(customer=noordkaai, number=None, state=LineState.NEW, sim__state=SimState.RESERVED)
    if not card_works:
        line.sim.iccid = f"893207{next(NUMBERS):08d}99980"
        line.sim.iccid_core = line.sim.iccid[:18]
        line.sim.save()
    order = place_activation(line)

    for act in acts:
        act(order, by_alice)
    carry_through(order)

    line.refresh_from_db()
    done = order.state == OrderState.COMPLETED
    assert (line.state == LineState.ACTIVE) == done
    assert SimulatedLine.objects.filter(iccid=line.sim.iccid).count() == done
    assert AuditEvent.objects.filter(kind=AuditKind.LINE_ACTIVATED, subject_id=str(line.pk)).count() == done
    assert SimulatedOrder.objects.filter(external_id=order.pk).count() <= 1
    assert sum(state in FINAL for state in steps(order)) == 1
    assert line.open_request == ""
    if order.state == OrderState.CANCELLED:
        assert not SimulatedOrder.objects.filter(external_id=order.pk).exists()
    else:
        assert order.state == (OrderState.COMPLETED if card_works else OrderState.REJECTED)
