"""The demo: two companies, every state of a line and of a request, and only in development."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import Customer, Membership, User
from fleetportal.audit.actors import Actor
from fleetportal.operators.registry import get_operator
from sims.enums import LineState, OrderState, SimState
from sims.management.commands.load_demo import ADMIN, PASSWORD
from sims.models import Line, Order, Sim
from sims.orders.kinds.base import customer_reference
from sims.queries.swapping import policy_of, terms_of
from sims.services.demo import FLEET_STATES, OWNER, VIEWER

pytestmark = pytest.mark.django_db


@pytest.fixture
def development(settings):
    settings.DEBUG = True


def run(*args: str) -> str:
    out = StringIO()
    call_command("load_demo", *args, stdout=out)
    return out.getvalue()


def test_it_makes_a_fleet_in_every_state_that_the_operator_knows(development):
    assert f"{OWNER} / {PASSWORD}" in run()
    customer = Customer.objects.get(slug="noordkaai")
    lines = Line.objects.for_customer(customer)
    assert {state: lines.filter(state=state).count() for state in FLEET_STATES} == FLEET_STATES
    assert lines.filter(state=LineState.NEW).count() == 8
    assert Sim.objects.for_customer(customer).filter(state=SimState.IN_STOCK).count() >= 7
    living = lines.exclude(state__in=[LineState.TERMINATED, LineState.NEW])
    known = {line.number for line in get_operator().list_lines(customer_reference(customer))}
    assert known == set(living.values_list("number", flat=True))


def test_it_has_esims_and_people_who_are_not_new(development):
    run()
    customer = Customer.objects.get(slug="noordkaai")
    line = Line.objects.for_customer(customer).get(sim__is_esim=True)
    assert get_operator().activation_code(line.sim.iccid).startswith("LPA:1$")
    free = Sim.objects.for_customer(customer).filter(state=SimState.IN_STOCK, is_esim=True)
    assert len(free) == 2
    assert all(get_operator().activation_code(card.iccid) for card in free)
    owner = Actor.user(User.objects.get(email=OWNER))
    assert terms_of(line, policy_of(customer), owner).held_until is None


def test_its_requests_are_at_every_stage(development):
    run()
    states = Order.objects.across_customers(reason="counted over every company").values_list("state", flat=True)
    assert set(states) >= {
        OrderState.AWAITING_APPROVAL,
        OrderState.SCHEDULED,
        OrderState.IN_PROGRESS,
        OrderState.REJECTED,
        OrderState.FAILED,
    }


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
