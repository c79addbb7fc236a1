"""The pages of a departure, from the tile of the dashboard to the checklist."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import Role
from sims.enums import DepartureState, NumberFate, OrderKind
from sims.models import Departure, DepartureLine, Order
from sims.orders import calendar
from tests import factories


@pytest.fixture
def alice(alice):
    alice.language = "en"
    alice.save()
    return alice


@pytest.fixture
def line(noordkaai):
    return factories.at_the_operator(factories.LineFactory(customer=noordkaai))


def today() -> str:
    return calendar.local_day(timezone.now()).isoformat()


def leave_url(line) -> str:
    return reverse("line_leave", args=[line.public_id])


def test_one_post_plans_what_the_page_says(client, alice, line):
    client.force_login(alice)
    assert client.get(leave_url(line)).status_code == 200

    response = client.post(leave_url(line), {"last_day": today()})

    departure = Departure.objects.for_customer(line.customer).get()
    assert response.status_code == 303
    assert response["Location"] == reverse("departure", args=[departure.public_id])
    assert departure.state == DepartureState.PLANNED
    assert Order.objects.for_customer(line.customer).get().kind == OrderKind.BLOCK


def test_looking_at_the_page_stores_nothing(client, alice, line):
    client.force_login(alice)
    client.get(leave_url(line))
    client.get(reverse("leave_question", args=[line.public_id, "number"]))

    assert not Departure.objects.for_customer(line.customer).exists()


def test_an_answer_is_kept_and_leads_to_the_next_question(client, alice, line):
    colleague = factories.SubscriberFactory(customer=line.customer)
    client.force_login(alice)

    def answer(slug, **data):
        url = reverse("leave_question", args=[line.public_id, slug])
        assert client.get(url).status_code == 200
        return client.post(url, data)["Location"]

    assert answer("number", fate="reassign").endswith("/leave/colleague/")
    assert answer("colleague", colleague=colleague.pk).endswith("/leave/reason/")
    assert answer("reason", override="He gave it up in writing") == leave_url(line)
    row = DepartureLine.objects.for_customer(line.customer).get()
    assert (row.fate, row.colleague, row.override) == (NumberFate.REASSIGN, colleague, "He gave it up in writing")
    assert client.get(leave_url(line)).status_code == 200


@pytest.mark.parametrize("slug", ["number", "origin", "access", "notes"])
def test_every_question_opens_and_asks_again_without_an_answer(client, owner, line, slug):
    client.force_login(owner)
    member = factories.MembershipFactory(customer=line.customer, role=Role.VIEWER)
    line.subscriber.email = member.user.email
    line.subscriber.save()
    url = reverse("leave_question", args=[line.public_id, slug])

    assert client.get(url).status_code == 200
    assert client.post(url, {}).status_code == (303 if slug == "notes" else 422)


def test_a_draft_can_be_thrown_away(client, alice, line):
    client.force_login(alice)
    client.post(reverse("leave_question", args=[line.public_id, "notes"]), {"notes": "Badge too"})
    client.post(reverse("leave_discard", args=[line.public_id]))

    assert not Departure.objects.for_customer(line.customer).exists()


def test_a_last_day_in_two_years_is_refused(client, alice, line):
    client.force_login(alice)
    far = calendar.local_day(timezone.now()) + timedelta(days=730)

    assert client.post(leave_url(line), {"last_day": far.isoformat()}).status_code == 422
    assert not Order.objects.for_customer(line.customer).exists()


def test_a_viewer_plans_nothing_and_another_company_has_no_such_line(client, line, noordkaai):
    viewer = factories.MembershipFactory(customer=noordkaai, role=Role.VIEWER).user
    client.force_login(viewer)
    assert client.post(leave_url(line), {"last_day": today()}).status_code == 403

    client.force_login(factories.MembershipFactory(role=Role.OWNER).user)
    assert client.post(leave_url(line), {"last_day": today()}).status_code == 404
    assert not Departure.objects.for_customer(noordkaai).exists()


def test_a_planned_departure_can_be_moved_ticked_and_cancelled(client, alice, line):
    client.force_login(alice)
    soon = calendar.local_day(timezone.now()) + timedelta(days=5)
    client.post(leave_url(line), {"last_day": soon.isoformat()})
    departure = Departure.objects.for_customer(line.customer).get()
    later = soon + timedelta(days=3)

    moved = client.post(reverse("departure_move", args=[departure.public_id]), {"last_day": later.isoformat()})
    client.post(reverse("departure_tick", args=[departure.items.first().public_id]), {"done": "1"})
    paper = client.get(reverse("departure_paper", args=[departure.public_id]))
    page = client.get(reverse("departure", args=[departure.public_id]))
    cancelled = client.post(reverse("departure_cancel", args=[departure.public_id]))

    departure.refresh_from_db()
    assert (moved.status_code, page.status_code, cancelled.status_code) == (303, 200, 303)
    assert paper.content.startswith(b"%PDF")
    assert departure.items.exclude(done_at=None).count() == 1
    assert (departure.last_day, departure.state) == (later, DepartureState.CANCELLED)


def test_the_dashboard_names_a_month_that_is_about_to_end_and_what_is_left_to_do(client, alice, line):
    """A leave of 27 days ago: the month to ask the number back ends within a week."""
    client.force_login(alice)
    gone = calendar.local_day(timezone.now()) - timedelta(days=27)
    client.post(leave_url(line), {"last_day": gone.isoformat()})

    page = client.get("/").content.decode()

    assert page.count(f'href="{reverse("departure_list")}"') == 2
    of_line = client.get(reverse("line_detail", args=[line.public_id])).content.decode()
    assert of_line.count("May be asked back until") == 1
