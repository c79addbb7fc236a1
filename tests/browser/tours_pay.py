"""Paying invoices at the simulated payment service, with each end it can take."""

from collections.abc import Iterator
from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import Page, expect

from billing.enums import PaymentState
from tests import factories
from tests.browser.demo import Demo

GO = ".pay__go"


def paying(page: Page, demo: Demo) -> Iterator[str]:
    """The choice of how, the page of the service, and what one comes back to."""
    # Nothing is looked up while the page is looked at.
    page.route("**/check/", lambda route: None)
    today = timezone.localdate()
    late = factories.InvoiceFactory(customer=demo.customer, due_on=today - timedelta(days=9))
    collected = factories.InvoiceFactory(customer=demo.customer, is_direct_debit=True)
    page.goto("/invoices/pay/")
    yield "pay all that is due"
    page.goto(f"/invoices/pay/?invoice={collected.public_id}")
    yield "pay what is collected"
    page.locator(GO).click()
    expect(page.locator("#errors")).to_be_visible()
    yield "pay what is collected, errors"
    page.goto(f"/invoices/pay/transfer/?invoice={late.public_id}&invoice={collected.public_id}")
    yield "bank transfer"
    page.goto(f"/invoices/pay/?invoice={late.public_id}")
    page.locator(GO).click()
    page.wait_for_url("**/simulated/**")
    yield "simulated payment page"
    page.goto(f"/invoices/pay/?invoice={late.public_id}")
    yield "pay, one is under way"
    for state in PaymentState:
        paid_at = timezone.now() if state == PaymentState.PAID else None
        payment = factories.PaymentFactory(customer=demo.customer, state=state, paid_at=paid_at, reason="Card refused")
        page.goto(f"/payments/{payment.public_id}/")
        yield f"payment {state}"
    page.goto(payment.checkout_url)
    yield "simulated payment page, over"


def nothing_due(page: Page, demo: Demo) -> Iterator[str]:
    page.goto("/invoices/pay/")
    yield "nothing to pay"
    page.goto("/invoices/pay/transfer/")
    yield "nothing to transfer"
