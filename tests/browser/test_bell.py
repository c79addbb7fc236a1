"""The bell asks for news every minute while somebody looks, quietly, and leaves focus and typed text alone."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Customer, User
from tests import factories
from tests.browser.tours_notifications import tell

pytestmark = pytest.mark.django_db(transaction=True)

HIDE = """hidden => {
  Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
  document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.fixture
def opened(noordkaai: Customer, alice: User, open_context: Callable, sign_in: Callable) -> Page:
    context = open_context(answers=(401, 500))
    sign_in(context, alice)
    page = context.new_page()
    page.clock.install()
    page.goto("/profile/")
    return page


@pytest.fixture
def tell_alice(noordkaai: Customer, alice: User) -> Callable[[], None]:
    return lambda: tell(factories.LineFactory(customer=noordkaai), alice)


def asked(page: Page) -> list[str]:
    """The addresses of the bell's questions from now on."""
    seen: list[str] = []
    page.on("request", lambda request: seen.append(request.url) if request.url.endswith("/bell/") else None)
    return seen


def test_news_arrive_without_a_reload(opened: Page, tell_alice: Callable):
    page = opened
    bell = page.locator("#bell-link")
    bell.focus()
    tell_alice()
    with page.expect_response("**/bell/"):
        page.clock.run_for(61_000)
    expect(bell.locator(".bell__count")).to_have_text("27")
    expect(bell).to_have_attribute("aria-label", "Meldingen, 27 ongelezen")
    expect(bell).to_be_focused()


def test_nobody_asks_while_nobody_looks(opened: Page):
    page, questions = opened, asked(opened)
    page.evaluate(HIDE, True)
    page.clock.run_for(300_000)
    assert not questions
    with page.expect_response("**/bell/"):
        page.evaluate(HIDE, False)
    assert len(questions) == 1


@pytest.mark.parametrize("status", [401, 500], ids=["signed out", "broken"])
def test_a_question_that_fails_takes_nothing_away(opened: Page, status: int):
    page = opened
    page.locator("[name=first_name]").fill("Half typed")
    headers = {"HX-Redirect": "/accounts/login/"}
    page.route("**/bell/", lambda route: route.fulfill(status=status, headers=headers))
    with page.expect_response("**/bell/"):
        page.clock.run_for(61_000)
    page.clock.run_for(5_000)
    expect(page.locator("#bell-link")).to_be_visible()
    expect(page.locator("#toasts .toast")).to_have_count(0)
    expect(page.locator("[name=first_name]")).to_have_value("Half typed")
    expect(page).to_have_url(re.compile("/profile/$"))


def test_a_click_on_a_notification_reads_it_and_leads_there(opened: Page, tell_alice: Callable):
    page = opened
    tell_alice()
    page.goto("/")
    page.locator("#bell-link").click()
    page.locator("[id^=note-open-]").first.click()
    page.wait_for_url("**/sims/")
    expect(page.locator("#bell-link .bell__count")).to_have_text("26")


def test_the_focus_goes_to_the_heading_when_its_button_is_gone(opened: Page, tell_alice: Callable):
    page = opened
    tell_alice()
    page.goto("/notifications/?show=unread")
    page.locator("[id^=note-read-]").first.press("Enter")
    expect(page.locator("#inbox .views .n")).to_have_text("26")
    expect(page.locator("#bell-link .bell__count")).to_have_text("26")
    expect(page.locator("#inbox h1")).to_be_focused()
