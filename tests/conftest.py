"""The cast: two companies, their people, and everything the second one owns that could leak."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client, TransactionTestCase

from accounts.models import Customer, User
from accounts.permissions import Role
from tests import factories, migrated, services, tables

OWN_KEYS = """SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, 1000 * row_number() OVER ())
FROM pg_sequences WHERE schemaname = 'public'"""


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None, django_db_blocker: Any) -> None:
    with django_db_blocker.unblock():
        if services.joined:
            migrated.use()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Keys are as long as after years, and no two tables share one: a mix-up or a "1.234" in a form is found."""
    with django_db_blocker.unblock():
        if services.joined:
            migrated.keep()
        with connection.cursor() as cursor:
            cursor.execute(OWN_KEYS)
        are_emptied_by_row = tables.may_rest()
    with pytest.MonkeyPatch.context() as patch:
        if are_emptied_by_row:
            patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _test: tables.empty())
        yield


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any) -> None:
    """Slow on purpose is right for real passwords only."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def noordkaai(db: None) -> Customer:
    return factories.CustomerFactory(name="Noordkaai Logistics NV", slug="noordkaai", enterprise_number="0403019261")


@pytest.fixture
def zuidpark(db: None) -> Customer:
    """Another company that owns one of everything."""
    customer = factories.CustomerFactory(name="Zuidpark BV", slug="zuidpark", enterprise_number="1000000021")
    line = factories.LineFactory(customer=customer, number="+32499999999", subscriber__last_name="Zuiderling")
    factories.SimFactory(customer=customer)
    factories.PlanOptionFactory(customer=customer).plans.add(line.plan)
    return customer


def _member(customer: Customer, role: Role, email: str, **fields: str) -> User:
    return factories.MembershipFactory(
        customer=customer, role=role, user=factories.UserFactory(email=email, **fields)
    ).user


@pytest.fixture
def owner(noordkaai: Customer) -> User:
    return _member(noordkaai, Role.OWNER, "owner@noordkaai.example", first_name="Olga", last_name="Owner")


@pytest.fixture
def alice(noordkaai: Customer) -> User:
    return _member(noordkaai, Role.MANAGER, "alice@noordkaai.example", first_name="Alice", last_name="Aerts")


@pytest.fixture
def rita(noordkaai: Customer) -> User:
    """May ask for changes, not decide about them."""
    return _member(noordkaai, Role.REQUESTER, "rita@noordkaai.example", first_name="Rita", last_name="Raes")


@pytest.fixture
def bea(noordkaai: Customer) -> User:
    """Sees and pays the invoices, and changes nothing else."""
    return _member(noordkaai, Role.BILLING, "bea@noordkaai.example", first_name="Bea", last_name="Baert")


@pytest.fixture
def bob(noordkaai: Customer) -> User:
    return _member(noordkaai, Role.VIEWER, "bob@noordkaai.example", first_name="Bob", last_name="Bogaert")


@pytest.fixture
def charlie(zuidpark: Customer) -> User:
    return _member(zuidpark, Role.MANAGER, "charlie@zuidpark.example", first_name="Charlie", last_name="Claes")


@pytest.fixture
def client_for() -> Callable[[User], Client]:
    """A browser in which this person is signed in."""

    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return sign_in
