"""Every effect that gives a line a number, an employee, a card or a plan writes it into the line's history."""

from datetime import timedelta

import pytest
from django.utils import timezone

from sims.enums import LineFactKind, OrderKind, OrderState, ReleaseReason, SwapReason
from sims.history import begin_history
from sims.models import LineFact, Order
from sims.orders.kinds.end import EndWish, ReleaseWish
from sims.orders.kinds.plan import PlanWish
from sims.orders.kinds.swap import SwapWish
from sims.orders.kinds.transfer import TransferWish
from sims.orders.placing import ask
from tests import factories
from tests.sims.orders.driving import drive

pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture
def known(line):
    """A line that works, with the history it has had since a while."""
    begin_history(line, at=timezone.now() - timedelta(days=30))
    return line


def facts(line):
    return LineFact.objects.for_customer(line.customer_id).filter(line=line)


def present(line) -> dict[str, str]:
    return dict(facts(line).filter(until=None).values_list("kind", "value"))


def confirmed(order: Order):
    assert drive(order) == OrderState.COMPLETED
    return order


def assert_changed(line, kind: str, value: str) -> None:
    """Exactly this fact is new; the one before ended at the same moment and the others go on."""
    old, new = facts(line).filter(kind=kind).order_by("since", "pk")
    assert (new.value, new.until, old.until) == (value, None, new.since)
    assert len(present(line)) == len(LineFactKind)
    assert facts(line).count() == len(LineFactKind) + 1


@pytest.mark.parametrize("way", ["activation", "placed_port"])
def test_a_line_that_comes_into_service_begins_with_everything_at_that_moment(request, new_line, way):
    made = request.getfixturevalue(way)
    began = timezone.now()
    confirmed(made() if callable(made) else made)
    new_line.refresh_from_db()
    assert present(new_line) == {
        LineFactKind.NUMBER: new_line.number,
        LineFactKind.SUBSCRIBER: f"{new_line.subscriber.full_name} ({new_line.subscriber.employee_number})",
        LineFactKind.SIM: new_line.sim.iccid,
        LineFactKind.PLAN: new_line.plan.name_nl,
    }
    assert min(facts(new_line).values_list("since", flat=True)) >= began


def test_another_plan(known, by_alice):
    plan = factories.TariffPlanFactory(customer=known.customer, code="MAX", name_nl="Max")
    confirmed(ask(line=known, kind=OrderKind.PLAN, wish=PlanWish(plan="MAX"), by=by_alice))
    assert_changed(known, LineFactKind.PLAN, plan.name_nl)


def test_another_card(known, card, by_alice):
    wish = SwapWish(card.iccid, SwapReason.DEFECTIVE)
    confirmed(ask(line=known, kind=OrderKind.SWAP, wish=wish, by=by_alice, new_sim=card))
    assert_changed(known, LineFactKind.SIM, card.iccid)


def test_another_employee(known, by_alice):
    bram = factories.SubscriberFactory(customer=known.customer, first_name="Bram", last_name="W", employee_number="")
    confirmed(ask(line=known, kind=OrderKind.TRANSFER, wish=TransferWish(str(bram.public_id)), by=by_alice))
    assert_changed(known, LineFactKind.SUBSCRIBER, "Bram W")


@pytest.mark.parametrize(
    ("kind", "wish"),
    [(OrderKind.END, EndWish()), (OrderKind.RELEASE, ReleaseWish(to_name="Sofie", reason=ReleaseReason.PRIVATE))],
)
def test_the_end_ends_everything_at_one_moment(known, by_alice, kind, wish):
    confirmed(ask(line=known, kind=kind, wish=wish, by=by_alice))
    assert present(known) == {}
    assert facts(known).count() == len(LineFactKind)
    assert facts(known).values("until").distinct().count() == 1
