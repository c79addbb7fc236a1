"""The inbox, its bell and the settings: reading writes nothing, opening does, and nobody sees what is not his."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from fleetportal.notifications import queries
from fleetportal.notifications.enums import MailTiming
from fleetportal.notifications.models import Notification
from tests.htmx import find, page_of
from tests.notifications.conftest import ALARM, NEWS
from tests.notifications.test_telling import membership

INBOX, BELL, SETTINGS = "/notifications/", "/notifications/bell/", "/settings/notifications/"
HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture
def english(settings):
    settings.LANGUAGE_CODE = "en"


@pytest.fixture
def client(alice, client_for):
    alice.language = "en"
    alice.save()
    return client_for(alice)


def text(response) -> str:
    assert response.status_code == 200
    return response.content.decode()


def test_the_inbox_groups_by_day_newest_first(client, alice, tell, noordkaai):
    tell(alice, "old")
    Notification.objects.for_customer(noordkaai).update(created_at=timezone.now() - timedelta(days=1))
    tell(alice, "new")
    page = text(client.get(INBOX))
    assert page.index("Today") < page.index("Alarm: new") < page.index("Yesterday") < page.index("Alarm: old")


def test_an_empty_inbox_says_what_comes_here(client):
    assert "No notifications yet" in text(client.get(INBOX))
    assert "Nothing unread" in text(client.get(f"{INBOX}?show=unread"))


def test_the_bell_counts_what_is_unread(client, alice, tell):
    for what in ("one", "two"):
        tell(alice, what)
    assert 'aria-label="Notifications, 2 unread"' in text(client.get("/menu/"))
    bell = client.get(BELL, headers=HTMX)
    assert dict(find(page_of(bell), "#bell-link").attributes)["aria-label"] == "Notifications, 2 unread"
    assert client.get(BELL).url == INBOX


def test_looking_marks_nothing_and_opening_does(client, alice, tell):
    notification = tell(alice, url="/sims/stock/")
    client.get(INBOX)
    assert queries.unread_count(membership(alice)) == 1
    url = reverse("notification_open", args=[notification.public_id])
    assert client.get(url).status_code == 405
    assert client.post(url).url == "/sims/stock/"
    assert queries.unread_count(membership(alice)) == 0


def test_one_is_marked_and_comes_back_as_unread(client, alice, tell):
    url = reverse("notification_read", args=[tell(alice).public_id])
    assert client.post(url, {"show": "unread", "page": "2"}).url == f"{INBOX}?show=unread&page=2"
    assert queries.unread_count(membership(alice)) == 0
    client.post(url, {"unread": "1"})
    assert queries.unread_count(membership(alice)) == 1


def test_marking_all_leaves_out_what_came_in_meanwhile(client, alice, tell):
    tell(alice, "seen")
    newest = client.get(INBOX).context["newest"]
    tell(alice, "meanwhile")
    client.post("/notifications/read/", {"until": newest})
    assert [n.once_key for n in queries.inbox(membership(alice), only_unread=True)] == ["meanwhile"]
    for strange in ("", "x", "-1", "9" * 40):
        assert client.post("/notifications/read/", {"until": strange}).status_code == 302
    assert queries.unread_count(membership(alice)) == 1


def test_a_swap_of_the_inbox_brings_the_bell_along(client, alice, tell):
    url = reverse("notification_read", args=[tell(alice).public_id])
    headers = {"HX-Request": "true", "HX-Request-Type": "full", "HX-Target": "div#inbox"}
    answer = text(client.post(url, headers=headers, follow=True))
    assert 'hx-target="#bell"' in answer and 'aria-label="Notifications"' in answer


def test_an_inbox_has_pages(client, alice, tell):
    for n in range(27):
        tell(alice, f"thing {n}")
    assert client.get(INBOX).content.count(b'class="row"') == 25
    assert "Alarm: thing 0" in text(client.get(f"{INBOX}?page=2"))


def test_what_is_told_to_a_colleague_or_in_another_company_does_not_exist(client, owner, charlie, zuidpark, tell):
    for notification in (tell(owner, "hers"), tell(charlie, "theirs", customer=zuidpark)):
        for name in ("notification_open", "notification_read"):
            assert client.post(reverse(name, args=[notification.public_id])).status_code == 404
    page = text(client.get(INBOX))
    assert "hers" not in page and "theirs" not in page
    client.post("/notifications/read/", {"until": 10**12})
    assert queries.unread_count(membership(owner)) == queries.unread_count(membership(charlie)) == 1


def test_settings_are_saved_and_shown(client, alice):
    data = {f"mail-{ALARM.code}": "daily", f"portal-{NEWS.code}": "on", f"mail-{NEWS.code}": "never"}
    response = client.post(SETTINGS, data, follow=True)
    assert "Notification settings saved." in text(response)
    assert queries.preferences_of(membership(alice))[ALARM.code] == queries.Wish(False, MailTiming.DAILY)
    assert response.context["form"][f"mail-{ALARM.code}"].value() == "daily"


def test_settings_list_only_what_the_person_may_receive(client_for, bob, client):
    assert ALARM.code in text(client.get(SETTINGS))
    assert ALARM.code not in text(client_for(bob).get(SETTINGS))


def test_a_choice_that_does_not_exist_is_corrected(client, alice):
    response = client.post(SETTINGS, {f"mail-{ALARM.code}": "hourly", f"mail-{NEWS.code}": "never"})
    assert response.status_code == 422
    assert queries.preferences_of(membership(alice))[ALARM.code].mail == MailTiming.NOW
