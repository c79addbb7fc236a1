"""An employee leaves: the overview, its questions, the departure and the list."""

from collections.abc import Iterator

from playwright.sync_api import Page, expect

from sims.enums import LineState
from tests.browser.demo import Demo


def leave(page: Page, demo: Demo) -> Iterator[str]:
    """From what happens unless somebody chooses otherwise to the checklist."""
    line = demo.line(state=LineState.ACTIVE, orders=None, subscriber__isnull=False)
    address = f"/sims/{line.public_id}/leave/"
    page.goto(address)
    yield "overview"
    for question in ("number", "origin", "notes"):
        page.goto(f"{address}{question}/")
        expect(page.locator("main h1")).to_be_visible()
        yield question
    page.goto(f"{address}number/")
    page.locator("[name=fate][value=reassign]").check()
    page.locator("main form .btn--primary").last.click()
    page.wait_for_url("**/colleague/")
    yield "colleague"
    page.goto(f"{address}number/")
    page.locator("[name=fate][value=suspend]").check()
    page.locator("main form .btn--primary").last.click()
    page.wait_for_url("**/leave/")
    page.locator("main .btn--primary[type=submit]").click()
    page.wait_for_url("**/departures/**")
    yield "departure"
    page.locator("main .page__actions a[href$='/move/']").click()
    expect(page.locator("#dialog [type=submit]")).to_be_visible()
    yield "another last day"
    page.goto("/sims/departures/")
    yield "list"
