"""Another plan and other options: what goes together, what it costs, what the operator is told."""

import pytest

from fleetportal.operators.simulator.models import SimulatedLine
from fleetportal.web.errors import Refusal
from sims.enums import AuditKind, LineFactKind, OrderKind, OrderState
from sims.orders.kinds import NothingToChange, kind_of
from sims.orders.kinds.plan import PlanWish
from sims.orders.placing import ask
from tests import factories
from tests.audit.expect import expect_audit
from tests.sims.orders.driving import drive

pytestmark = pytest.mark.usefixtures("english")
RULES = kind_of(OrderKind.PLAN)


@pytest.fixture
def contract(noordkaai, line):
    """A larger plan, an option for both plans, one for the old plan only and one that excludes the first."""
    big = factories.TariffPlanFactory(customer=noordkaai, code="MAX", name_en="Max", price_month="29.00")
    world = factories.PlanOptionFactory(customer=noordkaai, code="WORLD", name_en="World", price_month="6.00")
    day = factories.PlanOptionFactory(customer=noordkaai, code="DAY", name_en="Day pass", price_month="0.00")
    tablet = factories.PlanOptionFactory(customer=noordkaai, code="TWIN", name_en="Tablet", price_month="4.00")
    for option in (world, day):
        option.plans.set([line.plan, big])
    tablet.plans.set([line.plan])
    world.excludes.add(day)
    line.options.add(tablet)
    return {"big": big, "world": world, "day": day, "tablet": tablet}


def change(line, by, **wish):
    return ask(line=line, kind=OrderKind.PLAN, wish=PlanWish(**wish), by=by)


def test_plan_and_options_change_here_and_at_the_operator(line, contract, by_alice):
    order = change(line, by_alice, plan="MAX", add=("WORLD",), remove=("TWIN",))
    assert drive(order) == OrderState.COMPLETED

    line.refresh_from_db()
    assert line.plan == contract["big"]
    assert list(line.options.all()) == [contract["world"]]
    there = SimulatedLine.objects.get(number=line.number)
    assert (there.plan_code, there.option_codes) == ("MAX", ["WORLD"])
    event = expect_audit(AuditKind.LINE_PLAN_CHANGED, subject=line)
    assert (event.before["options"], event.after["options"]) == (["TWIN"], ["WORLD"])
    assert line.facts.get(kind=LineFactKind.PLAN, until=None).reference == "MAX"


def test_the_price_before_and_after_is_known_beforehand(line, contract, noordkaai):
    line.refresh_from_db()
    payload = RULES.prepare(noordkaai, PlanWish(plan="MAX", remove=("TWIN",)))(line)
    assert [str(price) for price in RULES.cost(line, payload)] == ["23.00", "29.00"]
    assert RULES.describe(payload, {"MAX": "Max", "TWIN": "Tablet"}) == "Max, − Tablet"


def test_a_conflict_is_named(line, contract, by_alice):
    with pytest.raises(Refusal, match="“Tablet” does not go with “Max”"):
        change(line, by_alice, plan="MAX")
    with pytest.raises(Refusal, match="cannot be combined"):
        change(line, by_alice, add=("WORLD", "DAY"))


def test_nothing_to_change_is_said(line, contract, by_alice):
    with pytest.raises(NothingToChange):
        change(line, by_alice, add=("TWIN",))


def test_a_plan_of_another_company_does_not_exist(line, zuidpark, by_alice):
    other = factories.TariffPlanFactory(customer=zuidpark, code="SECRET")
    with pytest.raises(Refusal, match="cannot be chosen"):
        change(line, by_alice, plan=other.code)
