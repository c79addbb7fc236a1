"""Attacks on signing in: fixed sessions, guessed passwords, forged hosts and addresses, links that lead away."""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import get_user
from django.core import mail
from django.db import connection
from django.test import Client
from django.urls import reverse
from structlog.stdlib import ProcessorFormatter

from accounts import services, tasks
from accounts.models import Membership, User
from accounts.permissions import Role
from fleetportal.audit.actors import Actor
from fleetportal.audit.models import AuditEvent
from fleetportal.web.errors import Refusal
from tests import factories

LOGIN, ADMIN_LOGIN, RESET = "/accounts/login/", "/admin/login/", "/accounts/password/reset/"
NEW_PERSON = {"first_name": "Jef", "last_name": "Maes", "language": "nl", "password": "drie groene olifanten"}


@pytest.fixture
def member(alice) -> User:
    EmailAddress.objects.create(user=alice, email=alice.email, primary=True, verified=True)
    return alice


@pytest.fixture
def staff(db) -> User:
    return User.objects.create_superuser("staff@operator.example", factories.PASSWORD)


def sign_in(client, user, password=factories.PASSWORD, **extra):
    return client.post(LOGIN, {"login": user.email, "password": password}, **extra)


def logged(caplog) -> str:
    formatters = [handler.formatter for handler in logging.getLogger().handlers]
    formatter = next(f for f in formatters if isinstance(f, ProcessorFormatter))
    return "\n".join(formatter.format(record) for record in caplog.records)


def invited_token(customer, email="jef@noordkaai.example") -> str:
    invitation = services.invite(customer=customer, email=email, role=Role.MANAGER, language="nl", by=Actor.ops("test"))
    tasks.send_invitation(invitation.pk)
    return mail.outbox[-1].body.split("/invitations/")[1].split("/")[0]


def planted_session() -> Client:
    """A browser whose session somebody else chose and knows."""
    client = Client()
    session = client.session
    session["planted"] = "by an attacker"
    session.save()
    client.cookies["session"] = session.session_key
    return client


def test_a_planted_session_is_worth_nothing_after_signing_in(member):
    client = planted_session()
    planted = client.session.session_key
    sign_in(client, member)
    assert get_user(client) == member
    assert client.session.session_key != planted
    attacker = Client()
    attacker.cookies["session"] = planted
    assert not get_user(attacker).is_authenticated


def test_a_planted_session_is_worth_nothing_after_accepting_an_invitation(noordkaai):
    client = planted_session()
    planted = client.session.session_key
    client.post(reverse("invitation", args=[invited_token(noordkaai)]), NEW_PERSON)
    assert get_user(client).email == "jef@noordkaai.example"
    assert client.session.session_key != planted


def test_guessing_is_counted_per_account_whatever_address_is_claimed(member):
    for n in range(6):
        sign_in(Client(), member, "geraden wachtwoord", headers={"X-Forwarded-For": f"10.0.0.{n}"})
    client = Client()
    sign_in(client, member, headers={"X-Forwarded-For": "10.9.9.9"})
    assert not get_user(client).is_authenticated


def test_the_admin_has_no_second_door_without_a_limit(staff):
    response = Client().post(ADMIN_LOGIN, {"username": staff.email, "password": factories.PASSWORD})
    assert response.status_code == 302
    assert response.url.startswith(LOGIN)
    client = Client()
    client.post(ADMIN_LOGIN, {"username": staff.email, "password": factories.PASSWORD})
    assert not get_user(client).is_authenticated


def test_staff_sign_in_where_everybody_does_and_reach_the_admin(staff):
    client = Client()
    assert sign_in(client, staff, QUERY_STRING="next=/admin/").url == "/admin/"
    assert client.get("/admin/").status_code == 200
    assert client.get("/accounts/email/").status_code == 200


@pytest.mark.parametrize("path", ["/admin/", "/admin/sims/order/", "/admin/sims/line/", "/admin/login/"])
def test_who_is_not_staff_does_not_get_into_the_admin(path, owner, client_for):
    response = client_for(owner).get(path, follow=True)
    assert response.status_code == 403 or response.redirect_chain
    assert b"app-list" not in response.content
    assert b"changelist" not in response.content


HOSTILE = [
    {"HTTP_HOST": "testserver:6666"},
    {"HTTP_HOST": "evil.testserver"},
    {"HTTP_X_FORWARDED_HOST": "evil.example"},
]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_links_in_mails_lead_to_the_portal_whatever_the_request_calls_it(member, hostile, settings):
    settings.ALLOWED_HOSTS = ["testserver", ".testserver"]
    settings.PORTAL_URL = "https://portal.example"
    Client().post(RESET, {"email": member.email}, **hostile)
    assert "https://portal.example/accounts/password/reset/key/" in mail.outbox[-1].body
    for text in (mail.outbox[-1].body, *(content for content, _type in mail.outbox[-1].alternatives)):
        assert "6666" not in text
        assert "evil" not in text


def test_a_person_who_may_not_sign_in_gets_no_reset_link(member):
    User.objects.filter(pk=member.pk).update(is_active=False)
    inactive = Client().post(RESET, {"email": member.email})
    unknown = Client().post(RESET, {"email": "nobody@noordkaai.example"})
    assert (inactive.status_code, inactive.url) == (unknown.status_code, unknown.url)
    assert not any("/password/reset/key/" in message.body for message in mail.outbox)


def test_a_host_that_is_not_ours_gets_nothing(db):
    assert Client().get(LOGIN, HTTP_HOST="evil.example").status_code == 400


def test_the_way_back_to_an_invitation_does_not_stand_in_the_log(noordkaai, member, caplog):
    token = invited_token(noordkaai, "charlie@zuidpark.example")
    factories.UserFactory(email="charlie@zuidpark.example")
    client = Client()
    page = client.get(reverse("invitation", args=[token]))
    assert f"next=%2Finvitations%2F{token}%2F" in page.content.decode()
    client.get(LOGIN, QUERY_STRING=f"next=%2Finvitations%2F{token}%2F")
    logging.getLogger("test").warning("GET /accounts/login/?next=%%2Finvitations%%2F%s%%2F", token)
    assert token not in logged(caplog)


def test_what_people_search_does_not_stand_in_the_log(alice, client_for, caplog):
    client_for(alice).get("/sims/?q=0468112233")
    assert "GET /sims/" in logged(caplog)
    assert "0468112233" not in logged(caplog)


@pytest.mark.parametrize("proxies", [0, 1])
def test_a_request_cannot_choose_its_name_in_the_audit_trail(proxies, alice, client_for, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    client_for(alice).post(
        reverse("saved_view_add"),
        {"name": "Mine"},
        headers={"X-Request-ID": "forged " * 100, "X-Forwarded-For": "192.0.2.1"},
    )
    assert "forged" not in AuditEvent.objects.latest("pk").request_id


def test_a_forged_address_does_not_stand_in_the_log(db, caplog, settings):
    Client().get(LOGIN, headers={"X-Forwarded-For": "198.51.100.7"})
    assert "198.51.100.7" not in logged(caplog)
    caplog.clear()
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    Client().get(LOGIN, headers={"X-Forwarded-For": "198.51.100.7, 192.0.2.1"})
    assert "192.0.2.1" in logged(caplog)
    assert "198.51.100.7" not in logged(caplog)


def test_a_line_end_in_a_request_makes_no_second_line_in_the_log(db, caplog):
    Client().get("/nothing/%0aFAKE-ENTRY", headers={"User-Agent": "x\nFAKE-ENTRY"})
    assert not any(line.startswith("FAKE-ENTRY") for line in logged(caplog).splitlines())


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("has_account", [True, False])
def test_one_link_opened_by_four_at_once_lets_one_person_in_once(noordkaai, has_account):
    token = invited_token(noordkaai)
    user = factories.UserFactory(email="jef@noordkaai.example") if has_account else None
    person = services.NewPerson("Jef", "Maes", "nl", "drie groene olifanten")
    gate = threading.Barrier(4)

    def accept():
        try:
            gate.wait(timeout=10)
            if user:
                return services.accept(token=token, user=user)
            return services.accept_as_new_person(token=token, person=person)
        except Refusal as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        results = [future.result(timeout=30) for future in [pool.submit(accept) for _n in range(4)]]
    assert sum(isinstance(result, Membership) for result in results) == 1
    assert Membership.objects.for_customer(noordkaai).filter(user__email="jef@noordkaai.example").count() == 1
    assert User.objects.filter(email="jef@noordkaai.example").count() == 1
    assert AuditEvent.objects.filter(kind="invitation.accepted").count() == 1


def test_a_company_name_with_a_line_end_still_gets_its_mails(noordkaai):
    noordkaai.name = "Noordkaai\r\nBcc: everybody@evil.example"
    noordkaai.save()
    invited_token(noordkaai)
    assert "Bcc" not in mail.outbox[-1].message()
    assert "\n" not in mail.outbox[-1].subject
    assert mail.outbox[-1].recipients() == ["jef@noordkaai.example"]


def test_every_form_needs_its_csrf_token(alice):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice, backend="allauth.account.auth_backends.AuthenticationBackend")
    for path in (
        "/theme/",
        "/sims/columns/",
        "/sims/views/new/",
        "/profile/",
        "/accounts/logout/",
    ):
        for headers in ({}, {"HX-Request": "true"}):
            assert client.post(path, headers=headers).status_code == 403, path
    assert Client(enforce_csrf_checks=True).post(LOGIN, {}).status_code == 403
