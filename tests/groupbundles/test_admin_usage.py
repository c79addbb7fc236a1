"""The staff pages of imports and feeds open on what needs attention."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from groupbundles import admin
from groupbundles.enums import UsageImportState, UsageSource
from groupbundles.models import UsageCursor, UsageImport
from tests import factories

pytestmark = pytest.mark.django_db
IMPORTS, FEEDS = "/admin/groupbundles/usageimport/", "/admin/groupbundles/usagecursor/"


@pytest.fixture
def staff(client_for):
    return client_for(factories.UserFactory(is_staff=True, is_superuser=True, language="en"))


def imported(customer, name: str, *, ago: timedelta = timedelta(), **fields: object) -> UsageImport:
    values = {"source": UsageSource.FILE, "state": UsageImportState.DONE, "by_name": "x"}
    made = UsageImport.objects.create(customer=customer, name=name, **(values | fields))
    UsageImport.objects.for_customer(customer).filter(pk=made.pk).update(started_at=timezone.now() - ago)
    return made


def shown(response) -> set[str]:
    assert response.status_code == 200
    return {str(row) for row in response.context["cl"].result_list}


def test_failed_halted_and_unclean_imports_need_attention(staff, noordkaai, zuidpark):
    imported(noordkaai, "clean", rows=2, accepted=2)
    imported(noordkaai, "running", state=UsageImportState.RUNNING)
    imported(zuidpark, "failed", state=UsageImportState.FAILED, message="damaged")
    imported(noordkaai, "halted", state=UsageImportState.RUNNING, ago=timedelta(hours=2))
    imported(noordkaai, "refused", rows=1, refused=1)
    imported(noordkaai, "conflicts", rows=1, conflicts=1)
    imported(noordkaai, "long ago", rows=1, refused=1, ago=timedelta(days=60))

    assert shown(staff.get(IMPORTS)) == {"failed", "halted", "refused", "conflicts"}
    assert len(shown(staff.get(IMPORTS, {"show": "all"}))) == 7
    assert shown(staff.get(IMPORTS, {"state__exact": "done"})) == {"clean", "refused", "conflicts", "long ago"}
    assert shown(staff.get(IMPORTS, {"q": "clean"})) == {"clean"}


def test_an_import_tells_which_rows_were_refused_and_is_not_changed(staff, noordkaai):
    made = imported(noordkaai, "november.csv", rows=1, refused=1, refusals=[[17, "quantity"]])

    page = staff.get(f"{IMPORTS}{made.pk}/change/")

    assert "17: The quantity is not a whole number" in page.content.decode()
    assert staff.post(f"{IMPORTS}{made.pk}/change/", {"state": "done"}).status_code == 403
    assert staff.post(f"{IMPORTS}{made.pk}/delete/", {"post": "yes"}).status_code == 403


def test_feeds_that_get_no_answer_need_attention_and_can_be_asked_now(staff, noordkaai, zuidpark, monkeypatch):
    later = Now() + timedelta(hours=1)
    UsageCursor.objects.create(customer=zuidpark, due_at=later)
    silent = UsageCursor.objects.create(customer=noordkaai, due_at=later, failures=4, error="no answer")
    woken = []
    monkeypatch.setattr("fleetportal.operators.feeds.wake", lambda task, pk, queue: woken.append(pk))

    page = staff.get(FEEDS)
    assert [row.customer for row in page.context["cl"].result_list] == [noordkaai]
    assert "no answer" in page.content.decode()
    assert len(staff.get(FEEDS, {"show": "all"}).context["cl"].result_list) == 2

    staff.post(FEEDS, {"action": "ask_again", "_selected_action": [silent.pk]})
    assert woken == [noordkaai.pk]
    assert UsageCursor.objects.for_customer(noordkaai).filter(due_at__lte=Now()).exists()


def test_staff_who_may_only_look_cannot_ask(client_for, noordkaai):
    assert not admin.UsageCursorAdmin(UsageCursor, None).has_act_permission(
        type("Request", (), {"user": factories.UserFactory(is_staff=True)})()
    )


def test_a_fleet_manager_does_not_get_in(client_for, alice):
    assert client_for(alice).get(IMPORTS).status_code == 302
