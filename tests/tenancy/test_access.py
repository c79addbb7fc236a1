"""Who gets in: the decorator of every company page, and what the middleware puts on a request."""

import pytest
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts.permissions import PERMISSIONS, Permission, Role
from fleetportal.audit.actors import Actor
from fleetportal.tenancy.access import customer_required
from tests import factories


def test_a_stranger_signs_in_and_comes_back(db):
    answer = Client().get("/people/?page=2")
    assert answer.url == f"{reverse('account_login')}?next=/people/%3Fpage%3D2"


def test_a_strangers_post_is_not_replayed_after_signing_in(db):
    answer = Client().post("/people/invite/", {})
    assert answer.url == f"{reverse('account_login')}?next=/"


def test_htmx_leaves_the_whole_page_when_the_session_is_over(db):
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/sims/?q=jan"}
    answer = Client().get("/people/", headers=headers)
    assert answer.status_code == 401
    assert answer["HX-Redirect"] == f"{reverse('account_login')}?next=/sims/%3Fq%3Djan"


@pytest.mark.parametrize("current", ["https://evil.example/phish", "//evil.example", "javascript:alert(1)", ""])
def test_the_way_back_stays_on_this_site(db, current):
    answer = Client().get("/people/", headers={"HX-Request": "true", "HX-Current-URL": current})
    assert "evil.example" not in answer["HX-Redirect"]
    assert "javascript" not in answer["HX-Redirect"]


def test_a_person_without_a_company_is_told_who_can_help(db, client_for):
    answer = client_for(factories.UserFactory()).get("/people/")
    assert answer.status_code == 404
    assert "shell/no_company.html" in [t.name for t in answer.templates]


def test_a_missing_permission_is_403(bob, client_for):
    assert client_for(bob).get("/people/invite/").status_code == 403


@pytest.mark.parametrize("role", Role.values)
@pytest.mark.parametrize("permission", Permission.values)
def test_the_decorator_asks_the_role_and_nothing_else(noordkaai, role, permission):
    membership = factories.MembershipFactory(customer=noordkaai, role=role)
    request = RequestFactory().get("/")
    request.user, request.membership = membership.user, membership
    view = customer_required(permission)(lambda request: HttpResponse("in"))
    if permission in PERMISSIONS[role]:
        assert view(request).content == b"in"
    else:
        with pytest.raises(PermissionDenied):
            view(request)


def test_roles_are_a_ladder():
    viewer, manager, owner = (PERMISSIONS[role] for role in (Role.VIEWER, Role.MANAGER, Role.OWNER))
    assert viewer < manager < owner == set(Permission)


def test_company_and_role_come_from_the_session_and_not_from_the_address(alice, zuidpark, client_for):
    client = client_for(alice)
    for extra in ({"customer": zuidpark.pk}, {"company": "zuidpark"}, {"membership": "1"}):
        assert client.get("/people/", extra).context["membership"].user == alice


def test_a_forged_session_value_of_another_persons_membership_is_ignored(alice, charlie, client_for):
    client = client_for(alice)
    session = client.session
    session["membership"] = charlie.memberships.get().pk
    session.save()
    assert client.get("/people/").context["membership"].user == alice


def test_a_page_that_asks_for_no_company_costs_no_query_for_it(db, django_assert_num_queries):
    with django_assert_num_queries(0):
        Client().get("/accounts/login/")


def test_the_actor_of_a_request_is_the_person(alice, client_for):
    request = client_for(alice).get("/people/").wsgi_request
    assert request.actor == Actor(kind="user", name="Alice Aerts", id=alice.pk)
