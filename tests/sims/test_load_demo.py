"""The demo: two companies, every state of a line and of a request, and only in development."""

from datetime import date, timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from accounts.models import Customer, Membership, User
from fleetportal.audit.actors import Actor
from fleetportal.operators.contract import PortStage
from fleetportal.operators.registry import get_operator
from sims.enums import DepartureState, LineState, OrderState, SimState
from sims.management.commands.load_demo import ADMIN, PASSWORD
from sims.models import BulkChange, Departure, Line, Order, Sim
from sims.orders.holds import last_day_to_ask_back
from sims.orders.kinds.base import customer_reference
from sims.orders.lateness import lateness_of
from sims.queries.attention import people_to_look_at
from sims.queries.bulk import progress_of
from sims.queries.departures import SOON
from sims.queries.swapping import policy_of, terms_of
from sims.services.bulk import retry
from sims.services.demo import FLEET_STATES, OWNER, VIEWER, load_demo
from sims.services.demo_leave import day_with_a_clock_that_ends_soon
from sims.services.demo_ports import bring_numbers
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def development(settings):
    settings.DEBUG = True


def run(*args: str) -> str:
    out = StringIO()
    call_command("load_demo", *args, stdout=out)
    return out.getvalue()


def without_life() -> None:
    """The quicker part of it."""
    load_demo(password=PASSWORD, by=Actor.ops("a test"), with_life=False)


def test_it_makes_a_fleet_in_every_state_that_the_operator_knows(development):
    assert f"{OWNER} / {PASSWORD}" in run()
    customer = Customer.objects.get(slug="noordkaai")
    lines = Line.objects.for_customer(customer)
    # Two numbers have moved in and one line was blocked because its employee left.
    expected = {**FLEET_STATES, LineState.ACTIVE: 134 + 2 - 1, LineState.SUSPENDED: 4 + 1}
    assert {state: lines.filter(state=state).count() for state in FLEET_STATES} == expected
    assert lines.filter(state=LineState.NEW).count() == 16
    assert Sim.objects.for_customer(customer).filter(state=SimState.IN_STOCK).count() >= 7
    living = lines.exclude(state__in=[LineState.TERMINATED, LineState.NEW])
    known = {line.number for line in get_operator().list_lines(customer_reference(customer))}
    assert known == set(living.values_list("number", flat=True))
    somebody_left_and_somebody_leaves(customer)
    a_bulk_change_is_over(customer)


def test_it_has_esims_and_people_who_are_not_new():
    without_life()
    customer = Customer.objects.get(slug="noordkaai")
    line = Line.objects.for_customer(customer).get(sim__is_esim=True)
    assert get_operator().activation_code(line.sim.iccid).startswith("LPA:1$")
    free = Sim.objects.for_customer(customer).filter(state=SimState.IN_STOCK, is_esim=True)
    assert len(free) == 2
    assert all(get_operator().activation_code(card.iccid) for card in free)
    owner = Actor.user(User.objects.get(email=OWNER))
    assert terms_of(line, policy_of(customer), owner).held_until is None


def test_its_requests_are_at_every_stage():
    without_life()
    states = Order.objects.across_customers(reason="counted over every company").values_list("state", flat=True)
    assert set(states) >= {
        OrderState.AWAITING_APPROVAL,
        OrderState.SCHEDULED,
        OrderState.IN_PROGRESS,
        OrderState.REJECTED,
        OrderState.FAILED,
    }


def stages(customer: Customer) -> list[tuple[str, str]]:
    """State and stage of each transfer that is a part of a request, in the order they were asked."""
    orders = Order.objects.for_customer(customer).filter(line__port_in__batch__isnull=False)
    return list(orders.order_by("line__port_in").values_list("state", "stage"))


ON_TIME, LATE = (OrderState.COMPLETED, PortStage.CUT_OVER), (OrderState.IN_PROGRESS, PortStage.SLOT_FIXED)
EVERY_STAGE = [
    ON_TIME, ON_TIME, LATE, (OrderState.REJECTED, PortStage.ELIGIBILITY),
    (OrderState.IN_PROGRESS, PortStage.ELIGIBILITY), (OrderState.IN_PROGRESS, PortStage.VALIDATED),
    (OrderState.IN_PROGRESS, PortStage.SLOT_FIXED), (OrderState.REJECTED, PortStage.ELIGIBILITY),
    (OrderState.AWAITING_APPROVAL, ""), (OrderState.AWAITING_APPROVAL, ""),
]  # fmt: skip


@pytest.mark.parametrize("moment", ["2025-11-28 09:41", "2025-11-30 03:12", "2025-05-29 23:58", "2025-01-01 12:00"])
def test_its_numbers_are_at_every_stage_whatever_the_day(moment, noordkaai, alice, rita):
    """A Friday, a Sunday, Ascension Day and New Year."""
    factories.TariffPlanFactory(customer=noordkaai, code="MOB-PRO")
    factories.BillingAccountFactory(customer=noordkaai)
    factories.CostCentreFactory(customer=noordkaai)
    with time_machine.travel(f"{moment}+01:00"):
        bring_numbers(noordkaai, alice, rita, [factories.iccid(900_000 + n) for n in range(10)])
        assert stages(noordkaai) == EVERY_STAGE
        orders = Order.objects.for_customer(noordkaai).order_by("line__port_in")
        late = [lateness_of(order) for order in orders]
        assert [bool(one) for one in late[:4]] == [False, True, True, False] and not any(late[4:])
        assert late[1].moved and late[1].days >= 1 and late[2].moved is None and late[2].days >= 2
        assert all(order.created_at <= timezone.now() for order in orders)


def test_it_has_somebody_whose_month_to_ask_his_number_back_is_nearly_over_on_every_day_of_two_years():
    for n in range(730):
        today = date(2027, 1, 1) + timedelta(days=n)
        last_day = day_with_a_clock_that_ends_soon(today)
        assert today < last_day_to_ask_back(last_day) < today + SOON


def somebody_left_and_somebody_leaves(customer: Customer) -> None:
    left, leaving = Departure.objects.for_customer(customer).order_by("last_day")
    assert (left.state, leaving.state) == (DepartureState.DONE, DepartureState.PLANNED)
    clock = left.lines.get()
    assert clock.line.state == LineState.SUSPENDED and clock.reclaim_until == clock.line.reclaim_until
    assert left.items.exclude(done_at=None).exists() and left.items.filter(done_at=None).exists()
    assert people_to_look_at(customer)["clock"] == 1 and people_to_look_at(customer)["leave"] == 1


def a_bulk_change_is_over(customer: Customer) -> None:
    bulk = BulkChange.objects.for_customer(customer).get()
    progress = progress_of([bulk])[bulk.pk]
    assert (progress.changed, progress.failed, progress.cannot) == (7, 2, 1)
    again = retry(bulk=bulk, by=Actor.user(User.objects.get(email=OWNER)))
    assert again.changing == 2


def test_its_people_can_sign_in_with_the_printed_password(development):
    run()
    for email in (OWNER, VIEWER, ADMIN):
        client = Client()
        client.post("/accounts/login/", {"login": email, "password": PASSWORD})
        assert client.session.get("_auth_user_id") == str(User.objects.get(email=email).pk)
    companies = Membership.objects.across_customers(reason="a person may belong to several companies")
    assert companies.filter(user__email=OWNER).count() == 2


def test_a_second_time_does_nothing_when_told_so(development):
    run("--if-empty")
    before = Line.objects.across_customers(reason="counted over every company").count()
    assert OWNER in run("--if-empty")
    assert Line.objects.across_customers(reason="counted over every company").count() == before
    with pytest.raises(CommandError):
        run()


def test_a_database_with_a_real_company_is_left_alone(development, noordkaai):
    assert run("--if-empty") == ""
    assert list(Customer.objects.all()) == [noordkaai]


def test_never_outside_development(settings):
    settings.DEBUG = False
    with pytest.raises(CommandError, match="DEBUG"):
        run("--if-empty")
    assert not User.objects.exists()


def test_never_against_a_real_operator(development, settings):
    settings.OPERATOR = "fleetportal.operators.tmf.Operator"
    with pytest.raises(CommandError, match="operator"):
        run()
