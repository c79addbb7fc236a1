"""What SIM cards and lines show on the dashboard, in the navigation and in the search of the whole portal."""

import datetime as dt

import pytest
from django.utils import timezone

from fleetportal.shell.registry import contributions
from sims import portal
from sims.enums import LineState, OpenRequest, OrderKind, OrderState
from sims.models import Line, Order
from sims.search import refresh_search_text
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def english(alice):
    alice.language = "en"
    alice.save()
    return alice


def ask(line: Line, state: str, kind: str = OrderKind.ACTIVATE, **fields) -> Order:
    fields.setdefault("not_before", timezone.now())
    return Order.objects.create(
        customer=line.customer,
        line=line,
        kind=kind,
        conflict_group="sim",
        state=state,
        requested_by_name="An",
        **fields,
    )


def new_line(customer, **fields) -> Line:
    return factories.LineFactory(customer=customer, number=None, state=LineState.NEW, **fields)


def test_the_shell_finds_what_this_app_contributes():
    assert set(portal.tiles) <= set(contributions.tiles)
    assert set(portal.search_sources) <= set(contributions.search_sources)


def test_tiles_lead_to_lists_that_hold_as_many(client_for, alice, noordkaai, zuidpark):
    factories.LineFactory.create_batch(3, customer=noordkaai)
    factories.LineFactory(customer=noordkaai, state=LineState.SUSPENDED)
    new_line(noordkaai, open_request=OpenRequest.SCHEDULED)
    factories.SimFactory.create_batch(2, customer=noordkaai)
    client = client_for(alice)
    tiles = client.get("/").context["figures"]
    figures = {tile.url: tile.value for tile in tiles if tile.url.startswith("/sims/")}
    assert figures == {
        "/sims/?view=active": 3,
        "/sims/?view=scheduled": 1,
        "/sims/?view=blocked": 1,
        "/sims/stock/": 2,
    }
    for url, value in figures.items():
        assert client.get(url).context["page"].total == value


def attention(response) -> list[tuple[str, str]]:
    return [(str(item.title), item.url) for item in response.context["attention"]]


def test_refused_and_slow_requests_ask_for_attention(client_for, english, noordkaai, zuidpark):
    ask(new_line(zuidpark), OrderState.REJECTED, finished_at=timezone.now())
    refused, slow = new_line(noordkaai), new_line(noordkaai, open_request=OpenRequest.PENDING)
    ask(refused, OrderState.REJECTED, finished_at=timezone.now())
    ask(slow, OrderState.NEEDS_ATTENTION, OrderKind.PORT_IN)
    assert attention(client_for(english).get("/")) == [
        ("Activation: refused by the operator", f"/sims/{refused.public_id}/"),
        ("Number transfer: takes longer than usual", f"/sims/{slow.public_id}/"),
        ("1 SIM card is not activated", "/sims/?view=new"),
    ]


def test_what_was_settled_or_is_old_asks_for_nothing(client_for, english, noordkaai):
    settled = factories.LineFactory(customer=noordkaai, subscriber__confirmed_at=timezone.now())
    ask(settled, OrderState.REJECTED, finished_at=timezone.now())
    again = new_line(noordkaai, open_request=OpenRequest.PENDING)
    ask(again, OrderState.REJECTED, finished_at=timezone.now())
    ask(again, OrderState.IN_PROGRESS)
    old = new_line(noordkaai)
    ask(old, OrderState.FAILED, finished_at=timezone.now() - dt.timedelta(days=15))
    assert attention(client_for(english).get("/")) == [("1 SIM card is not activated", "/sims/?view=new")]


def test_the_next_planned_changes_are_listed_by_day(client_for, alice, noordkaai, zuidpark):
    def at(days):
        return timezone.now() + dt.timedelta(days=days)

    ask(new_line(zuidpark), OrderState.SCHEDULED, not_before=at(1))
    planned = {days: new_line(noordkaai) for days in (9, 2, 5, 30)}
    for days, line in planned.items():
        ask(line, OrderState.SCHEDULED, not_before=at(days))
    urls = [item.url for item in client_for(alice).get("/").context["scheduled"]]
    assert urls == [f"/sims/{planned[days].public_id}/" for days in (2, 5, 9)]


@pytest.mark.parametrize("text", ["Zuiderling", "0499 99", "+32 499", "99 99"])
def test_the_palette_finds_own_lines_by_any_notation_and_no_others(
    client_for, alice, charlie, zuidpark, noordkaai, text
):
    refresh_search_text(Line.objects.for_customer(zuidpark))
    line = Line.objects.for_customer(zuidpark).get()
    assert f"/sims/{line.public_id}/" in client_for(charlie).get("/search/", {"q": text}).content.decode()
    assert f"/sims/{line.public_id}/" not in client_for(alice).get("/search/", {"q": text}).content.decode()


def test_a_viewer_is_offered_no_way_to_add(client_for, bob, noordkaai):
    assert "/sims/new/" not in client_for(bob).get("/").content.decode()


def test_the_dashboard_takes_the_same_queries_for_one_and_three_of_everything(
    client_for, alice, noordkaai, django_assert_max_num_queries
):
    client, taken = client_for(alice), []
    for n in (1, 2):
        for _again in range(n):
            ask(new_line(noordkaai), OrderState.REJECTED, finished_at=timezone.now())
            ask(new_line(noordkaai, open_request=OpenRequest.SCHEDULED), OrderState.SCHEDULED)
            factories.LineFactory(customer=noordkaai)
        client.get("/")
        with django_assert_max_num_queries(16) as captured:
            client.get("/")
        taken.append(len(captured))
    assert taken[0] == taken[1]
