"""Every URL of the portal: who may open it, who meets which wall, with another company's data present."""

from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.models import User
from accounts.permissions import PERMISSIONS, Role
from tests.architecture.pages import NOT_OURS, PAGES
from tests.architecture.world import Belongings, Page, belongings

pytestmark = pytest.mark.django_db

CASES = [(name, method) for name, page in sorted(PAGES.items()) for method in page.methods]
BOUND = [(name, method) for name, method in CASES if PAGES[name].arguments]


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


def visit(client: Client, page: Page, name: str, method: str, owned: Belongings | None, **headers: str) -> int:
    arguments = page.arguments(owned) if page.arguments else {}
    url = reverse(name, kwargs=arguments) + page.query
    response = getattr(client, method.lower())(url, headers=headers)
    if response.streaming:
        list(response.streaming_content)
    return response.status_code


@pytest.mark.parametrize(("name", "method"), CASES)
def test_a_stranger_is_sent_to_sign_in(name: str, method: str, ours: Belongings):
    page = PAGES[name]
    status = visit(Client(), page, name, method, ours)
    if page.needs == "public":
        assert status in (200, 204, 302, 400, 404, 410, 422, 503)
    else:
        assert status == 302


@pytest.mark.parametrize(("name", "method"), [(n, m) for n, m in CASES if PAGES[n].needs != "public"])
def test_a_lost_session_leaves_the_page_instead_of_filling_a_fragment(name: str, method: str, ours: Belongings):
    status = visit(Client(), PAGES[name], name, method, ours, **{"HX-Request": "true"})
    assert status == 401


@pytest.mark.parametrize("htmx", [{}, {"HX-Request": "true"}], ids=["page", "htmx"])
@pytest.mark.parametrize(("name", "method"), BOUND)
def test_what_another_company_owns_does_not_exist(
    name: str, method: str, htmx: dict, ours: Belongings, theirs: Belongings, owner: User, client_for: Callable
):
    if PAGES[name].needs != "public":
        assert visit(client_for(owner), PAGES[name], name, method, theirs, **htmx) == 404


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize(("name", "method"), CASES)
def test_a_role_opens_what_it_may_and_nothing_else(
    name: str, method: str, role: Role, ours: Belongings, owner: User, alice: User, bob: User, client_for: Callable
):
    page = PAGES[name]
    person = {Role.OWNER: owner, Role.MANAGER: alice, Role.VIEWER: bob}[role]
    status = visit(client_for(person), page, name, method, ours)
    if page.is_personal and person != owner and page.needs in PERMISSIONS[role]:
        assert status == 404
    elif page.needs in ("public", "", None) or page.needs in PERMISSIONS[role]:
        assert status in (200, 204, 302, 303, 400, 404, 409, 410, 422, 503)
        assert status != 404 or page.needs == "public"
    else:
        assert status == 403
