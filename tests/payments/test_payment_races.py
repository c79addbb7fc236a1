"""Double click, webhook, redirect and sweep at once: one payment, booked once."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from billing.enums import PaymentState
from billing.models import Payment
from billing.services.payments import AlreadyUnderWay, settle_payment
from tests.audit.expect import expect_audit
from tests.payments.conftest import booked

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(calls):
    """Run the calls in threads that start together; their results, or what they raised of what may be."""
    barrier = Barrier(len(calls))

    def run(call):
        try:
            barrier.wait(10)
            return call()
        except AlreadyUnderWay as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result(timeout=30) for future in [pool.submit(run, call) for call in calls]]


def test_everything_that_can_tell_of_a_paid_payment_at_once_books_it_once(mollie, invoice, started, alice, client_for):
    payment = started(invoice)
    mollie.pay(payment.gateway_reference)
    browser = client_for(alice)
    check = reverse("payment_check", args=[payment.public_id])

    def webhook():
        return Client().post("/payments/webhook/", {"id": payment.gateway_reference}).status_code

    calls = [lambda: browser.post(check).status_code, lambda: settle_payment(payment=payment).state]
    results = at_once([webhook, *calls, webhook, *calls, webhook, *calls])

    assert set(results) <= {200, 303, PaymentState.PAID}
    assert booked(invoice) == [Decimal("121.00")]
    expect_audit("payment.paid", subject=payment)


def test_a_double_click_is_one_payment(mollie, invoice, started, noordkaai):
    key = uuid4()
    results = at_once([lambda: started(invoice, key=key)] * 4)
    assert {payment.pk for payment in results} == {Payment.objects.for_customer(noordkaai).get().pk}
    assert len(mollie.payments) == 1


def test_two_people_who_pay_the_same_invoice_start_one_payment(mollie, invoice, started, noordkaai):
    results = at_once([lambda: started(invoice)] * 4)
    assert sum(isinstance(result, AlreadyUnderWay) for result in results) == 3
    assert Payment.objects.for_customer(noordkaai).count() == len(mollie.payments) == 1


def test_an_older_answer_does_not_undo_a_newer_one(mollie, invoice, started):
    """Two look at once while money goes back; whoever comes last with the older answer asks again."""
    payment = started(invoice)
    mollie.pay(payment.gateway_reference)
    settle_payment(payment=payment)
    mollie.charge_back(payment.gateway_reference, Decimal(21))
    at_once([lambda: settle_payment(payment=payment)] * 4)
    assert booked(invoice) == [Decimal(121), Decimal(-21)]
