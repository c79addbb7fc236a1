"""What a line may spend on third parties and on data abroad, from the wish to the operator and back."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from fleetportal.audit.actors import Actor
from fleetportal.operators.simulator import changes
from fleetportal.operators.simulator.models import SimulatedLine
from fleetportal.web.errors import Refusal
from sims.enums import AuditKind, LineState, OrderKind, OrderState
from sims.models import Line, Order
from sims.orders import calendar
from sims.orders.kinds import NothingToChange, kind_of, lines_to_change
from sims.orders.kinds.limits import RoamingLimitWish, ThirdPartyLimitWish
from sims.orders.placing import ask
from sims.spending import put_spent, spent_this_month
from tests import factories
from tests.audit.expect import expect_audit
from tests.sims.orders.driving import drive, rows

pytestmark = pytest.mark.usefixtures("english")


def third_party(line, by, amount) -> Order:
    return ask(line=line, kind=OrderKind.THIRD_PARTY_LIMIT, wish=ThirdPartyLimitWish(amount=amount), by=by)


def roaming(line, by, amount, *, once=False, **arguments) -> Order:
    wish = RoamingLimitWish(amount=amount, is_once=once)
    return ask(line=line, kind=OrderKind.ROAMING_LIMIT, wish=wish, by=by, **arguments)


def planned_return(line) -> Order | None:
    orders = Order.objects.for_customer(line.customer_id).filter(line=line, conflict_group="roaming_return")
    return orders.filter(state=OrderState.SCHEDULED).first()


def there(line) -> SimulatedLine:
    return SimulatedLine.objects.get(number=line.number)


def end_of_period() -> date:
    return calendar.next_period(calendar.local_day(timezone.now())) - timedelta(days=1)


def test_the_pay_by_mobile_limit_is_the_same_here_and_at_the_operator(line, by_alice):
    SimulatedLine.objects.filter(number=line.number).update(third_party_spent="12.40")

    assert drive(third_party(line, by_alice, "50")) == OrderState.COMPLETED

    line.refresh_from_db()
    assert (line.third_party_limit, there(line).third_party_limit) == (Decimal(50), Decimal(50))
    assert line.third_party_spent == Decimal("12.40")
    assert timezone.now() - line.third_party_spent_at < timedelta(minutes=1)
    event = expect_audit(AuditKind.LINE_THIRD_PARTY_LIMIT, subject=line)
    assert (event.before["third_party_limit"], event.after["third_party_limit"]) == ("300.00", "50.00")


def test_zero_switches_paying_by_mobile_off(line, by_alice):
    order = third_party(line, by_alice, "0")
    drive(order)
    line.refresh_from_db()
    assert line.third_party_limit == 0
    rules = kind_of(order.kind)
    assert rules.describe(rules.payload.from_json(order.payload), {}) == "Switched off"


@pytest.mark.parametrize("amount", ["300.01", "-1", "", "many", "NaN", "Infinity", "1e9", "10.001"])
def test_the_law_caps_pay_by_mobile_at_300_euro(line, by_alice, amount):
    with pytest.raises(Refusal, match="from 0 to 300"):
        third_party(line, by_alice, amount)


@pytest.mark.parametrize(
    "columns", [{"third_party_limit": 301}, {"third_party_limit": -1}, {"roaming_limit": 1001}, {"roaming_limit": -1}]
)
def test_the_database_refuses_a_limit_that_cannot_be(line, columns):
    with pytest.raises(IntegrityError):
        Line.objects.for_customer(line.customer_id).filter(pk=line.pk).update(**columns)


def test_the_database_keeps_no_spend_without_its_moment(line):
    with pytest.raises(IntegrityError, match="third_party_spend_has_a_moment"):
        Line.objects.for_customer(line.customer_id).filter(pk=line.pk).update(third_party_spent=1)


def test_another_limit_at_the_operator_than_asked_needs_a_person(line, by_alice, monkeypatch):
    monkeypatch.setattr(changes, "_CARRY_OUT", dict.fromkeys(changes._CARRY_OUT, lambda line, order: None))
    order = third_party(line, by_alice, "50")
    assert drive(order) == OrderState.NEEDS_ATTENTION
    line.refresh_from_db()
    assert line.third_party_limit == 300


def test_the_same_limit_is_nothing_to_change(line, by_alice):
    with pytest.raises(NothingToChange):
        third_party(line, by_alice, "300")
    with pytest.raises(NothingToChange):
        roaming(line, by_alice, "50")


@pytest.mark.parametrize("state", [LineState.NEW, LineState.TERMINATED])
def test_only_a_line_at_the_operator_has_limits(line, by_alice, state):
    Line.objects.for_customer(line.customer_id).filter(pk=line.pk).update(state=state)
    with pytest.raises(Refusal):
        third_party(line, by_alice, "50")
    with pytest.raises(Refusal):
        roaming(line, by_alice, "100")


def test_a_newer_figure_replaces_an_older_and_never_the_other_way(line):
    now = timezone.now()
    assert put_spent(line, Decimal(20), at=now)
    assert put_spent(line, Decimal(10), at=now - timedelta(hours=1)) == ()
    assert put_spent(line, None, at=now) == ()
    assert line.third_party_spent == 20


def test_the_figure_of_last_month_says_nothing_about_this_one(line):
    first = calendar.start_of_day(date(2026, 11, 1))
    put_spent(line, Decimal(20), at=first - timedelta(minutes=1))
    assert spent_this_month(line, now=first + timedelta(days=2)) is None
    put_spent(line, Decimal(2), at=first)
    assert spent_this_month(line, now=first + timedelta(days=2)) == 2


def test_a_permanent_roaming_limit_stays(line, by_alice):
    assert drive(roaming(line, by_alice, "100")) == OrderState.COMPLETED

    line.refresh_from_db()
    assert (line.roaming_limit, line.roaming_raised_until) == (100, None)
    assert there(line).roaming_limit == 100
    assert planned_return(line) is None
    expect_audit(AuditKind.LINE_ROAMING_LIMIT, subject=line)


def test_no_roaming_limit_is_possible(line, by_alice):
    drive(roaming(line, by_alice, ""))
    line.refresh_from_db()
    assert (line.roaming_limit, there(line).roaming_limit) == (None, None)


@pytest.mark.parametrize("amount", ["1000.01", "-5", "x"])
def test_a_roaming_limit_above_1000_euro_is_no_amount(line, by_alice, amount):
    with pytest.raises(Refusal, match="from 0 to 1000"):
        roaming(line, by_alice, amount)


def test_what_is_raised_once_comes_back_by_itself_at_the_next_period(line, by_alice):
    drive(roaming(line, by_alice, "150", once=True))

    line.refresh_from_db()
    assert (line.roaming_limit, line.roaming_raised_until) == (150, end_of_period())
    back = planned_return(line)
    assert back.not_before == calendar.start_of_day(end_of_period() + timedelta(days=1))
    assert drive(back) == OrderState.COMPLETED
    line.refresh_from_db()
    assert (line.roaming_limit, line.roaming_raised_until) == (50, None)
    assert there(line).roaming_limit == 50


def test_raising_once_twice_still_ends_at_the_first_limit(line, by_alice):
    drive(roaming(line, by_alice, "150", once=True))
    drive(roaming(line, by_alice, "200", once=True))

    line.refresh_from_db()
    assert line.roaming_limit == 200
    assert drive(planned_return(line)) == OrderState.COMPLETED
    line.refresh_from_db()
    assert line.roaming_limit == 50


def test_a_limit_for_good_ends_the_raise(line, by_alice):
    drive(roaming(line, by_alice, "150", once=True))
    drive(roaming(line, by_alice, "150"))

    line.refresh_from_db()
    assert (line.roaming_limit, line.roaming_raised_until) == (150, None)
    assert planned_return(line) is None


def test_a_raise_is_more_than_the_present_limit(line, by_alice):
    with pytest.raises(Refusal, match="above the present"):
        roaming(line, by_alice, "25", once=True)


def test_a_raise_that_comes_after_its_period_is_not_sent(line, by_alice):
    order = roaming(line, by_alice, "150", once=True)
    last_month = (calendar.local_day(timezone.now()).replace(day=1) - timedelta(days=1)).isoformat()
    rows(order).update(payload={**order.payload, "until": last_month})

    assert drive(order) == OrderState.CANCELLED
    assert there(line).roaming_limit == 50


def test_the_end_of_a_raise_that_is_over_changes_nothing(line, by_alice):
    drive(roaming(line, by_alice, "150", once=True))
    back = planned_return(line)
    Line.objects.for_customer(line.customer_id).filter(pk=line.pk).update(roaming_raised_until=None, roaming_limit=500)

    assert drive(back) == OrderState.CANCELLED
    line.refresh_from_db()
    assert line.roaming_limit == 500


def test_what_a_requester_asks_waits_for_approval(line, rita):
    assert third_party(line, Actor.user(rita), "50").state == OrderState.AWAITING_APPROVAL
    assert roaming(line, Actor.user(rita), "100").state == OrderState.AWAITING_APPROVAL


@pytest.mark.parametrize(
    ("kind", "wish"),
    [
        (OrderKind.THIRD_PARTY_LIMIT, ThirdPartyLimitWish(amount="50")),
        (OrderKind.ROAMING_LIMIT, RoamingLimitWish(amount="100", is_once=True)),
    ],
)
def test_many_lines_are_prepared_without_a_query(noordkaai, kind, wish):
    factories.LineFactory.create_batch(3, customer=noordkaai)
    lines = list(lines_to_change(Line.objects.for_customer(noordkaai)))
    prepare = kind_of(kind).prepare(noordkaai, wish)
    with CaptureQueriesContext(connection) as queries:
        assert len([prepare(line) for line in lines]) == 3
    assert not queries
