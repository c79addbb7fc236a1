"""The page of all requests, and deciding about those of a colleague."""

import re

import pytest

from fleetportal.audit.actors import Actor
from sims.enums import LineState, OrderKind, OrderState
from sims.models import Order
from sims.search import refresh_search_text
from tests import factories
from tests.architecture.test_urls import HTMX
from tests.sims.orders.test_block import block

LIST = "/sims/requests/"


@pytest.fixture
def english(alice):
    alice.language = "en"
    alice.save()
    return alice


@pytest.fixture
def line(noordkaai):
    found = factories.at_the_operator(factories.LineFactory(customer=noordkaai))
    refresh_search_text(found)
    return found


@pytest.fixture
def asked(line, rita) -> Order:
    return block(line, Actor.user(rita))


def rows(response) -> list[str]:
    return re.findall(r'id="request-([0-9a-f-]+)"', response.content.decode())


def test_every_request_stands_there_with_who_asked_and_why(client_for, english, asked):
    text = client_for(english).get(LIST).content.decode()
    for expected in ("Block: Stolen", "Asked by Rita Raes", "Awaiting approval", "Approve"):
        assert expected in text


def test_a_refusal_tells_its_reason_under_its_tab(client_for, english, asked):
    Order.objects.for_customer(asked.customer_id).update(state=OrderState.REJECTED, error_code="line_blocked")
    client = client_for(english)
    assert rows(client.get(LIST)) == []
    answer = client.get(f"{LIST}?view=wrong")
    assert rows(answer) == [str(asked.pk)]
    assert "The line is blocked at the operator already." in answer.content.decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", True),
        ("?view=approval", True),
        ("?view=done", False),
        ("?kind=block", True),
        ("?kind=plan", False),
        ("?mine=yes", False),
        ("?q=nobody+like+this", False),
        ("?view=?&kind=?&page=x", True),
    ],
)
def test_the_filter_narrows(client_for, english, asked, query, found):
    assert bool(rows(client_for(english).get(LIST + query))) == found


def test_a_search_finds_by_the_number_of_the_line(client_for, english, asked, line):
    assert rows(client_for(english).get(LIST, {"q": line.number[-6:]})) == [str(asked.pk)]


def test_another_company_sees_nothing_of_it(client_for, charlie, asked):
    assert rows(client_for(charlie).get(f"{LIST}?view=all")) == []
    for what in ("approve", "decline", "undo"):
        assert client_for(charlie).post(f"/sims/orders/{asked.pk}/{what}/").status_code == 404


def test_a_manager_approves_with_one_click(client_for, english, asked):
    answer = client_for(english).post(f"/sims/orders/{asked.pk}/approve/", headers=HTMX)
    assert answer.status_code == 200
    asked.refresh_from_db()
    assert asked.state == OrderState.READY


def test_declining_needs_a_reason(client_for, english, asked):
    url = f"/sims/orders/{asked.pk}/decline/"
    client = client_for(english)
    assert client.post(url, {"reason": " "}).status_code == 422
    client.post(url, {"reason": "Not needed"})
    asked.refresh_from_db()
    assert (asked.state, asked.error_message) == (OrderState.CANCELLED, "Not needed")


def test_the_one_who_asked_finds_no_button_to_approve(client_for, rita, asked):
    client = client_for(rita)
    assert "/approve/" not in client.get(LIST).content.decode()
    assert client.post(f"/sims/orders/{asked.pk}/approve/").status_code == 403
    assert f"/sims/orders/{asked.pk}/cancel/" in client.get(LIST).content.decode()


def test_a_requester_cannot_touch_what_others_asked(client_for, rita, line, alice):
    order = block(line, Actor.user(alice))
    for what in ("cancel", "reschedule", "undo"):
        assert client_for(rita).post(f"/sims/orders/{order.pk}/{what}/").status_code == 403


def test_a_viewer_reads_and_touches_nothing(client_for, bob, asked):
    client = client_for(bob)
    assert rows(client.get(LIST)) == [str(asked.pk)]
    for what in ("approve", "decline", "cancel", "undo"):
        assert client.post(f"/sims/orders/{asked.pk}/{what}/").status_code == 403
    for what in ("block", "unblock"):
        assert client.get(f"/sims/{asked.line.public_id}/{what}/").status_code == 403


def test_undo_takes_back_what_was_not_sent(client_for, alice, line):
    order = block(line, Actor.user(alice))
    client_for(alice).post(f"/sims/orders/{order.pk}/undo/", headers=HTMX)
    order.refresh_from_db()
    assert order.state == OrderState.CANCELLED


def test_the_toast_after_a_block_offers_a_way_back(client_for, english, line):
    answer = client_for(english).post(f"/sims/{line.public_id}/block/", {"reason": "lost"}, follow=True)
    order = Order.objects.for_customer(line.customer_id).get(kind=OrderKind.BLOCK)
    assert f'action="/sims/orders/{order.pk}/undo/"' in answer.content.decode()


def test_approval_waits_on_the_dashboard_of_who_can_give_it(client_for, english, rita, asked):
    assert "1 request waits for approval" in client_for(english).get("/").content.decode()
    rita.language = "en"
    rita.save()
    assert "waits for approval" not in client_for(rita).get("/").content.decode()


@pytest.mark.parametrize(("task", "state"), [("block", LineState.ACTIVE), ("unblock", LineState.SUSPENDED)])
def test_a_task_leads_to_the_lines_it_can_be_done_with(client_for, alice, noordkaai, task, state):
    fitting = factories.LineFactory(customer=noordkaai, state=state)
    other = factories.LineFactory(customer=noordkaai, state=LineState.TERMINATED)
    text = client_for(alice).get(f"/sims/choose/{task}/").content.decode()
    assert f"/sims/{fitting.public_id}/{task}/" in text
    assert str(other.public_id) not in text
    assert client_for(alice).get("/sims/choose/nonsense/").status_code == 404


def test_the_search_narrows_the_lines_to_choose_from(client_for, alice, noordkaai):
    one, other = (factories.LineFactory(customer=noordkaai) for _ in range(2))
    refresh_search_text([one, other])
    text = client_for(alice).get("/sims/choose/block/", {"q": one.subscriber.last_name}).content.decode()
    assert str(one.public_id) in text
    assert str(other.public_id) not in text


def test_a_task_and_a_name_in_one_search_lead_to_the_line(client_for, english, line):
    """“block sofie” in the palette."""
    text = client_for(english).get("/search/", {"q": f"block {line.subscriber.last_name}"}).content.decode()
    assert f"/sims/choose/block/?q={line.subscriber.last_name}" in text
