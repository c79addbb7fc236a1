"""An overdue invoice, from the overview to the bank and back: paid, and given up half-way."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from billing.enums import PaymentState
from billing.models import Payment
from tests.browser.demo import Demo
from tests.browser.texts import dutch
from tests.browser.tours_pay import GO
from tests.payments.conftest import mollie, mollie_process
from tests.payments.mollie_server import MollieServer

__all__ = ["mollie", "mollie_process"]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def page(demo: Demo, open_context: Callable, sign_in: Callable, settings, served: str) -> Page:
    settings.PAYMENT_GATEWAY, settings.PAYMENT_STEP_UP_AMOUNT = "simulated", 10**9
    context = open_context()
    sign_in(context, demo.owner)
    return context.new_page()


def to_the_bank(page: Page) -> None:
    """From the overview to the page of the payment service, in two clicks."""
    page.goto("/")
    page.locator("main a[href*='/invoices/pay/']").first.click()
    page.wait_for_url("**/invoices/pay/**")
    page.locator(GO).click()
    page.wait_for_url("**/simulated/**")


def the_payment(demo: Demo) -> Payment:
    return Payment.objects.for_customer(demo.customer).latest("pk")


def left(payment: Payment) -> list:
    return [share.invoice.outstanding for share in payment.shares.select_related("invoice")]


def test_an_overdue_invoice_is_paid_from_the_overview(page: Page, demo: Demo):
    to_the_bank(page)
    expect(page.locator("main")).to_contain_text(dutch("This page stands in for a bank. No money moves."))
    page.locator("[name=result][value=paid]").click()
    page.wait_for_url("**/payments/*-*/")
    expect(page.locator(".badge[data-state=paid]")).to_be_visible()
    payment = the_payment(demo)
    assert payment.state == PaymentState.PAID
    assert set(left(payment)) == {0}
    page.goto("/")
    expect(page.locator("main a[href*='/invoices/pay/']")).to_have_count(0)


def test_a_payment_the_bank_takes_its_time_for_is_waited_for_by_the_page(page: Page, demo: Demo, settings):
    settings.SIMULATED_PAYMENT_SECONDS = 0.5
    to_the_bank(page)
    page.locator("[name=result][value=later]").click()
    expect(page.locator(".badge[data-state=paid]")).to_be_visible(timeout=20_000)
    assert the_payment(demo).state == PaymentState.PAID


def test_a_payment_given_up_half_way_leaves_everything_as_it_was_and_can_be_taken_up_again(page: Page, demo: Demo):
    to_the_bank(page)
    page.locator("[name=result][value=cancelled]").click()
    page.wait_for_url("**/payments/*-*/")
    expect(page.locator("h1")).to_have_text(dutch("Payment cancelled"))
    first = the_payment(demo)
    assert all(left(first))

    # Again, and this time he just walks away from the page of the bank.
    page.get_by_role("link", name=dutch("Pay again")).click()
    page.locator(GO).click()
    page.wait_for_url("**/simulated/**")
    page.goto("/")
    page.locator("main a[href*='/invoices/pay/']").first.click()
    page.get_by_role("link", name=dutch("Continue or cancel it")).click()
    expect(page.locator("h1")).to_have_text(dutch("Not paid yet"))
    page.get_by_role("button", name=dutch("Cancel payment")).click()
    expect(page.locator("h1")).to_have_text(dutch("Payment cancelled"))
    second = the_payment(demo)
    assert second != first
    assert second.state == PaymentState.CANCELLED
    assert all(left(second))


def test_the_way_to_another_host_and_back_breaks_no_policy(
    demo: Demo, open_context: Callable, sign_in: Callable, settings, mollie: MollieServer
):
    """A form that is answered with a redirect to a payment page would be stopped: its policy follows redirects."""
    settings.PAYMENT_STEP_UP_AMOUNT = 10**9
    context = open_context(answers=(401, 404))
    sign_in(context, demo.owner)
    page = context.new_page()
    page.goto("/invoices/pay/")
    page.locator(GO).click()
    page.wait_for_url(f"{mollie.url}/checkout/*")
    [reference] = mollie.payments
    mollie.pay(reference)
    page.goto(mollie.payments[reference]["redirectUrl"])
    expect(page.locator(".badge[data-state=paid]")).to_be_visible(timeout=20_000)
    assert set(left(the_payment(demo))) == {0}
