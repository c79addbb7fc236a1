"""What is planned: list, month, moving and cancelling several, and the feed for calendar programs."""

import datetime as dt

import pytest
from django.test import Client
from icalendar import Calendar

from accounts.models import Membership
from fleetportal.audit.actors import Actor
from sims.enums import AuditKind, OrderState
from sims.models import CalendarFeed, Order
from sims.orders import calendar
from tests import factories
from tests.architecture.test_urls import HTMX
from tests.audit.expect import expect_audit
from tests.sims.orders.test_block import block

PAGE = "/sims/planning/"
DAY = calendar.local_day(dt.datetime.now(tz=dt.UTC)) + dt.timedelta(days=40)


@pytest.fixture
def english(alice):
    alice.language = "en"
    alice.save()
    return alice


@pytest.fixture
def planned(noordkaai, alice) -> Order:
    line = factories.at_the_operator(factories.LineFactory(customer=noordkaai, number="+32468010203"))
    return block(line, Actor.user(alice), not_before=DAY)


@pytest.fixture
def theirs(zuidpark, charlie) -> Order:
    line = factories.at_the_operator(factories.LineFactory(customer=zuidpark, number="+32468999999"))
    return block(line, Actor.user(charlie), not_before=DAY)


def test_the_list_goes_by_day(client_for, english, planned, theirs):
    text = client_for(english).get(PAGE).content.decode()
    assert f'datetime="{DAY}"' in text
    assert "0468 01 02 03" in text
    assert "0468 99 99 99" not in text


def test_the_month_holds_the_day(client_for, english, planned):
    client = client_for(english)
    assert "0468 01 02 03" in client.get(f"{PAGE}?view=month&month={DAY:%Y-%m}").content.decode()
    assert "0468 01 02 03" not in client.get(f"{PAGE}?view=month&month=2027-12").content.decode()
    for nonsense in ("x", "2027-13", "9999-01", "-1"):
        assert client.get(f"{PAGE}?view=month&month={nonsense}").status_code == 200


def test_nothing_planned_says_so(client_for, english):
    assert "Nothing is planned" in client_for(english).get(PAGE).content.decode()


def test_several_are_moved_at_once_and_a_refusal_stops_no_other(client_for, english, planned, theirs):
    other = block(factories.LineFactory(customer=planned.customer), Actor.user(english), not_before=DAY)
    Order.objects.for_customer(other.customer_id).filter(pk=other.pk).update(state=OrderState.IN_PROGRESS)
    new_day = DAY + dt.timedelta(days=1)
    answer = client_for(english).post(
        f"{PAGE}move/", {"sel": [planned.pk, other.pk, theirs.pk, "nonsense"], "date": new_day}, follow=True
    )
    for order in (planned, theirs):
        order.refresh_from_db()
    assert calendar.local_day(planned.not_before) == new_day
    assert calendar.local_day(theirs.not_before) == DAY
    text = answer.content.decode()
    assert "1 planned change adapted." in text
    assert "was sent to the operator already" in text


def test_a_wrong_date_moves_nothing_and_is_told_at_the_field(client_for, english, planned):
    answer = client_for(english).post(f"{PAGE}move/", {"sel": [planned.pk], "date": "2020-01-01"}, headers=HTMX)
    assert answer.status_code == 422
    assert "The earliest possible date is" in answer.content.decode()
    planned.refresh_from_db()
    assert calendar.local_day(planned.not_before) == DAY


def test_several_are_taken_back_after_a_question(client_for, english, planned, theirs):
    client = client_for(english)
    assert (
        "Cancel 1 planned change?" in client.get(f"{PAGE}cancel/", {"sel": planned.pk}, headers=HTMX).content.decode()
    )
    client.post(f"{PAGE}cancel/", {"sel": [planned.pk, theirs.pk]})
    for order, state in ((planned, OrderState.CANCELLED), (theirs, OrderState.SCHEDULED)):
        order.refresh_from_db()
        assert order.state == state


def feed_address(client) -> str:
    text = client.post(f"{PAGE}calendar/", headers=HTMX).content.decode()
    return text.split('data-copy="http://testserver')[1].split('"')[0]


def test_a_calendar_program_reads_what_is_planned_without_a_session(client_for, english, planned, theirs):
    address = feed_address(client_for(english))
    answer = Client().get(address)
    assert answer["Content-Type"].startswith("text/calendar")
    events = Calendar.from_ical(answer.content).walk("VEVENT")
    assert [(event["dtstart"].dt, event["summary"]) for event in events] == [
        (DAY, f"Block, 0468 01 02 03, {planned.line.subscriber.full_name}")
    ]
    assert str(planned.line.public_id) in events[0]["url"]
    expect_audit(AuditKind.FEED_OPENED, by=english)


def test_a_new_address_ends_the_old_one(client_for, english):
    client = client_for(english)
    first, second = feed_address(client), feed_address(client)
    assert Client().get(first).status_code == 404
    assert Client().get(second).status_code == 200
    assert CalendarFeed.objects.for_customer(english.memberships.get().customer_id).count() == 1


def test_a_withdrawn_address_and_a_lost_membership_end_it(client_for, english, alice):
    client = client_for(english)
    address = feed_address(client)
    client.post(f"{PAGE}calendar/close/")
    assert Client().get(address).status_code == 404
    expect_audit(AuditKind.FEED_CLOSED, by=english)
    address = feed_address(client)
    Membership.objects.for_customer(alice.memberships.get().customer_id).filter(user=alice).delete()
    assert Client().get(address).status_code == 404


def test_the_address_is_stored_as_a_hash_only(client_for, english):
    token = feed_address(client_for(english)).rsplit("/", 1)[1].removesuffix(".ics")
    feed = CalendarFeed.objects.across_customers(reason="the only one of this test").get()
    assert token not in str(feed.__dict__)
