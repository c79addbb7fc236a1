"""What is told stands once in the inbox of everybody who may know it, in his language."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone, translation

from accounts.models import Membership, User
from accounts.permissions import Role
from fleetportal.audit.actors import Actor
from fleetportal.notifications import queries, services
from fleetportal.notifications.enums import AuditKind, MailTiming
from fleetportal.notifications.events import shown_of
from fleetportal.notifications.models import Digest, Notification, NotificationPreference
from fleetportal.notifications.queries import Wish
from fleetportal.notifications.services import Address, Note, notify, notify_many
from fleetportal.shell.registry import contributions
from tests.audit.expect import expect_audit
from tests.notifications.conftest import ALARM, NEWS


def all_of(customer):
    return Notification.objects.for_customer(customer)


def membership(user) -> Membership:
    return Membership.objects.across_customers(reason="the test knows the person").get(user=user)


def test_the_same_thing_is_told_once(noordkaai, alice, owner, tell):
    for _ in range(2):
        tell(alice)
    tell(owner)
    assert sorted(all_of(noordkaai).values_list("user", flat=True)) == sorted([alice.pk, owner.pk])


def test_nothing_is_told_when_the_change_itself_is_undone(noordkaai, alice, tell):
    with transaction.atomic():
        tell(alice)
        transaction.set_rollback(True)
    assert not all_of(noordkaai).exists()


def test_who_may_not_know_it_or_left_or_works_elsewhere_is_not_told(noordkaai, alice, bob, owner, charlie, tell):
    membership(owner).delete()
    User.objects.filter(pk=alice.pk).update(is_active=False)
    for person in (alice, bob, owner, charlie, 10**9):
        tell(person)
    assert not all_of(noordkaai).exists()


def test_many_things_for_many_people_take_few_statements(noordkaai, alice, owner, django_assert_max_num_queries):
    people = [alice.pk, owner.pk, Address("x@example.be", "fr")]
    notes = [Note(f"thing {n}", people, {"what": str(n)}) for n in range(200)]
    with django_assert_max_num_queries(5):
        notify_many(customer_id=noordkaai.pk, event=ALARM.code, notes=notes)
    assert all_of(noordkaai).count() == 600


def test_an_event_nobody_declared_is_a_defect(noordkaai, alice):
    with pytest.raises(LookupError):
        notify(customer_id=noordkaai.pk, event="no.such", recipients=[alice.pk], once_key="x", params={})


@pytest.mark.django_db(transaction=True)
def test_two_at_once_tell_it_once(noordkaai, alice, tell):
    barrier = threading.Barrier(2)

    def one() -> None:
        with transaction.atomic():
            tell(alice)
            barrier.wait(timeout=10)
        connection.close()

    def other() -> None:
        barrier.wait(timeout=10)
        tell(alice)
        connection.close()

    threads = [threading.Thread(target=work) for work in (one, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert all_of(noordkaai).count() == 1


def test_texts_are_made_when_they_are_read(alice, monkeypatch, tell):
    spoken = NEWS.__class__(
        "test.spoken", "S", "S", lambda p: translation.get_language(), lambda p: p["what"], mail=MailTiming.NEVER
    )
    monkeypatch.setattr(contributions, "notification_events", [spoken])
    notification = tell(alice, event=spoken)
    for language in ("nl", "fr"):
        with translation.override(language):
            assert shown_of(notification).title == language


def test_params_of_an_earlier_version_do_not_break_the_inbox(noordkaai, alice):
    notify(customer_id=noordkaai.pk, event=NEWS.code, recipients=[alice.pk], once_key="x", params={})
    (day,) = queries.by_day(queries.inbox(membership(alice)))
    assert day.items[0].title == "News"


# --- preferences -----------------------------------------------------------------------------------------------------


def wish(user, event, in_portal: bool, mail: MailTiming) -> None:
    services.save_preferences(
        membership=membership(user), wishes={event.code: Wish(in_portal, mail)}, by=Actor.user(user)
    )


def test_preferences_are_kept_per_company_and_recorded(noordkaai, zuidpark, alice):
    Membership.objects.create(customer=zuidpark, user=alice, role=Role.MANAGER)
    here = Membership.objects.for_customer(noordkaai).get(user=alice)
    there = Membership.objects.for_customer(zuidpark).get(user=alice)
    chosen = Wish(False, MailTiming.DAILY)
    services.save_preferences(membership=here, wishes={ALARM.code: chosen}, by=Actor.user(alice))

    assert queries.preferences_of(here)[ALARM.code] == chosen
    assert queries.preferences_of(there)[ALARM.code] == Wish(True, MailTiming.NOW)
    event = expect_audit(AuditKind.PREFERENCES_CHANGED, customer=noordkaai, by=alice)
    assert event.after == {ALARM.code: {"in_portal": False, "mail": "daily"}}


def test_saving_the_same_again_changes_nothing(alice):
    for _ in range(2):
        wish(alice, ALARM, True, MailTiming.DAILY)
    expect_audit(AuditKind.PREFERENCES_CHANGED)


def test_nobody_chooses_about_what_he_may_not_receive(bob):
    wish(bob, ALARM, True, MailTiming.NOW)
    assert ALARM.code not in queries.preferences_of(membership(bob))
    assert not NotificationPreference.objects.across_customers(reason="all of the test").exists()


@pytest.mark.parametrize(
    ("in_portal", "mail", "rows", "inbox"),
    [
        (True, MailTiming.NEVER, 1, 1),
        (False, MailTiming.NOW, 1, 0),
        (False, MailTiming.DAILY, 1, 0),
        (False, MailTiming.NEVER, 0, 0),
    ],
)
def test_everybody_hears_it_as_he_wishes(noordkaai, alice, tell, in_portal, mail, rows, inbox):
    wish(alice, ALARM, in_portal, mail)
    tell(alice)
    assert all_of(noordkaai).count() == rows
    assert queries.inbox(membership(alice)).count() == inbox
    assert all_of(noordkaai).filter(mail_due_at=None).count() == (rows if mail == MailTiming.NEVER else 0)


def test_who_may_no_longer_know_it_no_longer_sees_it(alice, tell):
    tell(alice)
    Membership.objects.across_customers(reason="all of the test").filter(user=alice).update(role=Role.VIEWER)
    assert queries.unread_count(membership(alice)) == 0


# --- keeping time ----------------------------------------------------------------------------------------------------


def test_what_is_old_is_removed_and_nothing_else(noordkaai, alice, tell, settings):
    old, young = tell(alice, "old"), tell(alice, "young")
    settings.NOTIFICATION_RETENTION_DAYS = 10
    then = timezone.now() - timedelta(days=11)
    digest = Digest.objects.create(customer=noordkaai, user=alice, day=then.date())
    all_of(noordkaai).filter(pk=old.pk).update(created_at=then, digest=digest)
    assert services.purge() == 1
    assert list(all_of(noordkaai)) == [young]
    assert not Digest.objects.for_customer(noordkaai).exists()
