"""Giving money back: asked once, booked from what the payment service then says, and only as much as there is."""

from decimal import Decimal

import pytest

from billing.enums import AuditKind, RefundState
from billing.models import PaymentRefund
from billing.services.payments import settle_payment
from billing.services.refunds import clear_refund, refund_payment
from fleetportal.audit.actors import Actor
from fleetportal.web.errors import Refusal
from tests.audit.expect import expect_audit
from tests.payments.conftest import booked

pytestmark = pytest.mark.django_db

STAFF = Actor.ops("test")
FULL = Decimal("121.00")


@pytest.fixture
def paid(mollie, invoice, started):
    payment = started(invoice)
    mollie.pay(payment.gateway_reference)
    return settle_payment(payment=payment)


def give_back(payment, amount):
    return refund_payment(payment=payment, amount=Decimal(amount), note="Wrong invoice", by=STAFF)


def test_a_refund_goes_back_from_the_invoice(mollie, invoice, paid, noordkaai):
    refund = give_back(paid, 21)
    assert (refund.state, refund.gateway_reference) == (RefundState.ASKED, "re_00000001")
    assert booked(invoice) == [FULL, Decimal(-21)]
    assert invoice.outstanding == 21
    expect_audit(AuditKind.REFUND_ASKED, customer=noordkaai, subject=paid)
    expect_audit(AuditKind.PAYMENT_GIVEN_BACK, customer=noordkaai, subject=paid)


def test_several_refunds_add_up_and_no_more_than_was_paid(mollie, invoice, paid):
    give_back(paid, 100)
    give_back(paid, 21)
    with pytest.raises(Refusal):
        give_back(paid, "0.01")
    assert booked(invoice) == [FULL, Decimal(-100), Decimal(-21)]


@pytest.mark.parametrize("fault", ["after", "before", "503"])
def test_a_refund_without_an_answer_is_asked_again_with_the_same_key(mollie, invoice, paid, fault):
    mollie.faults.append(fault)
    assert give_back(paid, 21).state == RefundState.ASKED
    assert len(mollie.refunds) == 1
    assert booked(invoice) == [FULL, Decimal(-21)]


def test_a_refund_that_stays_without_an_answer_is_for_a_person(mollie, invoice, paid):
    mollie.faults.extend(["after", "after"])
    refund = give_back(paid, 21)
    assert refund.state == RefundState.UNKNOWN
    with pytest.raises(Refusal):
        give_back(paid, 21)
    clear_refund(refund=refund, by=STAFF)
    assert refund.state == RefundState.CHECKED
    assert booked(invoice) == [FULL, Decimal(-21)]
    give_back(paid, 1)
    assert booked(invoice)[-1] == -1


def test_a_refusal_of_the_service_is_told_in_its_words(mollie, invoice, paid):
    mollie.payments[paid.gateway_reference]["amountRemaining"]["value"] = "5.00"
    with pytest.raises(Refusal, match="cannot be refunded"):
        give_back(paid, 21)
    assert PaymentRefund.objects.for_customer(invoice.customer).get().state == RefundState.REFUSED
    assert booked(invoice) == [FULL]


def test_what_was_not_paid_is_not_given_back(mollie, invoice, started):
    with pytest.raises(Refusal):
        give_back(started(invoice), 1)


def test_a_refund_that_is_undone_at_the_service_comes_back(mollie, invoice, paid):
    give_back(paid, 21)
    mollie.undo_refund(paid.gateway_reference, Decimal(21))
    settle_payment(payment=paid)
    assert booked(invoice) == [FULL, Decimal(-21), Decimal(21)]


def test_the_simulated_service_gives_back_too(invoice, started, settings):
    from billing.gateways.simulated import decide

    settings.PAYMENT_GATEWAY = "simulated"
    payment = started(invoice)
    decide(payment.gateway_reference, "paid")
    payment = settle_payment(payment=payment)
    give_back(payment, 21)
    assert booked(invoice) == [FULL, Decimal(-21)]
