"""What nobody told the portal it finds by itself: the sweep of open payments, and the nightly comparison."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone

from billing import tasks
from billing.enums import PaymentState
from billing.gateways.mollie import MollieGateway
from billing.models import Invoice, Payment
from billing.services.payments import due_payments, settle_payment
from billing.services.reconciling import reconcile
from tests import factories
from tests.payments.conftest import booked

pytestmark = pytest.mark.django_db

LATER = timedelta(minutes=2)


def in_time(delta):
    return time_machine.travel(timezone.now() + delta, tick=True)


@pytest.fixture
def sent(monkeypatch):
    """Keys of the payments a worker was told to look at."""
    keys = []
    monkeypatch.setattr(tasks, "wake", lambda _task, key, **_more: keys.append(key))
    return keys


def test_an_open_payment_is_looked_at_and_then_less_and_less_often(mollie, invoice, started, sent):
    payment = started(invoice)
    tasks.sweep_payments()
    assert sent == []
    with in_time(LATER):
        tasks.sweep_payments()
        tasks.sweep_payments()
        assert sent == [payment.pk], "claimed, so that the next sweep leaves it"
        tasks.settle_payment(payment.pk)
        payment.refresh_from_db()
        assert payment.check_at > timezone.now() + timedelta(minutes=1)


def test_a_payment_that_was_paid_without_a_word_is_found(mollie, invoice, started):
    payment = started(invoice)
    mollie.pay(payment.gateway_reference)
    tasks.settle_payment(payment.pk)
    assert booked(invoice) == [Decimal("121.00")]
    payment.refresh_from_db()
    assert payment.check_at is None


def test_the_sweep_looks_right_after_the_payment_expires(mollie, invoice, started):
    payment = started(invoice)
    payment.checks = 9
    payment.save()
    tasks.settle_payment(payment.pk)
    payment.refresh_from_db()
    assert payment.expires_at < payment.check_at < payment.expires_at + timedelta(minutes=1)


def test_a_service_that_is_busy_is_asked_when_it_said(mollie, invoice, started):
    payment = started(invoice)
    mollie.faults.append("429")
    tasks.settle_payment(payment.pk)
    payment.refresh_from_db()
    assert timezone.now() < payment.check_at < timezone.now() + timedelta(seconds=8)


def test_a_service_without_an_answer_is_asked_again(mollie, invoice, started):
    payment = started(invoice)
    mollie.faults.append("before")
    tasks.settle_payment(payment.pk)
    with in_time(timedelta(minutes=3)):
        assert due_payments(limit=10, lease=LATER) == [payment.pk]


def test_the_comparison_takes_over_what_was_missed(mollie, noordkaai, started):
    invoices = [factories.InvoiceFactory(customer=noordkaai) for _n in range(5)]
    payments = [started(each) for each in invoices]
    for payment in payments[:4]:
        mollie.pay(payment.gateway_reference)
    mollie.charge_back(payments[0].gateway_reference, Decimal(21))
    findings = reconcile(service=MollieGateway(), since=timezone.now() - timedelta(days=1))
    assert (findings.compared, findings.adopted, findings.strange) == (5, [], [])
    assert [sum(booked(each)) for each in invoices] == [100, 121, 121, 121, 0]


def test_the_comparison_adopts_a_payment_whose_beginning_was_lost(mollie, invoice, started):
    mollie.faults.append("after")
    payment = started(invoice)
    findings = reconcile(service=MollieGateway(), since=timezone.now() - timedelta(days=1))
    payment.refresh_from_db()
    assert findings.adopted == [payment.gateway_reference] == ["tr_0000000001"]
    assert payment.state == PaymentState.OPEN


def test_the_comparison_names_what_is_nobody_s_and_books_nothing_of_it(mollie, invoice, started):
    payment = started(invoice)
    mollie.pay(payment.gateway_reference)
    Payment.objects.for_customer(invoice.customer).filter(pk=payment.pk).update(gateway_reference="tr_another1")
    findings = reconcile(service=MollieGateway(), since=timezone.now() - timedelta(days=1))
    assert findings.strange == ["tr_0000000001"]
    assert booked(invoice) == []


def test_the_comparison_names_sums_that_are_wrong(mollie, invoice, started, noordkaai):
    payment = started(invoice)
    mollie.pay(payment.gateway_reference)
    settle_payment(payment=payment)
    Invoice.objects.for_customer(noordkaai).filter(pk=invoice.pk).update(paid=5)
    Payment.objects.for_customer(noordkaai).filter(pk=payment.pk).update(amount=Decimal(130))
    findings = reconcile(service=MollieGateway(), since=timezone.now() + timedelta(days=1))
    assert findings.wrong_invoices == [invoice.number]
    assert findings.wrong_payments == [payment.gateway_reference]


def test_the_task_compares_with_the_service_in_use(mollie, invoice, started, settings):
    payment = started(invoice)
    mollie.pay(payment.gateway_reference)
    tasks.reconcile_payments()
    assert booked(invoice) == [Decimal("121.00")]
    settings.PAYMENT_GATEWAY = "none"
    tasks.reconcile_payments()
