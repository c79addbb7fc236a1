"""Paying through Mollie: every answer it can give, and every one that gets lost, books money once or not at all."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone

from billing.enums import AuditKind, PaymentProblem, PaymentState
from billing.gateways.base import Busy, GatewayError, Rejected, Uncertain
from billing.models import Payment, PaymentShare
from billing.services.payments import AlreadyUnderWay, cancel_payment, settle_payment
from fleetportal.audit.actors import Actor
from fleetportal.notifications.models import Notification
from fleetportal.web.errors import Refusal
from tests import factories
from tests.audit.expect import expect_audit
from tests.payments.conftest import booked

pytestmark = pytest.mark.django_db

FULL = Decimal("121.00")


def test_a_payment_is_asked_for_with_amount_key_and_what_it_is_for(mollie, invoice, started, noordkaai, settings):
    settings.PORTAL_URL = "https://portal.example"
    payment = started(invoice)
    asked = mollie.payments[payment.gateway_reference]
    assert asked["amount"] == {"currency": "EUR", "value": "121.00"}
    assert asked["metadata"] == {"payment_id": str(payment.public_id)}
    assert asked["method"] == "bancontact"
    assert asked["redirectUrl"] == f"https://portal.example/payments/{payment.public_id}/"
    assert asked["webhookUrl"] == "https://portal.example/payments/webhook/"
    assert invoice.number in asked["description"]
    assert mollie.headers[-1]["Idempotency-Key"] == str(payment.idempotency_key)
    assert (payment.state, payment.checkout_url) == (PaymentState.OPEN, asked["_links"]["checkout"]["href"])
    expect_audit(AuditKind.PAYMENT_STARTED, customer=noordkaai, subject=payment)


def test_a_paid_payment_is_booked_and_told(mollie, invoice, started, noordkaai, alice):
    payment = started(invoice)
    mollie.pay(payment.gateway_reference)
    payment = settle_payment(payment=payment)
    assert payment.state == PaymentState.PAID
    assert payment.check_at is None
    assert booked(invoice) == [FULL]
    assert invoice.outstanding == 0
    expect_audit(AuditKind.PAYMENT_PAID, customer=noordkaai, subject=payment)
    told = Notification.objects.for_customer(noordkaai).get(user=alice)
    assert told.event == "billing.payment_paid"


def test_asking_again_and_again_books_nothing_more(mollie, invoice, started):
    payment = started(invoice)
    mollie.pay(payment.gateway_reference)
    for _time in range(3):
        settle_payment(payment=payment)
    assert booked(invoice) == [FULL]


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("failed", PaymentState.FAILED),
        ("canceled", PaymentState.CANCELLED),
        ("expired", PaymentState.EXPIRED),
    ],
)
def test_an_ended_payment_frees_its_invoices(mollie, invoice, started, status, state):
    payment = started(invoice)
    mollie.end(payment.gateway_reference, status)
    payment = settle_payment(payment=payment)
    assert payment.state == state
    assert payment.reason == ("Not enough money." if status == "failed" else "")
    assert booked(invoice) == []
    assert started(invoice).state == PaymentState.OPEN


def test_each_end_is_on_record(mollie, started, noordkaai):
    for status in ("failed", "canceled", "expired"):
        payment = started(factories.InvoiceFactory(customer=noordkaai))
        mollie.end(payment.gateway_reference, status)
        settle_payment(payment=payment)
    failed, cancelled, expired = Payment.objects.for_customer(noordkaai).order_by("pk")
    expect_audit(AuditKind.PAYMENT_FAILED, customer=noordkaai, subject=failed)
    expect_audit(AuditKind.PAYMENT_CANCELLED, customer=noordkaai, subject=cancelled)
    expect_audit(AuditKind.PAYMENT_EXPIRED, customer=noordkaai, subject=expired)


def test_pending_and_authorized_are_waited_for(mollie, invoice, started):
    payment = started(invoice)
    for status in ("pending", "authorized"):
        mollie.payments[payment.gateway_reference]["status"] = status
        assert settle_payment(payment=payment).state == PaymentState.PENDING
    mollie.pay(payment.gateway_reference)
    settle_payment(payment=payment)
    assert booked(invoice) == [FULL]


def test_an_expired_payment_that_is_paid_after_all_counts(mollie, invoice, started):
    payment = started(invoice)
    mollie.end(payment.gateway_reference, "expired")
    settle_payment(payment=payment)
    mollie.payments[payment.gateway_reference] |= {"status": "paid", "paidAt": timezone.now().isoformat()}
    assert settle_payment(payment=payment).state == PaymentState.PAID
    assert booked(invoice) == [FULL]


def test_paid_stays_paid_whatever_is_said_later(mollie, invoice, started):
    payment = started(invoice)
    mollie.pay(payment.gateway_reference)
    settle_payment(payment=payment)
    mollie.payments[payment.gateway_reference]["status"] = "expired"
    assert settle_payment(payment=payment).state == PaymentState.PAID
    assert booked(invoice) == [FULL]


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("amount", {"currency": "EUR", "value": "1.21"}, PaymentProblem.AMOUNT),
        ("amount", {"currency": "USD", "value": "121.00"}, PaymentProblem.CURRENCY),
        ("mode", "live", PaymentProblem.MODE),
        ("metadata", {"payment_id": str(uuid4())}, PaymentProblem.METADATA),
        ("metadata", None, PaymentProblem.METADATA),
        ("metadata", "text", PaymentProblem.METADATA),
    ],
)
def test_an_answer_that_does_not_fit_books_nothing(mollie, invoice, started, noordkaai, field, value, problem):
    payment = started(invoice)
    mollie.pay(payment.gateway_reference)
    mollie.payments[payment.gateway_reference][field] = value
    for _time in range(2):
        payment = settle_payment(payment=payment)
    assert (payment.state, payment.problem) == (PaymentState.OPEN, problem)
    assert booked(invoice) == []
    expect_audit(AuditKind.PAYMENT_DOUBTED, customer=noordkaai, subject=payment)
    with pytest.raises(AlreadyUnderWay):
        started(invoice)


def test_a_doubt_ends_when_the_answer_fits(mollie, invoice, started):
    payment = started(invoice)
    mollie.pay(payment.gateway_reference)
    mollie.payments[payment.gateway_reference]["mode"] = "live"
    settle_payment(payment=payment)
    mollie.payments[payment.gateway_reference]["mode"] = "test"
    payment = settle_payment(payment=payment)
    assert (payment.state, payment.problem) == (PaymentState.PAID, "")
    assert booked(invoice) == [FULL]


def test_a_payment_the_service_does_not_know_is_doubted(mollie, invoice, started):
    payment = started(invoice)
    mollie.payments.clear()
    assert settle_payment(payment=payment).problem == PaymentProblem.MISSING
    assert booked(invoice) == []


@pytest.mark.parametrize("fault", ["before", "after", "500", "503", "429", "garbage"])
def test_a_beginning_without_an_answer_becomes_one_payment(mollie, invoice, started, fault):
    mollie.faults.append(fault)
    payment = started(invoice)
    assert (payment.state, payment.checkout_url) == (PaymentState.NEW, "")
    payment = settle_payment(payment=payment)
    assert payment.state == PaymentState.OPEN
    assert payment.checkout_url
    assert list(mollie.payments) == [payment.gateway_reference]


def test_a_lost_beginning_is_looked_up_once_keys_are_forgotten(mollie, invoice, started, noordkaai):
    mollie.faults.append("after")
    payment = started(invoice)
    for number in range(4):
        started(factories.InvoiceFactory(customer=noordkaai, number=f"later-{number}"))
    mollie.replays.clear()
    with time_machine.travel(timezone.now() + timedelta(minutes=70), tick=True):
        payment = settle_payment(payment=payment)
    assert (payment.state, payment.gateway_reference) == (PaymentState.OPEN, "tr_0000000001")
    assert len(mollie.payments) == 5


def test_a_beginning_that_never_arrived_ends_and_frees_the_invoice(mollie, invoice, started):
    mollie.faults.append("before")
    payment = started(invoice)
    with time_machine.travel(timezone.now() + timedelta(minutes=70), tick=True):
        assert settle_payment(payment=payment).state == PaymentState.FAILED
    assert mollie.payments == {}
    assert not PaymentShare.objects.for_customer(invoice.customer).filter(is_open=True).exists()


def test_a_refused_beginning_ends_with_the_words_of_the_service(mollie, noordkaai, started):
    large = factories.InvoiceFactory(customer=noordkaai, net=Decimal(50_000), vat=Decimal(10_500))
    payment = started(large)
    assert payment.state == PaymentState.FAILED
    assert payment.reason == "The amount is higher than the maximum."
    assert settle_payment(payment=payment).state == PaymentState.FAILED


def test_a_wrong_key_refuses_the_beginning_and_is_not_told(mollie, invoice, started, settings, caplog):
    settings.MOLLIE_API_KEY = "test_somethingelse12345"
    payment = started(invoice)
    assert payment.state == PaymentState.FAILED
    assert "somethingelse" not in caplog.text + payment.reason


@pytest.mark.parametrize(
    ("fault", "error"), [("before", Uncertain), ("500", Uncertain), ("garbage", Uncertain), ("429", Busy)]
)
def test_a_payment_that_cannot_be_asked_about_stays_as_it_is(mollie, invoice, started, fault, error):
    payment = started(invoice)
    mollie.pay(payment.gateway_reference)
    mollie.faults.append(fault)
    with pytest.raises(error):
        settle_payment(payment=payment)
    payment.refresh_from_db()
    assert payment.state == PaymentState.OPEN
    settle_payment(payment=payment)
    assert booked(invoice) == [FULL]


def test_how_long_to_wait_is_what_the_service_asked(mollie, invoice, started):
    payment = started(invoice)
    mollie.faults.append("429")
    with pytest.raises(Busy) as busy:
        settle_payment(payment=payment)
    assert busy.value.retry_after == 7


def test_the_same_form_twice_is_the_same_payment(mollie, invoice, started):
    key = uuid4()
    assert started(invoice, key=key) == started(invoice, key=key)
    assert len(mollie.payments) == 1


def test_an_invoice_has_one_open_payment(mollie, invoice, started, noordkaai):
    payment = started(invoice)
    other = factories.InvoiceFactory(customer=noordkaai)
    with pytest.raises(AlreadyUnderWay) as under_way:
        started(other, invoice)
    assert under_way.value.payment == payment
    assert started(other).state == PaymentState.OPEN


def test_several_invoices_are_paid_at_once(mollie, noordkaai, started):
    invoices = [factories.InvoiceFactory(customer=noordkaai, net=Decimal(net), vat=0) for net in (10, 20, 30)]
    payment = started(*invoices)
    assert payment.amount == 60
    mollie.pay(payment.gateway_reference)
    settle_payment(payment=payment)
    assert [booked(each) for each in invoices] == [[10], [20], [30]]


def test_only_what_is_left_is_paid(mollie, invoice, started):
    invoice.credited = Decimal("21.00")
    invoice.save()
    payment = started(invoice)
    assert payment.amount == 100


@pytest.mark.parametrize("total", ["120.99", "121.01", "0.01"])
def test_an_amount_other_than_what_is_due_is_refused(mollie, invoice, started, total):
    with pytest.raises(Refusal):
        started(invoice, total=Decimal(total))
    assert mollie.payments == {}


def test_a_paid_invoice_is_not_paid_again(mollie, invoice, started):
    payment = started(invoice)
    mollie.pay(payment.gateway_reference)
    settle_payment(payment=payment)
    with pytest.raises(Refusal):
        started(invoice)


def test_a_cancelled_payment_can_be_started_again(mollie, invoice, started, alice, noordkaai):
    payment = started(invoice, method="creditcard")
    assert cancel_payment(payment=payment, by=Actor.user(alice)).state == PaymentState.CANCELLED
    expect_audit(AuditKind.PAYMENT_CANCELLED, customer=noordkaai, subject=payment, by=alice)
    assert started(invoice).state == PaymentState.OPEN


def test_cancelling_what_was_paid_meanwhile_books_it(mollie, invoice, started, alice):
    payment = started(invoice, method="creditcard")
    mollie.pay(payment.gateway_reference)
    assert cancel_payment(payment=payment, by=Actor.user(alice)).state == PaymentState.PAID
    assert booked(invoice) == [FULL]


def test_a_method_that_cannot_be_cancelled_from_outside_says_what_to_do(mollie, invoice, started, alice):
    payment = started(invoice, method="bancontact")
    with pytest.raises(Refusal, match="page of the bank"):
        cancel_payment(payment=payment, by=Actor.user(alice))
    payment.refresh_from_db()
    assert payment.state == PaymentState.OPEN


def test_a_cancelling_without_an_answer_is_settled_by_asking(mollie, invoice, started, alice):
    payment = started(invoice, method="creditcard")
    mollie.faults.append("after")
    with pytest.raises(Refusal):
        cancel_payment(payment=payment, by=Actor.user(alice))
    assert settle_payment(payment=payment).state == PaymentState.CANCELLED


def test_a_service_that_is_no_longer_set_up_is_not_asked(mollie, invoice, started, settings):
    payment = started(invoice)
    settings.MOLLIE_API_KEY = ""
    with pytest.raises(Rejected):
        settle_payment(payment=payment)
    assert issubclass(Rejected, GatewayError)


def test_money_goes_back_from_the_last_invoice_first(mollie, noordkaai, started):
    first, last = (factories.InvoiceFactory(customer=noordkaai, net=Decimal(10), vat=0) for _n in "12")
    payment = started(first, last)
    mollie.pay(payment.gateway_reference)
    mollie.charge_back(payment.gateway_reference, Decimal(12))
    payment = settle_payment(payment=payment)
    assert (booked(first), booked(last)) == ([10, -2], [10, -10])
    mollie.charge_back(payment.gateway_reference, Decimal(-5))
    settle_payment(payment=payment)
    assert (booked(first), booked(last)) == ([10, -2, 2], [10, -10, 3])
    expect_audit(AuditKind.PAYMENT_GIVEN_BACK, customer=noordkaai, subject=payment, count=2)


def test_what_comes_back_at_once_with_the_payment_is_booked_too(mollie, invoice, started):
    payment = started(invoice)
    mollie.pay(payment.gateway_reference)
    mollie.charge_back(payment.gateway_reference, FULL)
    payment = settle_payment(payment=payment)
    assert payment.state == PaymentState.PAID
    assert booked(invoice) == [FULL, -FULL]
    assert invoice.outstanding == FULL
