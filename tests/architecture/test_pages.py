"""What holds for every rendered page: nothing inline, few queries, a modest size, nothing from another host."""

from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from django.conf import settings
from django.core.cache import caches
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from tests import factories
from tests.architecture.pages import PAGES
from tests.architecture.world import Belongings, belongings

pytestmark = pytest.mark.django_db

READ = sorted(name for name, page in PAGES.items() if "GET" in page.methods)
MOST_QUERIES = 12
MOST_BYTES = 60_000


@pytest.fixture
def ours(noordkaai, owner) -> Belongings:
    return belongings(noordkaai, owner)


class Inline(HTMLParser):
    """Collects what a strict content security policy would block, and what comes from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.in_script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.in_script = tag == "script" and values.get("type", "text/javascript") in ("text/javascript", "module")
        if tag == "style":
            self.found.append("<style>")
        for name, value in values.items():
            text = (value or "").strip().lower()
            is_handler = name == "style" or name.startswith(("on", "hx-on"))
            is_script = name.startswith("hx-") and ("js:" in text or "javascript:" in text)
            leads = name in ("href", "src", "action", "formaction")
            if is_handler or is_script or (leads and text.startswith(("javascript:", "http:", "//"))):
                self.found.append(f"<{tag} {name}={value!r}>")

    def handle_data(self, data: str) -> None:
        if self.in_script and data.strip():
            self.found.append(f"<script> {data.strip()[:40]!r}")

    def handle_endtag(self, tag: str) -> None:
        self.in_script = False


def inline_parts(html: str) -> list[str]:
    parser = Inline()
    parser.feed(html)
    return parser.found


def visit(client: Client, name: str, owned: Belongings, **headers: str) -> HttpResponse:
    page = PAGES[name]
    arguments = page.fixed | (page.arguments(owned) if page.arguments else {})
    response = client.get(reverse(name, kwargs=arguments) + page.query, headers=headers)
    if response.streaming:
        list(response.streaming_content)
    return response


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true", "HX-Request-Type": "partial"}], ids=["page", "htmx"])
@pytest.mark.parametrize("name", READ)
def test_a_page_has_nothing_inline_and_stays_small(
    name: str, headers: dict[str, str], ours: Belongings, owner: User, client_for: Callable
):
    response = visit(client_for(owner), name, ours, **headers)
    if not response.streaming and response.headers["Content-Type"].startswith("text/html"):
        html = response.content.decode()
        assert not inline_parts(html)
        assert len(html.encode()) <= MOST_BYTES


def test_the_scan_would_find_what_it_looks_for():
    html = (
        '<p style="x"></p><a onclick="x" href="javascript:x">x</a><script>x()</script><script src="//cdn/x"></script>'
    )
    assert len(inline_parts(html)) == 5


@pytest.mark.parametrize("name", READ)
def test_a_page_asks_few_questions_however_much_there_is(
    name: str, ours: Belongings, noordkaai, owner: User, client_for: Callable
):
    def questions() -> int:
        for name_of_cache in settings.CACHES:
            caches[name_of_cache].clear()
        with CaptureQueriesContext(connection) as queries:
            visit(client, name, ours)
        return len([q for q in queries if "SAVEPOINT" not in q["sql"]])

    client = client_for(owner)
    few = questions()
    factories.LineFactory.create_batch(3, customer=noordkaai)
    factories.SimFactory.create_batch(3, customer=noordkaai)
    assert questions() <= few
    assert few <= MOST_QUERIES
