"""The employee's own page: its mail, its link, and what an answer does. Nobody signs in here."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from fleetportal.audit.actors import Actor
from fleetportal.jobs import services as jobs
from fleetportal.logs import mask_secrets
from fleetportal.web.errors import Refusal
from sims.confirmations import LIFETIME, ask_for_a_change, ask_for_the_first_time, ask_to_confirm
from sims.enums import AuditKind
from sims.models import Order, Subscriber, SubscriberConfirmation
from sims.services import confirmations
from sims.services.transferring import hand_over
from sims.tasks import send_confirmation
from tests import factories
from tests.audit.expect import expect_audit
from tests.sims.orders.driving import drive

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_visits_so_far():
    """Rate limits are counted in the shared cache."""
    yield
    client = cache._cache.get_client(write=True)
    for key in client.scan_iter(f"{cache.key_prefix}:*allauth:rl:*"):
        client.delete(key)


@pytest.fixture
def by_alice(alice):
    return Actor.user(alice)


@pytest.fixture
def line(noordkaai):
    return factories.LineFactory(
        customer=noordkaai,
        subscriber__first_name="Sofie",
        subscriber__last_name="Peeters",
        subscriber__email="sofie@noordkaai.example",
        subscriber__language="en",
    )


@pytest.fixture
def sofie(line) -> Subscriber:
    return line.subscriber


def sent(question: SubscriberConfirmation, mailoutbox) -> str:
    """Run the mail task and take the address of the page out of the mail."""
    send_confirmation(question.pk)
    return "/sims/my-details/" + mailoutbox[-1].body.split("/my-details/")[1].split()[0]


def later(question: SubscriberConfirmation, **ago) -> None:
    """It was asked longer ago."""
    at = timezone.now() - timedelta(**ago)
    SubscriberConfirmation.objects.for_customer(question.customer_id).filter(pk=question.pk).update(
        asked_at=at, expires_at=at + LIFETIME
    )


ANSWER = {"first_name": "Sofie", "last_name": "Peeters", "language": "en"}


def test_the_mail_speaks_his_language_and_holds_the_only_token(sofie, by_alice, mailoutbox):
    sofie.language = "fr"
    sofie.save()
    question = ask_to_confirm(sofie, by=by_alice)
    address = sent(question, mailoutbox)
    question.refresh_from_db()
    token = address.rstrip("/").rsplit("/", 1)[1]
    assert mailoutbox[0].to == ["sofie@noordkaai.example"]
    assert len(token) >= 40
    assert token not in str(SubscriberConfirmation.objects.for_customer(sofie.customer_id).values().get())
    assert (question.mail_due_at, question.sent_at is None) == (None, False)
    expect_audit(AuditKind.CONFIRMATION_ASKED, subject=sofie)


def test_a_visit_shows_and_changes_nothing_however_often(client, sofie, line, by_alice, mailoutbox):
    address = sent(ask_to_confirm(sofie, by=by_alice), mailoutbox)
    for _scanner in range(3):
        answer = client.get(address)
        client.head(address)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert sofie.employee_number in page
    assert "Confirm my details" in page
    assert "street" not in page
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cache-Control"] == "no-store"
    sofie.refresh_from_db()
    assert sofie.confirmed_at is None


def test_he_corrects_his_name_and_confirms_once(client, sofie, line, by_alice, mailoutbox):
    address = sent(ask_to_confirm(sofie, by=by_alice), mailoutbox)

    answer = client.post(address, ANSWER | {"last_name": "Claes", "employee_number": "BOSS", "email": "x@y.example"})

    assert answer.status_code == 302
    assert client.get(answer.headers["Location"]).status_code == 200
    sofie.refresh_from_db()
    line.refresh_from_db()
    assert (sofie.last_name, sofie.email) == ("Claes", "sofie@noordkaai.example")
    assert sofie.confirmed_at is not None
    assert "claes" in line.search_text
    event = expect_audit(AuditKind.SUBSCRIBER_CONFIRMED, subject=sofie)
    assert (event.actor_kind, event.before, event.after) == (
        "employee",
        {"last_name": "Peeters"},
        {"last_name": "Claes"},
    )
    for method in (client.get, client.post):
        assert method(address, ANSWER | {"last_name": "Dief"}).status_code == 410
    sofie.refresh_from_db()
    assert sofie.last_name == "Claes"


def test_an_empty_name_is_asked_again_and_the_link_lives(client, sofie, by_alice, mailoutbox):
    address = sent(ask_to_confirm(sofie, by=by_alice), mailoutbox)
    assert client.post(address, ANSWER | {"last_name": " "}).status_code == 422
    assert client.post(address, ANSWER).status_code == 302


def test_a_link_ends_after_thirty_days(client, sofie, by_alice, mailoutbox):
    question = ask_to_confirm(sofie, by=by_alice)
    address = sent(question, mailoutbox)
    later(question, days=29)
    assert client.get(address).status_code == 200
    later(question, days=30)
    assert client.get(address).status_code == 410
    assert client.post(address, ANSWER).status_code == 410
    sofie.refresh_from_db()
    assert sofie.confirmed_at is None


@pytest.mark.parametrize("token", ["", "x", "a" * 64, "..%2f..", "%00"])
def test_a_guess_finds_nothing(client, sofie, by_alice, mailoutbox, token):
    question = ask_to_confirm(sofie, by=by_alice)
    sent(question, mailoutbox)
    question.refresh_from_db()
    for guess in (token, question.token_hash, str(question.public_id)):
        assert client.post(f"/sims/my-details/{guess}/", ANSWER).status_code in (404, 410)
    sofie.refresh_from_db()
    assert sofie.confirmed_at is None


def test_guessing_is_slowed_down(client):
    answers = {client.post(f"/sims/my-details/{n}/", ANSWER).status_code for n in range(40)}
    assert answers == {410, 429}


def test_a_newer_mail_makes_the_older_link_stop(client, sofie, by_alice, mailoutbox):
    question = ask_to_confirm(sofie, by=by_alice)
    first = sent(question, mailoutbox)
    with pytest.raises(Refusal):
        ask_to_confirm(sofie, by=by_alice)
    later(question, minutes=6)
    assert ask_to_confirm(sofie, by=by_alice) == question
    assert client.get(first).status_code == 410
    second = sent(question, mailoutbox)
    assert first != second
    assert client.get(second).status_code == 200


def test_a_mail_goes_out_once_and_a_lost_one_is_found_again(sofie, by_alice, mailoutbox, monkeypatch):
    question = ask_to_confirm(sofie, by=by_alice)
    woken = []
    monkeypatch.setattr(confirmations, "wake", lambda task, pk, queue: woken.append((task, pk)))
    assert confirmations.sweep_mails() == 1
    assert woken == [("sims.send_confirmation", question.pk)]
    send_confirmation(question.pk)
    send_confirmation(question.pk)
    assert len(mailoutbox) == 1
    assert confirmations.sweep_mails() == 0


def test_a_mail_server_that_refuses_leaves_the_mail_due(sofie, by_alice, mailoutbox, monkeypatch):
    question = ask_to_confirm(sofie, by=by_alice)

    def refuse(*args, **kwargs):
        raise OSError("no mail server")

    monkeypatch.setattr("django.core.mail.EmailMessage.send", refuse)
    send_confirmation(question.pk)
    question.refresh_from_db()
    assert question.sent_at is None
    assert question.mail_due_at is not None


def asked_for_change(sofie, by, **proposed) -> SubscriberConfirmation:
    Subscriber.objects.for_customer(sofie.customer_id).filter(pk=sofie.pk).update(confirmed_at=timezone.now())
    return ask_for_a_change(sofie, proposed=proposed, note="Gehuwd", by=by)


def test_he_agrees_with_a_change(client, sofie, line, by_alice, mailoutbox):
    address = sent(asked_for_change(sofie, by_alice, last_name="Claes", employee_number="N1"), mailoutbox)
    page = client.get(address).content.decode()
    assert "Claes" in page
    assert "Gehuwd" in page
    assert client.post(address, {"answer": "yes"}).status_code == 302
    sofie.refresh_from_db()
    line.refresh_from_db()
    assert (sofie.last_name, sofie.employee_number) == ("Claes", "N1")
    assert "claes" in line.search_text
    expect_audit(AuditKind.CHANGE_ACCEPTED, subject=sofie)
    assert client.post(address, {"answer": "no"}).status_code == 410


def test_he_declines_a_change_and_tells_why(client, sofie, by_alice, mailoutbox):
    question = asked_for_change(sofie, by_alice, last_name="Claes")
    address = sent(question, mailoutbox)
    assert client.post(address, {"answer": "no", "reason": "Dat klopt niet"}).status_code == 302
    sofie.refresh_from_db()
    question.refresh_from_db()
    assert sofie.last_name == "Peeters"
    assert question.decline_reason == "Dat klopt niet"
    expect_audit(AuditKind.CHANGE_DECLINED, subject=sofie)
    assert client.post(address, {"answer": "yes"}).status_code == 410


def test_a_number_that_was_given_away_meanwhile_is_refused_and_the_link_lives(
    client, sofie, noordkaai, by_alice, mailoutbox
):
    address = sent(asked_for_change(sofie, by_alice, employee_number="N1"), mailoutbox)
    other = factories.SubscriberFactory(customer=noordkaai, employee_number="N1")
    assert client.post(address, {"answer": "yes"}).status_code == 422
    other.delete()
    assert client.post(address, {"answer": "yes"}).status_code == 302


def test_a_link_to_confirm_accepts_no_change_and_the_other_way_round(sofie, by_alice, mailoutbox):
    token = sent(ask_to_confirm(sofie, by=by_alice), mailoutbox).rstrip("/").rsplit("/", 1)[1]
    with pytest.raises(confirmations.QuestionGone):
        confirmations.accept_change(token=token)
    with pytest.raises(confirmations.QuestionGone):
        confirmations.decline_change(token=token, reason="")


def test_a_change_taken_back_has_no_page_any_more(client, sofie, by_alice, mailoutbox):
    question = asked_for_change(sofie, by_alice, last_name="Claes")
    address = sent(question, mailoutbox)
    confirmations.withdraw_change(question=question, by=by_alice)
    assert client.get(address).status_code == 410


def test_who_gets_a_line_is_asked_once(sofie, by_alice):
    assert ask_for_the_first_time(None, by=by_alice) is None
    assert ask_for_the_first_time(sofie, by=by_alice) is not None
    assert ask_for_the_first_time(sofie, by=by_alice) is None


def test_an_activated_line_and_a_handed_over_line_ask_their_employee(line, noordkaai, by_alice, settings):
    settings.SIMULATOR_WORK_SECONDS = 0
    factories.at_the_operator(line)
    bram = factories.SubscriberFactory(customer=noordkaai)
    drive(hand_over(line=line, to=bram.public_id, by=by_alice))
    question = SubscriberConfirmation.objects.for_customer(noordkaai).get()
    assert (question.subscriber, question.asked_by_name) == (bram, by_alice.name)
    assert Order.objects.for_customer(noordkaai).get().state == "completed"


def test_lines_that_change_together_write_to_nobody(line, noordkaai, by_alice, settings):
    settings.SIMULATOR_WORK_SECONDS = 0
    factories.at_the_operator(line)
    bram = factories.SubscriberFactory(customer=noordkaai)
    order = hand_over(line=line, to=bram.public_id, by=by_alice)
    Order.objects.for_customer(noordkaai).update(is_bulk=True)
    order.refresh_from_db()
    assert drive(order) == "completed"
    line.refresh_from_db()
    assert line.subscriber == bram
    assert not SubscriberConfirmation.objects.for_customer(noordkaai).exists()
    assert confirmations.remind(customer=noordkaai, by=by_alice) == 1


def test_everybody_who_was_not_asked_lately_gets_a_mail(noordkaai, sofie, by_alice, alice):
    for fields in (
        {"subscriber__email": ""},
        {"subscriber__confirmed_at": timezone.now()},
        {"state": "terminated"},
        {"state": "new", "number": None},
    ):
        factories.LineFactory(customer=noordkaai, **fields)
    factories.SubscriberFactory(customer=noordkaai)
    job = confirmations.start_reminding(customer=noordkaai, by=by_alice)
    jobs.run(job.pk)
    asked = SubscriberConfirmation.objects.for_customer(noordkaai)
    assert [question.subscriber for question in asked] == [sofie]
    assert confirmations.remind(customer=noordkaai, by=by_alice) == 0
    later(asked.get(), days=8)
    assert confirmations.remind(customer=noordkaai, by=by_alice) == 1


def test_the_dashboard_offers_to_remind(client_for, alice, bob, sofie, noordkaai):
    alice.language = bob.language = "en"
    alice.save()
    bob.save()
    page = client_for(alice).get("/").content.decode()
    assert "1 employee has not confirmed the details" in page
    assert 'action="/sims/employees/remind/"' in page
    assert "has not confirmed" not in client_for(bob).get("/").content.decode()


def test_the_log_never_holds_the_secret_of_a_link():
    event = mask_secrets(None, "info", {"request": "GET /sims/my-details/abcdefghijklmnop/"})
    assert event["request"] == "GET /sims/my-details/…/"
