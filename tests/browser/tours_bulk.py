"""A walk along bulk changes: the dialog with its live dry run, line by line, progress and outcome, workbooks."""

from collections.abc import Iterator

from playwright.sync_api import Page, expect

from tests.browser.demo import Demo


def bulk(page: Page, demo: Demo) -> Iterator[str]:
    """From no bulk change to one that was applied."""
    page.goto("/sims/bulk/")
    yield "no bulk changes"
    page.goto("/sims/bulk/upload/plan/")
    yield "workbook"
    page.locator("main form [type=submit]").first.click()
    expect(page.locator("#errors")).to_be_visible()
    yield "workbook, errors"
    chosen = f"scope=selection&sel={demo.active.public_id}"
    for change in ("plan", "options", "barrings", "block", "unblock", "cost_centre", "end"):
        page.goto(f"/sims/bulk/new/{change}/?{chosen}")
        yield f"many lines, {change}"
    page.goto(f"/sims/bulk/new/block/?{chosen}")
    expect(page.locator("#bulk-preview .notice")).to_be_visible()
    yield "live dry run"
    page.locator("[name=step][value=check]").click()
    page.wait_for_url("**/bulk/*-*/")
    yield "dry run, line by line"
    page.locator("form[action$='/apply/'] [type=submit]").click()
    expect(page.locator("a[href$='/cancel/']")).to_be_visible()
    yield "applied"
    page.goto(page.url + "cancel/")
    yield "cancel what is not sent"
    page.goto("/sims/bulk/")
    yield "list of bulk changes"
