"""The list of invoices and one of them, for who pays, who only reads and who has none yet."""

from collections.abc import Iterator

from playwright.sync_api import Page, expect

from billing.enums import InvoiceKind
from billing.models import Invoice
from tests.browser.demo import Demo


def invoices(page: Page, demo: Demo) -> Iterator[str]:
    page.goto("/invoices/")
    yield "invoices"
    page.locator(".costs summary").click()
    yield "invoices, costs as a table"
    page.locator("[name=invoice]:visible").first.check()
    expect(page.locator("#bulk")).to_be_visible()
    yield "invoices, one selected"
    page.goto("/invoices/?view=paid&q=2026&sort=-amount")
    yield "invoices, narrowed and sorted"
    page.goto("/invoices/?q=nothing+like+this")
    yield "invoices, no match"
    page.goto("/invoices/?view=overdue")
    page.locator("#documents .t-main").first.click()
    expect(page.locator("#charges tbody tr").first).to_be_visible()
    yield "invoice that is overdue"
    page.locator(".views a[href*='view=centres']").click()
    expect(page.locator(".views [aria-current]")).to_have_text("Per kostenplaats")
    yield "invoice, per cost centre"
    page.locator(".views a[href*='view=lines']").click()
    expect(page.locator(".views [aria-current]")).to_have_text("Alle lijnen")
    yield "invoice, all lines"
    page.locator("#q").fill("nothing like this")
    expect(page.locator("#rows .empty")).to_be_visible()
    yield "invoice, no line found"
    credit = Invoice.objects.for_customer(demo.customer).filter(kind=InvoiceKind.CREDIT_NOTE).first()
    page.goto(f"/invoices/{credit.public_id}/")
    yield "credit note"
    line = demo.active
    page.goto(f"/sims/{line.public_id}/?tab=billing")
    expect(page.locator("#h-invoices")).to_be_visible()
    yield "invoices of a line"


def reader(page: Page, demo: Demo) -> Iterator[str]:
    page.goto("/invoices/")
    expect(page.locator("#bulk")).to_have_count(0)
    yield "invoices, without paying"


def newcomer(page: Page, demo: Demo) -> Iterator[str]:
    page.goto("/invoices/")
    yield "no invoices yet"
