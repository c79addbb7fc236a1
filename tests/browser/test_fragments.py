"""Where the focus goes, what is spoken and what stays on the screen when only a part of a page is exchanged."""

import re
from collections.abc import Callable

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from playwright.sync_api import Page, Request, expect

from sims.models import Line, Order
from tests.browser.demo import Demo
from tests.browser.steps import answered, dialog_of, settled
from tests.browser.texts import dutch
from tests.browser.tours import FORWARD
from tests.browser.tours_plan import free_line

pytestmark = pytest.mark.django_db(transaction=True)

ROWS = "#sims tbody tr"
TITLE = "#dialog-title"
# Forms that the server calculates anew at each change: which line, where, a first change, the button.
CALCULATED = {
    "plan": (free_line, "?tab=plan", "[name=plan][value=MOB-MAX]", "#plan-total [type=submit]"),
    "barrings": (free_line, "?tab=barrings", "#id_barrings_ROAM_ALL", "#barrings-save [type=submit]"),
    "activation": (lambda demo: demo.new, "activate/", "[name=when][value=date]", "#activate-button"),
}


@pytest.fixture
def opened(demo: Demo, open_context: Callable, sign_in: Callable) -> Page:
    """A page of the demo's owner in which server errors and lost sessions may happen."""
    context = open_context(answers=(401, 500))
    sign_in(context, demo.owner)
    return context.new_page()


def fails(page: Page, pattern: str) -> None:
    """From now on the server breaks on these addresses."""
    page.route(re.compile(pattern), lambda route: route.fulfill(status=500, body=render_to_string("500.html")))


def test_a_dialog_takes_the_focus_and_gives_it_back(opened: Page):
    page = opened
    page.goto("/sims/")
    opener = page.locator(".page__actions a[href*=export]")
    for leave in ("Escape", "button"):
        dialog_of(page, opener)
        expect(page.locator(TITLE)).to_be_focused()
        if leave == "Escape":
            page.keyboard.press("Escape")
        else:
            page.locator("#dialog .dialog__foot [data-close]").click()
        expect(page.locator("#dialog")).not_to_be_visible()
        expect(opener).to_be_focused()


def test_a_dialog_with_typed_text_is_not_closed_by_accident(opened: Page):
    page = opened
    page.goto("/sims/?q=jurgen")
    dialog_of(page, page.locator("a[href*='views/new']"))
    page.locator("#dialog [name=name]").fill("Mijn weergave")
    page.keyboard.press("Escape")
    page.mouse.click(5, 5)
    expect(page.locator(TITLE)).to_be_visible()


def test_errors_in_a_dialog_are_spoken_and_its_button_works_again(opened: Page, demo: Demo):
    page = opened
    page.goto(f"/sims/{demo.new.public_id}/")
    dialog_of(page, page.locator(".page__actions .btn--primary"))
    page.locator("#dialog [name=when][value=date]").check()
    page.locator("#id_date").fill("2020-01-01")
    page.locator("#dialog [type=submit]").click()
    expect(page.locator("#dialog #errors")).to_be_focused()
    expect(page).to_have_title(re.compile(f"^{dutch('Error:')}"))
    page.locator("#errors a").first.click()
    expect(page.locator("#id_date")).to_be_focused()
    page.locator("#id_date").fill(page.locator("#id_date").get_attribute("max"))
    page.locator("#dialog [type=submit]").click()
    expect(page.locator(".page .badge", has_text=dutch("Scheduled"))).to_be_visible()
    expect(page.locator("#dialog")).not_to_be_visible()


def test_a_step_with_errors_starts_at_them_and_the_next_at_its_heading(opened: Page, demo: Demo):
    page = opened
    page.goto("/sims/new/")
    page.locator(FORWARD).click()
    expect(page.locator("#errors")).to_be_focused()
    expect(page).to_have_title(re.compile(f"^{dutch('Error:')}"))
    page.locator("#id_iccid").fill(demo.cards[0])
    page.locator(FORWARD).click()
    expect(page).to_have_url(re.compile("/2/$"))
    expect(page.locator("main h1")).to_be_focused()
    expect(page).not_to_have_title(re.compile(f"^{dutch('Error:')}"))
    page.go_back()
    expect(page.locator("#id_iccid")).to_have_value(re.compile("8932"))


def test_searching_keeps_the_focus_speaks_the_count_and_fills_the_address(opened: Page):
    page = opened
    page.goto("/sims/")
    loaded_at = page.evaluate("performance.timeOrigin")
    page.locator("#q").press_sequentially("jurgen", delay=20)
    expect(page.locator(ROWS).first).to_contain_text("Jürgen")
    expect(page).to_have_url(re.compile(r"q=jurgen"))
    expect(page.locator("#q")).to_be_focused()
    found = page.locator(ROWS).count()
    expect(page.locator("#live")).to_have_text(re.compile(rf"^{found} "))
    page.go_back()
    expect(page.locator("#q")).to_have_value("")
    expect(page.locator(ROWS)).to_have_count(25)
    page.go_forward()
    expect(page.locator(ROWS)).to_have_count(found)
    assert page.evaluate("performance.timeOrigin") == loaded_at


def test_tabs_and_sorting_are_addresses_too(opened: Page, demo: Demo):
    page = opened
    page.goto("/sims/")
    page.locator("thead a", has_text=dutch("Employee")).click()
    expect(page).to_have_url(re.compile("sort=name"))
    expect(page.locator("th[aria-sort=ascending]")).to_contain_text(dutch("Employee"))
    page.locator(ROWS).first.locator("a.t-main").click()
    page.locator(".tabs a", has_text=dutch("Timeline")).click()
    expect(page).to_have_url(re.compile("tab=timeline"))
    expect(page.locator(".tabs [aria-current]")).to_have_text(dutch("Timeline"))
    page.locator(".back").click()
    expect(page).to_have_url(re.compile("sort=name"))


def test_the_menu_of_a_row_is_worked_with_keys(opened: Page):
    page = opened
    page.goto("/sims/")
    button = page.locator("[data-menu=rowmenu] [aria-haspopup=menu]").first
    button.press("Enter")
    expect(page.locator("#rowmenu a").first).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#rowmenu a").nth(1)).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#rowmenu")).not_to_be_visible()
    expect(button).to_be_focused()


def test_a_lost_session_leads_to_the_sign_in_page_and_back(opened: Page):
    page = opened
    page.goto("/sims/")
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    page.locator("#q").fill("sofie")
    expect(page.locator("[name=login]")).to_be_visible()
    expect(page).to_have_url(re.compile(r"next=(/|%2F)sims"))


def test_a_server_error_leaves_the_page_and_says_that_nothing_changed(opened: Page):
    page = opened
    page.goto("/sims/")
    fails(page, "q=sofie")
    page.locator("#q").fill("sofie")
    toast = page.locator("#toasts [role=alert]")
    expect(toast).to_contain_text(dutch("Something went wrong on our side. Nothing was changed. Try again."))
    expect(page.locator(ROWS)).to_have_count(25)
    toast.locator("[data-dismiss]").click()
    expect(toast).to_have_count(0)


def test_a_form_that_met_a_server_error_can_be_sent_again(opened: Page, demo: Demo):
    page = opened
    page.goto(f"/sims/{demo.new.public_id}/")
    dialog_of(page, page.locator(".page__actions .btn--primary"))
    fails(page, "/activate/")
    page.locator("#dialog [type=submit]").click()
    expect(page.locator("#toasts [role=alert]")).to_be_attached()
    expect(page.locator("#dialog [type=submit]")).to_be_enabled()
    page.unroute_all()
    page.locator("#dialog [type=submit]").click()
    expect(page.locator(".page .badge", has_text=dutch("In progress"))).to_be_visible()


@pytest.mark.parametrize("form", CALCULATED)
def test_a_press_that_has_begun_counts_when_the_page_answers_in_between(opened: Page, demo: Demo, form: str):
    """Leaving a field for the button makes the page calculate anew; the button stays the same one."""
    page = opened
    line, where, change, button = CALCULATED[form]
    page.goto(f"/sims/{line(demo).public_id}/{where}")
    answered(page, change)
    page.locator("[name=when][value=date]").check()
    page.locator("#id_date").fill("2020-01-01")
    settled(page)
    page.locator(button).hover()
    page.mouse.down()
    with page.expect_response(lambda answer: answer.request.method == "GET"):
        page.locator("#id_date").dispatch_event("change")
    settled(page)
    page.mouse.up()
    expect(page.locator("#errors")).to_be_visible()


def test_without_a_network_a_bar_says_so_until_it_is_back(opened: Page):
    page = opened
    page.goto("/sims/")
    page.wait_for_load_state("networkidle")
    page.context.set_offline(True)
    expect(page.locator(".offline")).to_have_text(dutch("No internet connection. What you see may be old."))
    page.context.set_offline(False)
    expect(page.locator(".offline")).to_have_count(0)


def test_a_double_click_sends_once(opened: Page, demo: Demo):
    page = opened
    line = demo.new
    sent: list[str] = []

    def note(request: Request) -> None:
        if request.method == "POST":
            sent.append(request.url)

    page.on("request", note)
    page.goto(f"/sims/{line.public_id}/")
    dialog_of(page, page.locator(".page__actions .btn--primary"))
    page.locator("#dialog [type=submit]").dblclick()
    expect(page.locator(".page .badge", has_text=dutch("In progress"))).to_be_visible()
    assert len(sent) == 1
    assert Order.objects.for_customer(demo.customer).filter(line=line).count() == 1

    sent.clear()
    before = Line.objects.for_customer(demo.customer).count()
    page.goto("/people/invite/")
    page.locator("[name=emails]").fill("collega@noordkaai.example")
    page.locator("main form .btn--primary").dblclick()
    expect(page.locator("main")).to_contain_text("collega@noordkaai.example")
    assert len(sent) == 1
    assert Line.objects.for_customer(demo.customer).count() == before


def test_the_palette_finds_by_keys_and_opens(opened: Page, demo: Demo):
    page = opened
    page.goto("/")
    page.keyboard.press("Control+k")
    field = page.locator("#palette-q")
    expect(field).to_be_focused()
    with page.expect_response("**/search/**"):
        field.press_sequentially(demo.new.subscriber.full_name)
    chosen = page.locator("#palette [aria-selected=true]")
    expect(chosen).to_contain_text(demo.new.subscriber.full_name)
    field.press("Enter")
    expect(page).to_have_url(re.compile(str(demo.new.public_id)))


def test_the_palette_opens_nothing_that_was_found_for_an_earlier_text(opened: Page, demo: Demo):
    page = opened
    page.goto("/")
    page.route("**/search/**", lambda route: route.continue_() if route.request.is_navigation_request() else None)
    page.keyboard.press("Control+k")
    page.locator("#palette-q").fill(demo.new.subscriber.full_name)
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=*")
    expect(page.locator("main")).to_contain_text(demo.new.subscriber.full_name)
