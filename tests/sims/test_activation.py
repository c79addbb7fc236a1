"""Activating an existing line, changing the date of that, cancelling it: as dialogs and as plain pages."""

import datetime as dt

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from fleetportal.audit.actors import Actor
from sims.enums import AuditKind, LineState, OpenRequest, OrderKind, OrderState, SimState
from sims.models import Order, PortInRequest
from sims.services.lines import activate_line
from tests import factories
from tests.audit.expect import expect_audit

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true", "HTTP_HX_REQUEST_TYPE": "partial"}
MONDAY = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)


@pytest.fixture
def clock():
    with time_machine.travel(MONDAY, tick=False):
        yield


@pytest.fixture
def client(clock, client_for, alice):
    client = client_for(alice)
    client.cookies["language"] = "en"
    return client


@pytest.fixture
def line(clock, noordkaai):
    return factories.LineFactory(customer=noordkaai, state=LineState.NEW, number=None, sim__state=SimState.RESERVED)


@pytest.fixture
def transfer(line):
    return PortInRequest.objects.create(
        customer=line.customer, line=line, number="+32478112233", donor="Orange", donor_customer_number="1",
        holder_name="N", mandate_by_name="A", mandate_at=timezone.now(), mandate_text_version="1",
    )  # fmt: skip


@pytest.fixture
def planned(line, alice):
    return activate_line(line=line, on=dt.date(2026, 12, 1), by=Actor.user(alice))


def activate(line):
    return reverse("line_activate", args=[line.public_id])


def text(response):
    return response.content.decode()


def test_the_page_is_a_whole_page_and_the_dialog_only_its_inside(client, line):
    assert "<html" in text(client.get(activate(line)))
    dialog = text(client.get(activate(line), **HTMX))
    assert "<html" not in dialog and "dialog__head" in dialog
    assert "Activate today" in dialog


def test_activating_today_starts_at_once(client, line, noordkaai, alice):
    response = client.post(activate(line), {"when": "first"})
    assert response.status_code == 303 and response["Location"] == reverse("line_detail", args=[line.public_id])
    order = line.orders.get()
    assert (order.kind, order.state, order.not_before) == (OrderKind.ACTIVATE, OrderState.READY, MONDAY)
    expect_audit(AuditKind.ORDER_PLACED, customer=noordkaai, subject=order, by=alice)


def test_activating_on_a_day_plans_it(client, line):
    client.post(activate(line), {"when": "date", "date": "2026-12-01"})
    line.refresh_from_db()
    order = line.orders.get()
    assert (order.state, line.open_request) == (OrderState.SCHEDULED, OpenRequest.SCHEDULED)
    assert order.not_before == dt.datetime(2026, 11, 30, 23, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("asked", "button"),
    [
        ({"when": "first"}, "Activate today"),
        ({"when": "date", "date": "2026-12-01"}, "Activate on 1 December"),
        ({"when": "date", "date": ""}, "Activate on this date"),
    ],
)
def test_the_button_names_the_day(client, line, asked, button):
    response = client.get(activate(line), asked, **HTMX)
    assert button in text(response) and not line.orders.exists()


def test_a_number_to_bring_along_moves_on_the_next_working_day(client, line, transfer):
    assert "Activate on 24 November" in text(client.get(activate(line)))
    client.post(activate(line), {"when": "first"})
    order = line.orders.get()
    assert order.kind == OrderKind.PORT_IN and order.not_before == dt.datetime(2026, 11, 24, 7, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ({"when": "date", "date": ""}, "Choose a date."),
        ({"when": "date", "date": "2026-11-22"}, "The earliest possible date is 23/11/2026"),
        ({"when": "date", "date": "2028-11-22"}, "within a year"),
        ({"when": "date", "date": "soon"}, "such as 23/11/2026"),
        ({"when": "never"}, "never"),
        ({}, "Choose when."),
    ],
)
@pytest.mark.parametrize("extra", [{}, HTMX], ids=["plain", "htmx"])
def test_a_wrong_day_is_explained_and_nothing_is_asked(client, line, answers, message, extra):
    response = client.post(activate(line), answers, **extra)
    assert response.status_code == 422 and message in text(response) and 'id="errors"' in text(response)
    assert not line.orders.exists()


def test_after_the_dialog_one_is_back_on_the_page_it_was_opened_on(client, line):
    here = {"HTTP_HX_CURRENT_URL": "http://testserver/sims/?view=new&page=2"}
    assert client.post(activate(line), {"when": "first"}, **HTMX, **here)["HX-Redirect"] == "/sims/?view=new&page=2"


def test_a_page_of_another_site_is_no_way_back(client, line):
    there = {"HTTP_HX_CURRENT_URL": "https://elsewhere.example/sims/"}
    response = client.post(activate(line), {"when": "first"}, **HTMX, **there)
    assert response["HX-Redirect"] == reverse("line_detail", args=[line.public_id])


@pytest.mark.parametrize("state", [LineState.ACTIVE, LineState.SUSPENDED, LineState.TERMINATED])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_line_that_was_activated_before_is_refused_in_words(client, noordkaai, state, method):
    line = factories.LineFactory(customer=noordkaai, state=state)
    response = getattr(client, method)(activate(line), {"when": "first"})
    assert response.status_code == 409 and "activated before" in text(response)
    response = getattr(client, method)(activate(line), {"when": "first"}, **HTMX)
    assert response.status_code == 409 and response["HX-Retarget"] == "#toasts"


def test_asking_twice_is_refused_and_changes_nothing(client, line, planned):
    response = client.post(activate(line), {"when": "first"})
    assert response.status_code == 409 and line.orders.count() == 1


def test_a_line_without_a_plan_says_what_is_missing(client, noordkaai):
    line = factories.LineFactory(
        customer=noordkaai, state=LineState.NEW, number=None, plan=None, sim__state=SimState.RESERVED
    )
    response = client.get(activate(line))
    assert response.status_code == 409 and "tariff plan" in text(response)


def test_the_date_of_what_is_planned_can_be_changed(client, line, planned, noordkaai, alice):
    url = reverse("order_reschedule", args=[planned.pk])
    assert 'value="2026-12-01"' in text(client.get(url))
    assert client.post(url, {"date": "2026-12-07"}).status_code == 303
    planned.refresh_from_db()
    assert planned.not_before == dt.datetime(2026, 12, 6, 23, tzinfo=dt.UTC)
    expect_audit(AuditKind.ORDER_RESCHEDULED, customer=noordkaai, subject=planned, by=alice)


@pytest.mark.parametrize("typed", ["", "2026-11-22", "x"])
def test_a_new_date_must_be_possible(client, planned, typed):
    url = reverse("order_reschedule", args=[planned.pk])
    response = client.post(url, {"date": typed}, **HTMX)
    assert response.status_code == 422 and "HX-Redirect" not in response
    before = planned.not_before
    planned.refresh_from_db()
    assert planned.not_before == before


def test_what_is_planned_can_be_cancelled_after_a_question(client, line, planned, noordkaai, alice):
    url = reverse("order_cancel", args=[planned.pk])
    assert "Cancel this request?" in text(client.get(url, **HTMX))
    assert client.post(url).status_code == 303
    planned.refresh_from_db()
    line.refresh_from_db()
    assert (planned.state, line.open_request) == (OrderState.CANCELLED, OpenRequest.NONE)
    expect_audit(AuditKind.ORDER_CANCELLED, customer=noordkaai, subject=planned, by=alice)
    client.post(activate(line), {"when": "first"})
    assert line.orders.filter(state=OrderState.READY).count() == 1


@pytest.mark.parametrize("name", ["order_reschedule", "order_cancel"])
@pytest.mark.parametrize(
    ("state", "words"),
    [(OrderState.IN_PROGRESS, "sent to the operator already"), (OrderState.COMPLETED, "has ended already")],
)
def test_what_was_sent_is_refused_in_words(client, planned, name, state, words):
    Order.objects.for_customer(planned.customer).filter(pk=planned.pk).update(state=state)
    for method in (client.get, client.post):
        response = method(reverse(name, args=[planned.pk]), {"date": "2026-12-07"})
        assert response.status_code == 409 and words in text(response)
    response = client.post(reverse(name, args=[planned.pk]), {"date": "2026-12-07"}, **HTMX)
    assert response.status_code == 409 and response["HX-Retarget"] == "#toasts"


def test_another_company_finds_nothing_and_who_may_only_look_may_not(client_for, bob, charlie, line, planned):
    urls = [
        activate(line), reverse("order_reschedule", args=[planned.pk]), reverse("order_cancel", args=[planned.pk]),
    ]  # fmt: skip
    for person, status in ((charlie, 404), (bob, 403)):
        client = client_for(person)
        for url in urls:
            assert client.get(url).status_code == status
            assert client.post(url, {"when": "first", "date": "2026-12-07"}).status_code == status
    planned.refresh_from_db()
    assert planned.state == OrderState.SCHEDULED
