"""One's own profile, and working for one of several companies."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.enums import AuditKind
from accounts.permissions import Role
from fleetportal.audit.models import AuditEvent
from tests import factories
from tests.audit.expect import expect_audit

PROFILE = {"first_name": "Alice", "last_name": "Adams", "language": "fr"}


@pytest.fixture
def two_companies(alice, zuidpark):
    """Alice manages Noordkaai and may read at Zuidpark."""
    return factories.MembershipFactory(user=alice, customer=zuidpark, role=Role.VIEWER)


def test_changing_name_and_language(alice, noordkaai, client_for):
    client = client_for(alice)
    assert client.post(reverse("profile"), PROFILE).url == reverse("profile")
    alice.refresh_from_db()
    assert (alice.last_name, alice.language) == ("Adams", "fr")
    event = expect_audit(AuditKind.PROFILE_CHANGED, customer=noordkaai, subject=alice, by=alice)
    assert (event.before["last_name"], event.after["last_name"]) == ("Aerts", "Adams")
    assert '<html lang="fr' in client.get(reverse("profile")).content.decode()


def test_saving_without_a_change_records_nothing(alice, client_for):
    same = {"first_name": "Alice", "last_name": "Aerts", "language": "nl"}
    client_for(alice).post(reverse("profile"), same)
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize("change", [{"first_name": ""}, {"last_name": ""}, {"language": "de"}])
def test_a_mistake_in_the_profile_is_told_at_its_field(alice, client_for, change):
    answer = client_for(alice).post(reverse("profile"), PROFILE | change)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == list(change)


def test_a_forged_field_changes_nothing_else(alice, client_for):
    client_for(alice).post(reverse("profile"), PROFILE | {"email": "evil@x.example", "is_staff": "1", "role": "owner"})
    alice.refresh_from_db()
    assert alice.email == "alice@noordkaai.example"
    assert not alice.is_staff
    assert alice.memberships.get().role == Role.MANAGER


def test_a_person_with_two_companies_switches_between_them(alice, two_companies, noordkaai, client_for):
    client = client_for(alice)
    assert client.get(reverse("people")).context["membership"].customer == noordkaai
    answer = client.post(reverse("company_switch"), {"membership": two_companies.pk})
    assert answer.url == reverse("dashboard")
    page = client.get(reverse("people"))
    assert page.context["membership"] == two_companies
    assert "bob@noordkaai.example" not in page.content.decode()


def test_the_role_is_the_one_of_the_company_one_works_for(owner, zuidpark, client_for):
    """An owner here who only reads there cannot invite there."""
    there = factories.MembershipFactory(user=owner, customer=zuidpark, role=Role.VIEWER)
    client = client_for(owner)
    assert client.get(reverse("invite")).status_code == 200
    client.post(reverse("company_switch"), {"membership": there.pk})
    assert client.get(reverse("invite")).status_code == 403


@pytest.mark.parametrize("wanted", ["foreign", "", "abc", "0", "9" * 30, "-1"])
def test_another_company_is_not_found(alice, charlie, client_for, wanted):
    client = client_for(alice)
    value = charlie.memberships.get().pk if wanted == "foreign" else wanted
    assert client.post(reverse("company_switch"), {"membership": value}).status_code == 404
    assert client.get(reverse("people")).context["membership"].user == alice


def test_the_companies_page_lists_ones_own_only(alice, two_companies, client_for):
    factories.CustomerFactory(name="Derde BV")
    page = client_for(alice).get(reverse("companies")).content.decode()
    assert "Noordkaai Logistics NV" in page
    assert "Zuidpark BV" in page
    assert "Derde" not in page


def test_a_session_whose_membership_ended_falls_back_to_what_is_left(alice, two_companies, noordkaai, client_for):
    client = client_for(alice)
    client.post(reverse("company_switch"), {"membership": two_companies.pk})
    two_companies.delete()
    assert client.get(reverse("people")).context["membership"].customer == noordkaai


def test_a_person_without_a_company_still_has_a_profile(db, client_for):
    client = client_for(factories.UserFactory())
    assert client.get(reverse("profile")).status_code == 200
    assert client.get(reverse("companies")).status_code == 200
    assert client.get(reverse("people")).status_code == 404


@pytest.mark.parametrize("name", ["profile", "companies"])
def test_strangers_are_sent_to_sign_in(db, name):
    assert Client().get(reverse(name)).url.startswith(reverse("account_login"))
