"""Requests, planning and the way from a task to its line."""

from collections.abc import Iterator

from playwright.sync_api import Page, expect

from sims.enums import LineState, OrderKind, OrderState
from sims.models import Order
from tests.browser.demo import Demo


def dialog(page: Page) -> None:
    expect(page.locator("#dialog[open] #dialog-title")).to_be_visible()


def requests(page: Page, demo: Demo) -> Iterator[str]:
    """Who decides: every tab, declining, cancelling."""
    for query in ("", "?view=approval", "?view=wrong", "?view=all", "?q=qqqqqq"):
        page.goto(f"/sims/requests/{query}")
        yield f"requests {query}"
    page.goto("/sims/requests/?view=approval")
    page.locator("a[href$='/decline/']").first.click()
    dialog(page)
    yield "decline"
    page.locator("#dialog [type=submit]").click()
    expect(page.locator("#dialog #errors")).to_be_visible()
    yield "decline, errors"
    waiting = Order.objects.for_customer(demo.customer).filter(state=OrderState.AWAITING_APPROVAL).first()
    page.goto(f"/sims/{waiting.line.public_id}/")
    yield "line with a request for approval"


def planning(page: Page, demo: Demo) -> Iterator[str]:
    """The list with ticked changes, the month, the calendar address."""
    page.goto("/sims/planning/")
    yield "planning"
    page.locator("[name=sel]").first.check()
    expect(page.locator("#bulk")).to_be_visible()
    yield "planning, one ticked"
    page.locator("#bulk [type=submit]").first.click()
    dialog(page)
    yield "planning, move"
    page.locator("#dialog .dialog__foot [data-close]").click()
    page.locator("#bulk [type=submit]").nth(1).click()
    dialog(page)
    yield "planning, cancel"
    page.goto("/sims/planning/?view=month")
    yield "planning, month"
    page.locator("a[href*='planning/calendar']").click()
    dialog(page)
    yield "calendar address"
    page.locator("#dialog [type=submit]").click()
    expect(page.locator("#feed-url")).to_be_visible()
    yield "calendar address, made"


def blocking(page: Page, demo: Demo) -> Iterator[str]:
    """Choosing a line, blocking it, lifting a block."""
    page.goto("/sims/choose/block/")
    yield "choose a line"
    page.locator("main .row a.btn").first.click()
    dialog(page)
    yield "block"
    page.locator("#dialog [name=until]").fill("2020-01-01")
    page.locator("#dialog [type=submit]").click()
    expect(page.locator("#dialog #errors")).to_be_visible()
    yield "block, errors"
    page.goto("/sims/choose/block/?q=qqqqqq")
    yield "choose a line, none found"
    blocked = demo.line(state=LineState.SUSPENDED)
    page.goto(f"/sims/{blocked.public_id}/")
    page.locator("a[href$='/unblock/']:visible").first.click()
    dialog(page)
    yield "unblock"
    for what in ("block", "unblock"):
        page.goto(f"/sims/{blocked.public_id}/{what}/")
        yield f"{what}, page"
    page.goto(f"/sims/{demo.active.public_id}/")
    page.locator("[popovertarget=line-more]").click()
    yield "line, menu"


def requester(page: Page, demo: Demo) -> Iterator[str]:
    """Who may only ask."""
    order = Order.objects.for_customer(demo.customer).filter(kind=OrderKind.BLOCK).first()
    for path in ("/", "/sims/requests/", "/sims/planning/", f"/sims/{order.line.public_id}/"):
        page.goto(path)
        yield f"requester {path}"
