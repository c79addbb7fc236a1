"""On paper there is the table, not the buttons around it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.demo import Demo

pytestmark = pytest.mark.django_db(transaction=True)

CHROME = (".side", ".top", ".tabbar", ".page__actions", ".filters", ".views", ".tabs", ".t-check", ".t-act", ".back")


def hidden_on_paper(page: Page) -> None:
    for part in CHROME:
        for found in page.locator(part).all():
            expect(found, part).not_to_be_visible()


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
