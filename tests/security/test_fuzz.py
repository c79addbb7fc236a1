"""Whatever is sent to whichever address: an answer with sense, never a server error, and nothing written by reading."""

from collections.abc import Iterator
from itertools import cycle, islice

import pytest
from allauth.account.models import EmailAddress
from django.db import transaction
from django.test import Client
from django.urls import reverse

from fleetportal.audit.models import AuditEvent
from tests.architecture.pages import PAGES
from tests.architecture.world import Belongings, belongings

pytestmark = pytest.mark.django_db

# Pages of the sign-in library that take no secret of a mail.
ACCOUNT_PAGES = (
    "account_login",
    "account_logout",
    "account_signup",
    "account_email",
    "account_inactive",
    "account_reset_password",
    "account_reset_password_done",
    "account_change_password",
    "account_set_password",
    "account_reauthenticate",
    "account_email_verification_sent",
)
ODD_METHODS = ("HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "BREW")
# fmt: off
PARAMETERS = (
    "q", "page", "sort", "view", "plan", "account", "centre", "split", "request", "sel", "scope", "query", "list",
    "tab", "type", "looks", "stage", "show", "reason", "next", "iccid", "sim", "draft", "go", "option", "subscriber",
    "who", "number_kind", "when", "date", "membership", "role", "emails", "column", "name", "is_shared",
    "single_keys", "columns", "format", "mandate", "email", "login", "password", "first_name", "language",
    "split_bill", "billing_account",
)
# fmt: on
# Percent-encoded as they stand in an address.
GARBAGE = {
    "NUL": "%00",
    "text around NUL": "0468%0012",
    "not UTF-8": "%ff%fe%80",
    "very long": "9" * 1000,
    "beyond 64 bits": "99999999999999999999999",
    "superscript digit": "%C2%B2",
    "Arabic digits": "%D9%A1%D9%A2",
    "a word": "foo",
    "markup": "%22%3E%3Cscript%3E",
    "brackets": "http://[",
    "line end": "/%0d%0aSet-Cookie:x=1",
    "emoji": "%F0%9F%98%80" * 100,
}
HTMX = {"HX-Request": "true"}
PARTIAL = HTMX | {"HX-Request-Type": "partial"}


@pytest.fixture
def ours(noordkaai, owner) -> Belongings:
    return belongings(noordkaai, owner)


@pytest.fixture
def browser(owner, client_for) -> Client:
    EmailAddress.objects.create(user=owner, email=owner.email, primary=True, verified=True)
    client = client_for(owner)
    client.raise_request_exception = False
    return client


def addresses(owned: Belongings) -> Iterator[tuple[str, str]]:
    for name, page in PAGES.items():
        yield name, reverse(name, kwargs=page.fixed | (page.arguments(owned) if page.arguments else {}))
    for name in ACCOUNT_PAGES:
        yield name, reverse(name)


def answer(client: Client, method: str, path: str, query: str = "", **arguments) -> int | str:
    """The status of one request whose changes are undone; what went wrong, in words, for a server error."""
    with transaction.atomic():
        response = client.generic(method, path, QUERY_STRING=query, **arguments)
        if response.streaming:
            b"".join(response.streaming_content)
        transaction.set_rollback(True)
    if response.status_code >= 500 and response.status_code != 503:
        return f"{response.status_code} {response.exc_info[1]!r}"[:200]
    return response.status_code


def turns(what: str, *ways: dict) -> Iterator[dict]:
    """One of the ways after the other: over all of ``GARBAGE``, each page is visited in each way."""
    return islice(cycle(ways), list(GARBAGE).index(what), None)


def broken(visits: Iterator[tuple[str, int | str]]) -> list[str]:
    return [f"{what}: {status}" for what, status in visits if isinstance(status, str)]


@pytest.mark.parametrize("method", ODD_METHODS)
@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_odd_methods_are_answered_and_write_nothing(method, headers, ours, browser):
    before = AuditEvent.objects.count()
    found = [(name, answer(browser, method, url, headers=headers)) for name, url in addresses(ours)]
    assert not broken(iter(found))
    assert AuditEvent.objects.count() == before
    if method != "HEAD":
        names_of_ours = set(PAGES) - {"mailbox", "styleguide"}
        assert {(n, s) for n, s in found if n in names_of_ours and s not in (405, 404)} == set()


@pytest.mark.parametrize("what", GARBAGE)
def test_garbage_in_the_address_never_breaks_a_page(what, ours, browser):
    everything = "&".join(f"{name}={GARBAGE[what]}" for name in PARAMETERS)
    assert not broken(
        (f"{name} {headers}", answer(browser, "GET", url, everything, headers=headers))
        for (name, url), headers in zip(addresses(ours), turns(what, {}, PARTIAL), strict=False)
    )


@pytest.mark.parametrize("what", GARBAGE)
def test_garbage_in_a_form_never_breaks_a_page(what, ours, browser):
    everything = "&".join(f"{name}={GARBAGE[what]}" for name in PARAMETERS)
    form = "application/x-www-form-urlencoded"
    assert not broken(
        (f"{name} {headers}", answer(browser, "POST", url, data=everything, content_type=form, headers=headers))
        for (name, url), headers in zip(addresses(ours), turns(what, {}, HTMX), strict=False)
    )


ALONE = {
    "sim_list": "q page sort view plan",
    "sim_stock": "q page",
    "search": "q",
    "set_language": "next",
    "sim_export": "query sel scope",
    "line_detail": "page list tab",
    "import_job": "page show",
    "sim_add_step": "go iccid sim",
    "saved_view_add": "name q",
}


@pytest.mark.parametrize("page", ALONE)
def test_one_wrong_field_alone_never_breaks_a_page(page, ours, browser):
    """Alone, because a first wrong field may hide what a second one does."""
    url = dict(addresses(ours))[page]
    form = "application/x-www-form-urlencoded"
    assert not broken(
        (f"{method} {name} {what}", answer(browser, method, url, query, data=data, content_type=form))
        for name in ALONE[page].split()
        for what, value in GARBAGE.items()
        for method, query, data in (("GET", f"{name}={value}", ""), ("POST", "", f"{name}={value}"))
    )


HEADERS = {
    "HX-Current-URL": ("http://[", "//evil.example/", "https://evil.example/", "x" * 5000, "http://testserver//evil/"),
    "HX-Target": ("x" * 5000, "<script>"),
    "HX-Trigger": ("{", "x" * 5000),
    "X-Request-ID": ("x" * 5000, "{}\\n", "é"),
    "Accept-Language": ("x" * 5000, "nl;q=nan", "*"),
    "Cookie": ("language=%00", 'theme="\\000"; language="\\000"', "x" * 5000, "messages=garbage"),
    "Referer": ("http://[",),
    "X-Forwarded-For": ("garbage", "1.2.3.4, " * 500),
    "Content-Type": ("multipart/form-data", "multipart/form-data; boundary=\u00e9", "application/json; charset=x"),
}


@pytest.mark.parametrize("header", HEADERS)
@pytest.mark.parametrize("is_signed_in", [True, False], ids=["member", "stranger"])
def test_garbage_in_a_header_never_breaks_a_page(header, is_signed_in, ours, browser):
    client = browser if is_signed_in else Client(raise_request_exception=False)
    session = f"; {'; '.join(f'{k}={m.value}' for k, m in client.cookies.items())}" if header == "Cookie" else ""
    urls = dict(addresses(ours))
    pages = (
        "dashboard",
        "sim_list",
        "sim_columns",
        "order_cancel",
        "line_detail",
        "invite",
        "account_login",
        "profile",
    )
    assert not broken(
        (
            f"{method} {page} {value[:40]}",
            answer(client, method, urls[page], headers={**htmx, header: value + session}),
        )
        for page in pages
        for value in HEADERS[header]
        for method in ("GET", "POST")
        for htmx in ({}, HTMX)
    )
