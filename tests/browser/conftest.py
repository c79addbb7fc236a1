"""A real Chromium against the portal served on loopback, and a watch on what the page complains about."""

import os
import shutil
from collections.abc import Callable, Iterator
from importlib.resources import files

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from accounts.models import User
from tests.workers import broker, start_worker

__all__ = ["broker", "start_worker"]

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 780}
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def chromium_path() -> str | None:
    return next((found for name in CHROMIUM_NAMES if (found := shutil.which(name))), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium_path()
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail("Chromium is missing and browser tests may not be skipped here.")
        pytest.skip("Chromium is missing: install the package chromium to run the browser tests.")
    # Playwright keeps an event loop in this thread; the ORM calls of the tests themselves stay synchronous.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield running
        running.close()


@pytest.fixture
def served(live_server, settings) -> str:
    """The address of the running portal; links in mails point to it too."""
    settings.PORTAL_URL = live_server.url
    return live_server.url


@pytest.fixture
def open_context(browser: Browser, served: str) -> Iterator[Callable[..., BrowserContext]]:
    """Contexts whose pages may log no error and break no content security policy."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def listen(page: Page) -> None:
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        page.on(
            "console",
            lambda m: (
                complaints.append(f"{page.url}: {m.text}") if m.type == "error" and not _is_expected(m.text) else None
            ),
        )

    def open_one(**options: object) -> BrowserContext:
        options = {"viewport": DESKTOP, "locale": "nl-BE", "base_url": served, "accept_downloads": True, **options}
        context = browser.new_context(**options)
        context.set_default_timeout(15_000)
        context.on("page", listen)
        contexts.append(context)
        return context

    yield open_one
    for context in contexts:
        context.close()
    assert not complaints, "\n".join(complaints)


def _is_expected(text: str) -> bool:
    """Chromium reports each answer of 4xx as an error; the portal answers 422 to a form that must be corrected."""
    return "status of 422" in text or "status of 409" in text


@pytest.fixture
def page(open_context: Callable[..., BrowserContext]) -> Page:
    return open_context().new_page()


@pytest.fixture
def sign_in(client_for: Callable[[User], Client], served: str) -> Callable[[BrowserContext, User], None]:
    """Give a browser context the session of a person, without the sign-in page."""

    def give_session(context: BrowserContext, user: User) -> None:
        cookie = client_for(user).cookies[settings.SESSION_COOKIE_NAME]
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie.value, "url": served}])

    return give_session


def axe_violations(page: Page) -> list[str]:
    """What axe finds on the page as it stands now, one line per rule with the elements concerned."""
    page.evaluate(AXE)
    result = page.evaluate(
        "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})", AXE_TAGS
    )
    return [
        f"{violation['id']}: {violation['help']} {[node['target'] for node in violation['nodes']][:5]}"
        for violation in result["violations"]
    ]
