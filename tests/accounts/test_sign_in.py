"""Signing in and out, forgotten passwords, re-authentication: what allauth does with our settings and adapter."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import get_user
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests import factories

LOGIN = "/accounts/login/"
NEW = "vier paarse giraffen"


@pytest.fixture
def member(alice):
    """Alice with her address proven, as an accepted invitation leaves it."""
    EmailAddress.objects.create(user=alice, email=alice.email, primary=True, verified=True)
    return alice


def sign_in(client, email="alice@noordkaai.example", password=factories.PASSWORD, **extra):
    return client.post(LOGIN, {"login": email, "password": password, **extra})


@pytest.mark.parametrize("email", ["alice@noordkaai.example", "ALICE@Noordkaai.Example", " alice@noordkaai.example "])
def test_signing_in_whatever_the_case_of_the_address(member, email):
    client = Client()
    assert sign_in(client, email).url == reverse("dashboard")
    assert get_user(client) == member


def test_signing_out_takes_a_post_and_ends_the_session(member):
    client = Client()
    sign_in(client)
    client.get("/accounts/logout/")
    assert get_user(client).is_authenticated
    client.post("/accounts/logout/")
    assert not get_user(client).is_authenticated


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(member):
    wrong = sign_in(Client(), password="niet het wachtwoord")
    unknown = sign_in(Client(), email="nobody@noordkaai.example", password="niet het wachtwoord")
    assert wrong.status_code == unknown.status_code == 200
    assert wrong.context["form"].errors == unknown.context["form"].errors


def test_guessing_is_stopped_even_with_the_right_password_at_the_end(member):
    client = Client()
    for _ in range(5):
        sign_in(client, password="geraden wachtwoord")
    sign_in(client)
    assert not get_user(client).is_authenticated


def test_an_inactive_person_cannot_sign_in(member):
    User.objects.filter(pk=member.pk).update(is_active=False)
    client = Client()
    sign_in(client)
    assert not get_user(client).is_authenticated


@pytest.mark.parametrize("method", ["get", "post"])
def test_there_is_no_open_sign_up(db, method):
    data = {"email": "new@x.example", "password1": NEW, "password2": NEW}
    getattr(Client(), method)("/accounts/signup/", data)
    assert not User.objects.exists()


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "http:evil.example",
        "\t//evil",
    ],
)
def test_signing_in_leads_to_no_other_site(member, target):
    answer = sign_in(Client(), next=target)
    assert answer.url == reverse("dashboard")


def test_signing_in_leads_back_to_where_one_was(member):
    assert sign_in(Client(), next="/people/").url == "/people/"


def test_another_allowed_host_is_not_a_target_either(member, settings):
    settings.ALLOWED_HOSTS = ["testserver", "other.example"]
    assert sign_in(Client(), next="https://other.example/").url == reverse("dashboard")


def reset_link(mail) -> str:
    return re.search(r"https?://[^/\s]+(/\S+)", mail.body).group(1)


def test_a_forgotten_password_is_replaced_by_the_link_of_the_mail(member, mailoutbox):
    client = Client()
    client.post("/accounts/password/reset/", {"email": member.email.upper()})
    page = client.get(reset_link(mailoutbox[0]), follow=True)
    assert page.status_code == 200
    client.post(page.request["PATH_INFO"], {"password1": NEW, "password2": NEW})
    member.refresh_from_db()
    assert member.check_password(NEW)
    assert sign_in(Client(), password=NEW).url == reverse("dashboard")


def test_the_reset_link_works_once(member, mailoutbox):
    Client().post("/accounts/password/reset/", {"email": member.email})
    link = reset_link(mailoutbox[0])
    first = Client()
    page = first.get(link, follow=True)
    first.post(page.request["PATH_INFO"], {"password1": NEW, "password2": NEW})
    second = Client()
    page = second.get(link, follow=True)
    second.post(page.request["PATH_INFO"], {"password1": "nog een ander woord", "password2": "nog een ander woord"})
    member.refresh_from_db()
    assert member.check_password(NEW)


@pytest.mark.parametrize("language", ["nl", "fr", "en"])
def test_the_reset_mail_speaks_the_persons_language_not_the_browsers(member, mailoutbox, language):
    User.objects.filter(pk=member.pk).update(language=language)
    Client(headers={"accept-language": "fr"}).post("/accounts/password/reset/", {"email": member.email})
    mail = mailoutbox[0]
    assert f'<html lang="{language}">' in mail.alternatives[0].content
    assert mail.to == [member.email]
    assert "/password/reset/key/" in mail.body


def test_asking_for_an_unknown_address_answers_the_same_and_mails_the_reason(member, mailoutbox):
    known = Client().post("/accounts/password/reset/", {"email": member.email})
    unknown = Client().post("/accounts/password/reset/", {"email": "nobody@x.example"})
    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)
    assert [mail.to for mail in mailoutbox] == [[member.email], ["nobody@x.example"]]
    assert "/signup/" not in mailoutbox[1].body


def test_changing_ones_password_asks_the_old_one_and_ends_other_sessions(member):
    here, elsewhere = Client(), Client()
    sign_in(here)
    sign_in(elsewhere)
    change = {"oldpassword": "iets anders", "password1": NEW, "password2": NEW}
    here.post("/accounts/password/change/", change)
    member.refresh_from_db()
    assert not member.check_password(NEW)
    here.post("/accounts/password/change/", change | {"oldpassword": factories.PASSWORD})
    member.refresh_from_db()
    assert member.check_password(NEW)
    assert elsewhere.get("/people/").url.startswith(LOGIN)


@pytest.mark.parametrize("password", ["kort", "password1234", "alice@noordkaai.example", "Alice Aerts"])
def test_a_weak_password_is_refused_everywhere(member, password):
    client = Client()
    sign_in(client)
    client.post(
        "/accounts/password/change/",
        {"oldpassword": factories.PASSWORD, "password1": password, "password2": password},
    )
    member.refresh_from_db()
    assert member.check_password(factories.PASSWORD)


def test_reauthentication_takes_the_password_and_leads_back(member):
    client = Client()
    sign_in(client)
    assert client.get("/accounts/reauthenticate/").status_code == 200
    wrong = client.post("/accounts/reauthenticate/?next=/people/", {"password": "iets anders"})
    assert wrong.status_code == 200
    right = client.post("/accounts/reauthenticate/?next=/people/", {"password": factories.PASSWORD})
    assert right.url == "/people/"


def test_limits_are_counted_per_installation_and_not_per_process(settings):
    assert settings.CACHES["default"]["BACKEND"] == "django.core.cache.backends.redis.RedisCache"
