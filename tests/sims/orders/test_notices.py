"""Everybody concerned is told before a SIM card is replaced, once, and can stop it."""

from datetime import timedelta
from smtplib import SMTPException

import pytest
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from fleetportal.logs import mask_secrets
from fleetportal.operators.simulator.models import SimulatedText
from sims.enums import AuditKind, OrderState, SimState, SwapReason
from sims.models import Notice, Sim
from sims.orders.kinds.swap import SwapWish
from sims.services.notices import sweep_notices, token_of
from sims.services.swapping import swap_card
from sims.tasks import send_notice
from tests.audit.expect import expect_audit
from tests.sims.orders.driving import drive, rows

pytestmark = pytest.mark.usefixtures("settled")


@pytest.fixture
def order(line, card, by_alice, bob):
    return swap_card(line=line, wish=SwapWish(iccid=card.iccid, reason=SwapReason.LOST), by=by_alice)


def notices(order):
    return Notice.objects.for_customer(order.customer_id).filter(order=order).order_by("pk")


def send_all(order) -> None:
    for pk in notices(order).values_list("pk", flat=True):
        send_notice(pk)


def test_managers_and_the_employee_are_told(order, line, owner, alice, mailoutbox):
    """Who may only ask or look is not."""
    send_all(order)

    assert sorted(mail.to[0] for mail in mailoutbox) == sorted([owner.email, alice.email, line.subscriber.email])
    (text,) = SimulatedText.objects.all()
    assert (text.number, text.iccid) == (line.number, line.sim.iccid)
    assert "http" not in text.text


def test_a_notice_says_what_happens_and_no_more_of_a_card_than_its_end(order, line, card, mailoutbox):
    send_all(order)
    for mail in mailoutbox:
        bodies = [mail.body, *(content for content, _type in mail.alternatives)]
        for body in bodies:
            assert card.iccid[-4:] in body and line.sim.iccid[-4:] in body and "Alice Aerts" in body
            assert card.iccid not in body and line.sim.iccid not in body


def test_each_reads_it_in_his_own_language(order, owner, line, mailoutbox):
    type(owner).objects.filter(pk=owner.pk).update(language="fr")
    notices(order).filter(recipient=owner.email).update(language="fr")
    send_all(order)
    assert {n.language for n in notices(order)} == {"nl", "fr"}
    assert len({mail.subject for mail in mailoutbox}) >= 1


def test_it_waits_for_its_notices(order, mailoutbox):
    assert order.state == OrderState.READY
    order.refresh_from_db()
    assert timedelta(minutes=9) < order.due_at - timezone.now() <= timedelta(minutes=10)

    send_all(order)
    order.refresh_from_db()
    assert order.due_at <= timezone.now() + timedelta(seconds=1)


def test_twice_the_same_message_is_one_mail(order, mailoutbox):
    send_all(order)
    send_all(order)
    assert len(mailoutbox) == 3 and SimulatedText.objects.count() == 1


def test_two_workers_at_once_send_one_mail(order, mailoutbox, at_once, transactional_db):
    pk = notices(order).first().pk
    at_once([lambda: send_notice(pk)] * 4)
    assert len(mailoutbox) == 1


def test_a_mail_server_that_refuses_is_tried_again(order, mailoutbox, monkeypatch):
    first = notices(order).first()
    with monkeypatch.context() as broken:

        def refuse(*args, **kwargs):
            raise SMTPException

        broken.setattr("django.core.mail.EmailMessage.send", refuse)
        send_notice(first.pk)
    first.refresh_from_db()
    assert first.sent_at is None and first.due_at > timezone.now()

    notices(order).filter(pk=first.pk).update(due_at=Now())
    assert sweep_notices() == notices(order).count()
    send_notice(first.pk)
    send_notice(first.pk)
    assert len(mailoutbox) == 1


def test_nothing_is_told_of_what_was_cancelled(order, by_alice, mailoutbox):
    from sims.orders.placing import cancel

    cancel(order=order, by=by_alice)
    send_all(order)
    assert not mailoutbox and not notices(order).filter(due_at__isnull=False).exists()


def link(notice: Notice) -> str:
    return reverse("notice", args=[token_of(notice)])


def test_opening_the_link_changes_nothing_and_the_button_stops_it(order, line, card):
    notice = notices(order).get(recipient=line.subscriber.email)
    stranger = Client()
    for _ in range(2):
        page = stranger.get(link(notice))
        assert page.status_code == 200 and stranger.head(link(notice)).status_code == 200
    order.refresh_from_db()
    assert order.state == OrderState.READY
    assert card.iccid not in page.content.decode() and line.sim.iccid not in page.content.decode()

    assert stranger.post(link(notice)).status_code == 200

    order.refresh_from_db()
    assert order.state == OrderState.CANCELLED
    assert Sim.objects.for_customer(order.customer_id).get(pk=card.pk).state == SimState.IN_STOCK
    event = expect_audit(AuditKind.ORDER_CANCELLED, subject=order)
    assert (event.actor_kind, event.actor_name) == ("employee", line.subscriber.full_name)


def test_a_manager_stops_it_in_his_own_name(order, owner):
    Client().post(link(notices(order).get(recipient=owner.email)))
    event = expect_audit(AuditKind.ORDER_CANCELLED, subject=order)
    assert (event.actor_kind, event.actor_id) == ("user", owner.pk)


def test_what_was_sent_can_no_longer_be_stopped(order, line):
    drive(order)
    response = Client().post(link(notices(order).first()))
    assert response.status_code == 409
    order.refresh_from_db()
    assert order.state == OrderState.COMPLETED


@pytest.mark.parametrize("token", ["x", "00000000-0000-0000-0000-000000000000.abc"])
def test_a_made_up_link_tells_nothing(order, token):
    for method in ("get", "post"):
        assert getattr(Client(), method)(f"/sims/notices/{token}/").status_code == 410
    order.refresh_from_db()
    assert order.state == OrderState.READY


def test_links_stay_out_of_the_logs(order):
    address = link(notices(order).first())
    assert mask_secrets(None, "", {"path": address})["path"] == "/sims/notices/…/"


def test_the_database_takes_one_notice_per_person(order):
    from django.db import IntegrityError, transaction

    first = notices(order).first()
    first.pk, first.public_id = None, "11111111-1111-4111-8111-111111111111"
    with pytest.raises(IntegrityError), transaction.atomic():
        first.save(force_insert=True)


def test_an_unsent_notice_does_not_stop_it_for_good(order):
    """After ten minutes it goes without: a mail server that is away must not stop it."""
    rows(order).update(due_at=Now())
    assert drive(order) == OrderState.COMPLETED
