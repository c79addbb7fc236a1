"""On paper there is the table, not the buttons around it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.demo import Demo
from tests.browser.tours_usage import with_usage

pytestmark = pytest.mark.django_db(transaction=True)

CHROME = (".side", ".top", ".tabbar", ".page__actions", ".filters", ".views", ".tabs", ".t-check", ".t-act", ".back")


def hidden_on_paper(page: Page) -> None:
    for part in CHROME:
        for found in page.locator(part).all():
            expect(found, part).not_to_be_visible()


def test_usage_on_paper_has_chart_table_and_the_day_of_the_figures(
    demo: Demo, open_context: Callable, sign_in: Callable
):
    used = with_usage(demo)
    context = open_context(color_scheme="dark")
    sign_in(context, demo.owner)
    page = context.new_page()
    page.emulate_media(media="print")
    for path in (f"/sims/{used.public_id}/?tab=usage", "/usage/"):
        page.goto(path)
        hidden_on_paper(page)
        expect(page.locator(".card__foot .btn, .card__head form").first).not_to_be_visible()
        assert page.locator(".table").first.evaluate("e => getComputedStyle(e).display") == "table"
        expect(page.locator("main")).to_contain_text("Bijgewerkt op")
    page.goto(f"/sims/{used.public_id}/")
    expect(page.locator("#usage details table")).to_be_visible()
    expect(page.locator("#usage summary")).not_to_be_visible()
    page.goto(f"/sims/{used.public_id}/?tab=usage")
    expect(page.locator(".chart svg")).to_be_visible()
    assert page.locator(".c-bar").first.evaluate("e => getComputedStyle(e).fill") == "rgb(10, 95, 107)"


def test_list_and_line_on_paper(demo: Demo, open_context: Callable, sign_in: Callable):
    context = open_context(color_scheme="dark")
    sign_in(context, demo.owner)
    page = context.new_page()
    page.goto("/sims/")
    page.emulate_media(media="print")
    hidden_on_paper(page)
    table = page.locator(".table")
    assert table.evaluate("e => getComputedStyle(e).display") == "table"
    assert table.locator("thead").evaluate("e => getComputedStyle(e).display") == "table-header-group"
    expect(table.locator("tbody tr").first).to_contain_text("Actief")
    # Black on white, also for who works in the dark.
    assert page.locator("tbody .t-main").first.evaluate("e => getComputedStyle(e).color") == "rgb(16, 39, 46)"
    page.goto(f"/sims/{demo.active.public_id}/")
    hidden_on_paper(page)
    expect(page.locator("h1")).to_be_visible()
    expect(page.locator(".timeline").first).to_be_visible()
