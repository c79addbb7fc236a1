"""The link of the mail in a browser: what each kind of visitor sees, and that only POST acts."""

import logging
from datetime import timedelta

import pytest
from django.contrib.auth import get_user
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from structlog.stdlib import ProcessorFormatter

from accounts import queries, services, tasks
from accounts.models import Membership, User
from accounts.permissions import Role
from fleetportal.audit.actors import Actor

ANSWERS = {"first_name": "Jef", "last_name": "Vermeulen", "language": "nl", "password": "drie groene olifanten"}


@pytest.fixture
def invite(noordkaai, mailoutbox):
    """Invites an address to Noordkaai and answers the address of the page in the mail."""

    def _invite(email: str = "jef@noordkaai.example", role: str = Role.MANAGER) -> str:
        by = Actor.ops("test")
        invitation = services.invite(customer=noordkaai, email=email, role=role, language="nl", by=by)
        tasks.send_invitation(invitation.pk)
        return "/invitations/" + mailoutbox[-1].body.split("/invitations/")[1].split("/")[0] + "/"

    return _invite


def test_a_new_person_creates_an_account_and_lands_signed_in_on_the_dashboard(invite, noordkaai):
    url = invite()
    client = Client()
    assert client.get(url).status_code == 200
    answer = client.post(url, ANSWERS)
    assert (answer.status_code, answer.url) == (302, reverse("dashboard"))
    assert get_user(client).email == "jef@noordkaai.example"
    assert Membership.objects.for_customer(noordkaai).get(user__email="jef@noordkaai.example").role == Role.MANAGER


def test_opening_the_link_changes_nothing(invite, noordkaai):
    url = invite()
    for method in ("get", "head"):
        getattr(Client(), method)(url)
    assert not User.objects.exists()
    assert queries.open_invitations(noordkaai).count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("first_name", ""),
        ("last_name", " "),
        ("language", "de"),
        ("password", "kort"),
        ("password", "password1234"),
        ("password", "jef@noordkaai.example"),
    ],
)
def test_a_wrong_answer_is_told_at_its_field_and_keeps_what_was_typed(invite, field, value):
    answer = Client().post(invite(), ANSWERS | {field: value})
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert b"Vermeulen" in answer.content or field == "last_name"
    assert ANSWERS["password"].encode() not in answer.content
    assert not User.objects.exists()


@pytest.mark.parametrize("forged", ["role", "email", "customer", "company", "is_staff", "is_superuser"])
def test_a_forged_field_gives_no_more_than_was_invited(invite, noordkaai, zuidpark, forged):
    value = {"role": "owner", "email": "evil@example.be", "customer": zuidpark.pk, "company": zuidpark.pk}
    Client().post(invite(role=Role.VIEWER), ANSWERS | {forged: value.get(forged, "1")})
    membership = queries.people_of(noordkaai).get()
    user = membership.user
    assert (membership.role, user.email) == (Role.VIEWER, "jef@noordkaai.example")
    assert not user.is_staff
    assert not user.is_superuser
    assert not queries.people_of(zuidpark).exists()


def test_a_second_submit_makes_nothing_twice(invite):
    url = invite()
    Client().post(url, ANSWERS)
    again = Client().post(url, ANSWERS)
    assert again.status_code == 410
    assert Membership.objects.across_customers(reason="counted over every company").count() == 1


def test_used_withdrawn_expired_and_unknown_links_look_the_same(invite, noordkaai, mailoutbox):
    used, withdrawn, expired = invite("a@x.example"), invite("b@x.example"), invite("c@x.example")
    Client().post(used, ANSWERS)
    by = Actor.ops("test")
    services.revoke(invitation=queries.open_invitations(noordkaai).get(email="b@x.example"), by=by)
    queries.open_invitations(noordkaai).filter(email="c@x.example").update(expires_at=timezone.now())
    pages = []
    for url in (used, withdrawn, expired, "/invitations/" + "x" * 43 + "/"):
        answer = Client().get(url)
        assert answer.status_code == 410
        pages.append(_without_csrf(answer.content.decode().replace(url.split("/")[2], "TOKEN")))
    assert len(set(pages)) == 1


def _without_csrf(page: str) -> str:
    parts = page.split('name="csrfmiddlewaretoken" value="')
    page = parts[0] + "".join(part.partition('"')[2] for part in parts[1:])
    before, _, after = page.partition('"X-CSRFToken": "')
    return before + after.partition('"')[2]


def test_an_expired_invitation_is_sent_again_on_request(invite, noordkaai, mailoutbox):
    url = invite()
    queries.open_invitations(noordkaai).update(expires_at=timezone.now() - timedelta(days=1))
    assert Client().post(url + "ask/", follow=True).status_code == 200
    invitation = queries.open_invitations(noordkaai).get()
    assert invitation.mail_due_at
    tasks.send_invitation(invitation.pk)
    assert len(mailoutbox) == 2
    assert queries.usable_invitation(url.split("/")[2]) is None


def test_asking_with_any_other_link_gives_the_same_answer_and_sends_nothing(invite, noordkaai):
    valid, withdrawn = invite("a@x.example"), invite("b@x.example")
    services.revoke(invitation=queries.open_invitations(noordkaai).get(email="b@x.example"), by=Actor.ops("test"))
    pages = [Client().post(url + "ask/") for url in (valid, withdrawn, "/invitations/unknown/")]
    assert {(page.status_code, page.url) for page in pages} == {(302, reverse("invitation_asked"))}
    assert queries.open_invitations(noordkaai).get().mail_due_at is None


def test_asking_is_limited(db):
    answers = [Client().post("/invitations/unknown/ask/").status_code for _ in range(6)]
    assert answers == [302] * 5 + [429]


def test_asking_by_get_does_nothing(invite):
    assert Client().get(invite() + "ask/").status_code == 405


def test_a_known_person_must_sign_in_first(invite, charlie, noordkaai):
    url = invite(charlie.email)
    answer = Client().get(url)
    assert answer.status_code == 200
    assert f"{reverse('account_login')}?next=%2Finvitations%2F" in answer.content.decode()
    Client().post(url, ANSWERS)
    assert not queries.people_of(noordkaai).filter(user=charlie).exists()


def test_a_known_person_confirms_once_and_works_for_the_new_company(invite, charlie, noordkaai, client_for):
    url = invite(charlie.email.upper(), role=Role.VIEWER)
    client = client_for(charlie)
    client.get(url)
    assert not queries.people_of(noordkaai).filter(user=charlie).exists()
    assert client.post(url).url == reverse("dashboard")
    assert queries.people_of(noordkaai).get(user=charlie).role == Role.VIEWER
    assert client.get(reverse("people")).context["membership"].customer == noordkaai


def test_somebody_else_who_is_signed_in_is_told_whose_it_is_and_cannot_take_it(invite, alice, noordkaai, client_for):
    url = invite()
    for method in ("get", "post"):
        answer = getattr(client_for(alice), method)(url, ANSWERS)
        assert answer.status_code == 200
        assert b"jef@noordkaai.example" in answer.content
    assert not User.objects.filter(email="jef@noordkaai.example").exists()


def test_the_token_does_not_stand_in_the_log(invite, caplog):
    url = invite()
    Client().get(url)
    Client().post(url, ANSWERS)
    Client().get(url)
    formatters = [handler.formatter for handler in logging.getLogger().handlers]
    formatter = next(f for f in formatters if isinstance(f, ProcessorFormatter))
    logged = "\n".join(formatter.format(record) for record in caplog.records)
    assert "GET /invitations/…/" in logged
    assert url.split("/")[2] not in logged


def test_the_token_is_not_given_to_other_sites(invite):
    assert Client().get(invite())["Referrer-Policy"] == "same-origin"


def test_an_invitation_needs_a_csrf_token(invite):
    assert Client(enforce_csrf_checks=True).post(invite(), ANSWERS).status_code == 403
