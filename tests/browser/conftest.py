"""A real Chromium against the portal served on loopback, and a watch on what the page complains about."""

import os
import shutil
from collections.abc import Callable, Collection, Iterator
from importlib.resources import files

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from accounts.models import User
from tests.browser.contexts import PATIENCE_MS, ContextShelf
from tests.browser.demo import Demo, DemoShelf
from tests.browser.tours import TOURS, development
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
# 400 % zoom on a laptop, and narrower than any phone.
NARROW = {"width": 320, "height": 640}
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
# The rows of a list are made by one template: the first three stand for all.
FEW_ROWS = """
const fewRows = new CSSStyleSheet();
fewRows.replaceSync("#sims tbody tr:nth-child(n + 4) { display: none }");
document.adoptedStyleSheets.push(fewRows);
"""
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
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="session")
def context_shelf(browser: Browser) -> ContextShelf:
    return ContextShelf(browser)


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    """Earlier tests came from the same address: their visits must not use up this test's rate limits."""
    cache.clear()


@pytest.fixture
def served(live_server, settings) -> str:
    """The address of the running portal; links in mails point to it too."""
    settings.PORTAL_URL = live_server.url
    return live_server.url


@pytest.fixture
def open_context(context_shelf: ContextShelf, served: str) -> Iterator[Callable[..., BrowserContext]]:
    """Contexts without cookies, whose pages may log no error and break no content security policy.

    A screenshot needs ``caret="initial"``: hiding the caret leaves empty style attributes behind, which HTMX copies at
    the next swap and the policy then reports.
    """
    complaints: list[str] = []

    def listen(page: Page, answers: Collection[int]) -> None:
        def note(message: ConsoleMessage) -> None:
            # Chromium reports each answer of 4xx and 5xx as an error.
            is_expected = any(f"status of {status}" in message.text for status in answers)
            if message.type == "error" and not is_expected:
                complaints.append(f"{page.url}: {message.text}")

        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        page.on("console", note)

    def open_one(*, answers: Collection[int] = (), **options: object) -> BrowserContext:
        """``answers`` are statuses that this test provokes, beyond those a form gives that must be corrected."""
        options = {"viewport": DESKTOP, "locale": "nl-BE", "base_url": served, "accept_downloads": True, **options}
        context = context_shelf.take(**options)
        context_shelf.listen(context, lambda page: listen(page, {409, 422, *answers}))
        return context

    yield open_one
    context_shelf.clear()
    assert not complaints, "\n".join(complaints)


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


@pytest.fixture(scope="session")
def demo_shelf() -> DemoShelf:
    return DemoShelf()


@pytest.fixture
def demo(transactional_db: None, demo_shelf: DemoShelf, settings, tmp_path) -> Demo:
    settings.MEDIA_ROOT = tmp_path
    return demo_shelf.take()


Walk = Iterator[tuple[str, Page]]


@pytest.fixture
def walk(demo: Demo, open_context: Callable[..., BrowserContext], sign_in: Callable, settings) -> Callable[..., Walk]:
    """``walk("lists", viewport=…)`` takes the tours of that name; it answers each stop with the page as it is there."""

    def take(name: str, **options: object) -> Walk:
        context = open_context(
            answers=(401, 403, 404, 410, 500), reduced_motion="reduce", init_script=AXE + FEW_ROWS, **options
        )
        for who, tour in TOURS[name]:
            settings.DEBUG = tour is development
            context.clear_cookies()
            if who:
                sign_in(context, getattr(demo, who))
            page = context.new_page()
            for stop in tour(page, demo):
                page.wait_for_load_state()
                yield stop, page
            page.close()

    return take


AT_REST = """async () => {
  scrollTo(0, 0);
  await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
  const moving = document.getAnimations().filter(each => each.effect.getComputedTiming().endTime !== Infinity);
  const rest = Promise.all(moving.map(each => each.finished.catch(() => null)));
  // A message that stays for a while is not waited for.
  await Promise.race([rest, new Promise(done => setTimeout(done, 500))]);
}"""


def axe_violations(page: Page) -> list[str]:
    """What axe finds on the page as it stands now, one line per rule with the elements concerned.

    From the top, where nothing is half under the bar that stays there, and once no colour is on its way to another.
    """
    page.evaluate(AT_REST)
    options = {
        "runOnly": {"type": "tag", "values": AXE_TAGS},
        "resultTypes": ["violations"],
        "preload": False,
        "iframes": False,
    }
    result = page.evaluate("options => axe.run(options)", options)
    return [
        f"{violation['id']}: {violation['help']} {[node['target'] for node in violation['nodes']][:5]}"
        for violation in result["violations"]
    ]
