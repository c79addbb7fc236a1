"""Steps that several tests take. Each waits for what it leads to: the address, or what only then is on the page."""

from playwright.sync_api import Locator, Page, expect

from sims.models import Line


def follow(page: Page, link: Locator, address: str) -> None:
    """Press what leads to another page and wait until that one and its scripts are there."""
    link.click()
    page.wait_for_url(address)


def dialog_of(page: Page, opener: Locator) -> None:
    """Press what opens the dialog and wait for it."""
    opener.first.click()
    expect(page.locator("#dialog[open] #dialog-title")).to_be_visible()


def find_in_palette(page: Page, line: Line, text: str) -> None:
    """Open the palette and type: after that Enter leads to this line."""
    page.keyboard.press("Control+k")
    page.locator("#palette-q").fill(text)
    expect(page.locator("#palette [aria-selected=true]")).to_have_attribute("href", f"/sims/{line.public_id}/")


def settled(page: Page) -> None:
    """No part of the page is on its way or being put in."""
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)


def answered(page: Page, box: str) -> None:
    """Press what the page answers with its live parts, and wait until they are there."""
    with page.expect_response(lambda answer: answer.request.headers.get("hx-request") == "true"):
        page.locator(box).first.click()
    settled(page)
