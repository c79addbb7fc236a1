"""Mails of notifications: each once, to who may receive it, in his language; daily ones together at half past seven."""

import threading
from datetime import UTC, date, datetime, timedelta
from smtplib import SMTPException

import pytest
import time_machine
from django.core.mail import EmailMultiAlternatives
from django.db import connection
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import Membership, User
from accounts.permissions import Role
from fleetportal.audit.actors import Actor
from fleetportal.notifications import outbox, services, tasks
from fleetportal.notifications.enums import MailTiming
from fleetportal.notifications.models import Digest, Notification
from fleetportal.notifications.outbox import DIGEST_AT, collect_digests, digest_moment
from fleetportal.notifications.queries import Wish
from fleetportal.notifications.services import Address
from tests.notifications.conftest import ALARM
from tests.notifications.test_telling import membership, wish

HOUR = timedelta(hours=1)


def rows(notification):
    return Notification.objects.for_customer(notification.customer_id).filter(pk=notification.pk)


def digests(customer):
    return Digest.objects.for_customer(customer).order_by("pk")


def morning(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, DIGEST_AT))


@pytest.fixture
def daily(alice):
    wish(alice, ALARM, True, MailTiming.DAILY)
    return alice


# --- at once ---------------------------------------------------------------------------------------------------------


def test_one_mail_however_often_the_task_runs(alice, tell, mailoutbox):
    notification = tell(alice)
    for _ in range(3):
        tasks.send_notification(notification.pk)
    (mail,) = mailoutbox
    assert mail.to == [alice.email]
    assert mail.subject == "Alarm: the sky"
    assert "http://localhost:8000/sims/" in mail.body and "http://localhost:8000/sims/" in mail.alternatives[0].content
    assert "/settings/notifications/" in mail.body
    assert rows(notification).get().mailed_at


def test_telling_wakes_a_worker_who_finds_the_mail(alice, tell, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as woken:
        tell(alice)
    assert len(woken) == 1
    with django_capture_on_commit_callbacks() as woken:
        assert outbox.sweep_mails() == 1
    assert len(woken) == 1


def test_a_mail_speaks_the_readers_language(alice, tell, mailoutbox):
    for language, word in (("nl", "Hallo,"), ("fr", "Bonjour"), ("en", "Hello,")):
        User.objects.filter(pk=alice.pk).update(language=language)
        tasks.send_notification(tell(alice, language).pk)
        assert word in mailoutbox[-1].body
        assert f'<html lang="{language}">' in mailoutbox[-1].alternatives[0].content


def test_somebody_without_an_account_gets_only_a_mail_without_links_into_the_portal(noordkaai, tell, mailoutbox):
    notification = tell(Address("Jef@Example.be ", "fr"))
    tasks.send_notification(notification.pk)
    (mail,) = mailoutbox
    assert mail.to == ["jef@example.be"]
    assert "Bonjour" in mail.body
    assert "http" not in mail.body and "href" not in mail.alternatives[0].content
    assert not notification.in_portal


@pytest.mark.parametrize("change", ["left", "lowered", "inactive", "undeclared"])
def test_who_may_not_receive_it_any_more_gets_no_mail(alice, tell, mailoutbox, change, monkeypatch):
    notification = tell(alice)
    members = Membership.objects.across_customers(reason="all of the test").filter(user=alice)
    if change == "left":
        members.delete()
    elif change == "lowered":
        members.update(role=Role.VIEWER)
    elif change == "inactive":
        User.objects.filter(pk=alice.pk).update(is_active=False)
    else:
        rows(notification).update(event="gone.event")
    tasks.send_notification(notification.pk)
    assert not mailoutbox
    assert rows(notification).get().mail_due_at is None


def test_a_mail_server_that_is_gone_delays_the_mail_and_loses_nothing(alice, tell, mailoutbox, monkeypatch):
    notification = tell(alice)
    send = EmailMultiAlternatives.send
    monkeypatch.setattr(EmailMultiAlternatives, "send", lambda self: (_ for _ in ()).throw(SMTPException("busy")))
    tasks.send_notification(notification.pk)
    monkeypatch.setattr(EmailMultiAlternatives, "send", send)
    tasks.send_notification(notification.pk)
    assert not mailoutbox, "the lease keeps others away"
    rows(notification).update(mail_due_at=Now())
    tasks.send_notification(notification.pk)
    assert len(mailoutbox) == 1


def test_a_sender_that_died_after_sending_leads_to_one_more_copy_of_the_same_mail(alice, tell, mailoutbox):
    notification = tell(alice)
    tasks.mail_for(outbox.claim_notification(notification_id=notification.pk)).send()
    assert outbox.claim_notification(notification_id=notification.pk) is None
    rows(notification).update(mail_due_at=Now())
    tasks.send_notification(notification.pk)
    assert len({mail.extra_headers["Message-ID"] for mail in mailoutbox}) == 1
    assert len(mailoutbox) == 2


def test_what_cannot_be_sent_is_given_up_after_a_day(alice, tell, mailoutbox):
    notification = tell(alice)
    rows(notification).update(mail_tries=outbox.MOST_TRIES)
    tasks.send_notification(notification.pk)
    assert not mailoutbox
    assert outbox.sweep_mails() == 0


# --- once a day ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (datetime(2026, 11, 23, 6, 29, tzinfo=UTC), datetime(2026, 11, 23, 6, 30, tzinfo=UTC)),
        (datetime(2026, 11, 23, 6, 30, tzinfo=UTC), datetime(2026, 11, 24, 6, 30, tzinfo=UTC)),
        # The clock goes forward on 29 March and back on 25 October.
        (datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 3, 29, 5, 30, tzinfo=UTC)),
        (datetime(2026, 10, 24, 12, tzinfo=UTC), datetime(2026, 10, 25, 6, 30, tzinfo=UTC)),
    ],
)
def test_daily_mails_leave_at_half_past_seven_in_belgium(now, due):
    assert digest_moment(now) == due


def test_what_was_told_comes_together_once(noordkaai, daily, tell, mailoutbox):
    told = [tell(daily, what) for what in ("one", "two")]
    due = told[0].mail_due_at
    assert collect_digests(now=due - HOUR) == 0
    assert collect_digests(now=due) == 2
    assert collect_digests(now=due) == 0
    digest = digests(noordkaai).get()
    for _ in range(2):
        tasks.send_digest(digest.pk)
    (mail,) = mailoutbox
    assert mail.to == [daily.email]
    assert "Alarm: one" in mail.body and "Alarm: two" in mail.body


def test_nobody_gets_two_on_one_day_and_nothing_is_lost(noordkaai, daily, tell, mailoutbox):
    first, late = tell(daily, "first"), tell(daily, "late")
    day = timezone.localdate(first.mail_due_at)
    rows(late).update(mail_due_at=first.mail_due_at + HOUR)
    collect_digests(now=morning(day))
    # It became due after the mail of the day was made: it goes into the next one, and not at midnight.
    assert collect_digests(now=morning(day) + 2 * HOUR) == 0
    assert collect_digests(now=morning(day + timedelta(days=1)) - 6 * HOUR) == 0
    assert collect_digests(now=morning(day + timedelta(days=1))) == 1
    assert [one.day for one in digests(noordkaai)] == [day, day + timedelta(days=1)]


@pytest.mark.django_db(transaction=True)
def test_two_schedulers_at_once_make_one_mail(noordkaai, daily, tell):
    now = tell(daily).mail_due_at
    barrier = threading.Barrier(4)

    def collect() -> None:
        barrier.wait(timeout=10)
        collect_digests(now=now)
        connection.close()

    threads = [threading.Thread(target=collect) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert digests(noordkaai).get().notifications.count() == 1


def test_after_days_without_a_scheduler_there_is_one_mail(noordkaai, daily, tell):
    due = tell(daily, "one").mail_due_at
    tell(daily, "two")
    assert collect_digests(now=due + timedelta(days=3, hours=4)) == 2
    assert digests(noordkaai).count() == 1


def test_what_was_read_or_is_no_longer_wanted_stays_out(noordkaai, daily, tell, mailoutbox):
    read, unread = tell(daily, "read"), tell(daily, "unread")
    collect_digests(now=unread.mail_due_at)
    services.mark_read(membership=membership(daily), notification=read)
    tasks.send_digest(digests(noordkaai).get().pk)
    assert "Alarm: unread" in mailoutbox[0].body and "Alarm: read" not in mailoutbox[0].body

    later = tell(daily, "later")
    wish(daily, ALARM, True, MailTiming.NEVER)
    assert collect_digests(now=later.mail_due_at + timedelta(days=2)) == 0


def test_who_left_gets_no_daily_mail(noordkaai, daily, tell, mailoutbox):
    collect_digests(now=tell(daily).mail_due_at)
    membership(daily).delete()
    tasks.send_digest(digests(noordkaai).get().pk)
    assert not mailoutbox
    assert digests(noordkaai).get().mail_due_at is None


def test_somebody_with_two_companies_gets_a_mail_of_each(noordkaai, zuidpark, daily, tell):
    Membership.objects.create(customer=zuidpark, user=daily, role=Role.MANAGER)
    there = Membership.objects.for_customer(zuidpark).get(user=daily)
    services.save_preferences(membership=there, wishes={ALARM.code: Wish(True, MailTiming.DAILY)}, by=Actor.user(daily))
    due = tell(daily).mail_due_at
    tell(daily, customer=zuidpark)
    collect_digests(now=due)
    assert digests(noordkaai).count() == digests(zuidpark).count() == 1


def test_the_sweep_sends_daily_mails_too(noordkaai, daily, tell, django_capture_on_commit_callbacks):
    due = tell(daily).mail_due_at
    with time_machine.travel(due, tick=False):
        collect_digests()
    Digest.objects.for_customer(noordkaai).update(mail_due_at=Now())
    with django_capture_on_commit_callbacks() as woken:
        assert outbox.sweep_mails() == 1
    assert len(woken) == 1
