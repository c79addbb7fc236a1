"""The webhook: unsigned, so nothing it says is believed and everything it does is ask."""

from decimal import Decimal

import pytest
from django.core.cache import cache
from django.test import Client

from tests.payments.conftest import booked

pytestmark = pytest.mark.django_db

HOOK = "/payments/webhook/"


@pytest.fixture
def sent():
    """A call without cookies or token, as the payment service makes it."""
    cache.clear()
    client = Client(enforce_csrf_checks=True)
    return lambda **data: client.post(HOOK, data).status_code


def test_a_paid_payment_is_booked_once_however_often_it_is_told(mollie, invoice, started, sent):
    payment = started(invoice)
    mollie.pay(payment.gateway_reference)
    assert {sent(id=payment.gateway_reference) for _time in range(50)} == {200}
    assert booked(invoice) == [Decimal("121.00")]


def test_what_the_call_says_counts_for_nothing(mollie, invoice, started, sent):
    payment = started(invoice)
    assert sent(id=payment.gateway_reference, status="paid", amount="121.00") == 200
    assert booked(invoice) == []


@pytest.mark.parametrize("reference", ["tr_unknown12", "", "tr_", "../v2/methods", "tr_a/../../b", "tr_" + "a" * 500])
def test_an_unknown_id_changes_nothing_and_is_not_asked_about(mollie, invoice, started, sent, reference):
    payment = started(invoice)
    mollie.pay(payment.gateway_reference)
    before = len(mollie.calls)
    assert sent(id=reference) == 200
    assert len(mollie.calls) == before
    assert booked(invoice) == []


@pytest.mark.parametrize("fault", ["before", "500", "429"])
def test_what_could_not_be_checked_is_to_be_sent_again(mollie, invoice, started, sent, fault):
    payment = started(invoice)
    mollie.pay(payment.gateway_reference)
    mollie.faults.append(fault)
    assert sent(id=payment.gateway_reference) == 503
    assert booked(invoice) == []
    assert sent(id=payment.gateway_reference) == 200
    assert booked(invoice) == [Decimal("121.00")]


def test_an_answer_that_does_not_fit_is_not_asked_for_again(mollie, invoice, started, sent):
    payment = started(invoice)
    mollie.pay(payment.gateway_reference)
    mollie.payments[payment.gateway_reference]["amount"]["value"] = "0.01"
    assert sent(id=payment.gateway_reference) == 200
    assert booked(invoice) == []


def test_a_large_call_is_not_read(mollie, invoice, started, sent):
    assert sent(id="x" * 2000) == 413


def test_it_is_only_posted(mollie):
    assert Client().get(HOOK).status_code == 405


def test_too_many_calls_are_put_off(mollie, settings, sent):
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "payment_webhook": "2/m/ip"}
    assert [sent(id="tr_unknown12") for _time in range(4)] == [200, 200, 429, 429]
