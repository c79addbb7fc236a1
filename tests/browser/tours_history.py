"""Who had a number on a day."""

from collections.abc import Iterator

from playwright.sync_api import Page, expect

from tests.browser.demo import Demo


def history(page: Page, demo: Demo) -> Iterator[str]:
    """Of a line, of a number, and where nothing is known."""
    line = demo.active
    address = f"/sims/{line.public_id}/history/"
    page.goto(f"{address}?on=")
    expect(page.locator("table tbody tr").first).to_be_visible()
    yield "history of a line"
    page.goto(f"{address}?on=1995-01-01")
    yield "history, before the first day"
    page.goto(f"{address}?on=2999-01-01")
    expect(page.locator("#errors")).to_be_visible()
    yield "history, errors"
    page.goto("/sims/history/")
    page.locator("[name=number]").fill(line.number)
    page.locator("main form [type=submit]").first.click()
    expect(page.locator("table tbody tr").first).to_be_visible()
    yield "history of a number"
    page.goto("/sims/history/?number=0499000000")
    yield "history, number nobody had"
