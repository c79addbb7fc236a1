"""Every URL of the portal: who may open it, who meets which wall, with another company's data present."""

from collections.abc import Callable, Iterator

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.models import User
from accounts.permissions import PERMISSIONS, Role
from accounts.services import limit_to_accounts
from fleetportal.audit.actors import Actor
from tests import factories
from tests.architecture.pages import MEMBER, NOT_OURS, PAGES, PUBLIC, SIGNED_IN
from tests.architecture.world import Belongings, Page, belongings

pytestmark = pytest.mark.django_db

CASES = [(name, method) for name, page in sorted(PAGES.items()) for method in page.methods]
HTMX = {"HX-Request": "true"}
# What a visit without data is answered with, where it is let in.
OPEN = {200, 204, 302, 303, 400, 409, 410, 422, 503}


def url_names(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            namespace = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            yield from url_names(pattern.url_patterns, namespace)
        else:
            yield f"{prefix}{pattern.name}"


def test_every_url_stands_in_the_table():
    names = {n for n in url_names(get_resolver().url_patterns) if not n.startswith(tuple(NOT_OURS))}
    assert names == PAGES.keys()


@pytest.fixture
def ours(noordkaai, owner) -> Belongings:
    return belongings(noordkaai, owner)


@pytest.fixture
def theirs(zuidpark, charlie) -> Belongings:
    return belongings(zuidpark, charlie)


def visit(client: Client, name: str, method: str, owned: Belongings, **headers: str) -> int:
    """The status of one visit, whose changes are undone."""
    page = PAGES[name]
    arguments = page.fixed | (page.arguments(owned) if page.arguments else {})
    with transaction.atomic():
        url = reverse(name, kwargs=arguments) + page.query
        response = getattr(client, method.lower())(url, headers=headers)
        if response.streaming:
            list(response.streaming_content)
        transaction.set_rollback(True)
    return response.status_code


def unexpected(visits: Iterator[tuple[str, str, int, set[int]]]) -> str:
    return "\n".join(
        f"{method} {name}: {status}, expected one of {sorted(expected)}"
        for name, method, status, expected in visits
        if status not in expected
    )


def test_a_stranger_is_sent_to_sign_in(ours: Belongings):
    assert not unexpected(
        (
            name,
            method,
            visit(Client(), name, method, ours),
            {302} if PAGES[name].needs != PUBLIC else statuses(PAGES[name]),
        )
        for name, method in CASES
    )


def test_a_lost_session_leaves_the_page_instead_of_filling_a_fragment(ours: Belongings):
    assert not unexpected(
        (name, method, visit(Client(), name, method, ours, **HTMX), {401})
        for name, method in CASES
        if PAGES[name].needs != "public"
    )


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_what_another_company_owns_does_not_exist(
    headers: dict[str, str], ours: Belongings, theirs: Belongings, owner: User, client_for: Callable
):
    client = client_for(owner)
    assert not unexpected(
        (name, method, visit(client, name, method, theirs, **headers), {404})
        for name, method in CASES
        if PAGES[name].arguments
    )


def test_an_invoice_of_another_account_does_not_exist_for_who_is_limited(
    ours: Belongings, noordkaai, bea: User, client_for: Callable
):
    other = factories.BillingAccountFactory(customer=noordkaai)
    limit_to_accounts(membership=bea.memberships.get(), accounts=[other], by=Actor.ops("a test"))
    client = client_for(bea)
    assert not unexpected(
        (name, method, visit(client, name, method, ours), {404})
        for name, method in CASES
        if name.startswith("invoice_") and PAGES[name].arguments
    )


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
@pytest.mark.parametrize("role", list(Role))
def test_a_role_opens_what_it_may_and_nothing_else(
    role: Role,
    headers: dict,
    ours: Belongings,
    owner: User,
    alice: User,
    bea: User,
    rita: User,
    bob: User,
    client_for: Callable,
):
    cast = {Role.OWNER: owner, Role.MANAGER: alice, Role.BILLING: bea, Role.REQUESTER: rita, Role.VIEWER: bob}
    person = cast[role]
    client = client_for(person)
    assert not unexpected(
        (name, method, visit(client, name, method, ours, **headers), statuses(PAGES[name], role, person == owner))
        for name, method in CASES
    )


def statuses(page: Page, role: Role = Role.VIEWER, is_owner_of_personal_things: bool = False) -> set[int]:
    if page.needs not in (SIGNED_IN, MEMBER, PUBLIC) and page.needs not in PERMISSIONS[role]:
        return {403}
    if page.is_personal and not is_owner_of_personal_things:
        return {404}
    return OPEN | set(page.answers)
