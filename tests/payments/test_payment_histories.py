"""Random stories of payers, banks, webhooks, lost answers and staff: afterwards money booked is money paid, once."""

import random
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from billing.enums import PaymentState
from billing.gateways.base import GatewayError
from billing.gateways.mollie import MollieGateway
from billing.models import InvoiceBooking, Payment
from billing.services.bookings import total
from billing.services.payments import AlreadyUnderWay, cancel_payment, settle_payment
from billing.services.reconciling import reconcile
from billing.services.refunds import refund_payment
from fleetportal.audit.actors import Actor
from fleetportal.web.errors import Refusal
from tests import factories

pytestmark = pytest.mark.django_db

STEPS = 45
FAULTS = ["", "", "", "before", "after", "500", "429", "garbage"]
STAFF = Actor.ops("test")


class Story:
    """What can happen; each step picks one of them."""

    def __init__(self, seed, mollie, customer, started):
        self.dice = random.Random(seed)
        self.mollie, self.customer, self.started = mollie, customer, started
        amounts = (Decimal(cents) / 100 for cents in (3333, 2334, 1667, 1, 99999, 12345))
        self.invoices = [factories.InvoiceFactory(customer=customer, net=amount, vat=0) for amount in amounts]
        for invoice in self.invoices:
            invoice.refresh_from_db()
        self.client = Client()

    def step(self):
        self.mollie.faults.clear()
        self.mollie.faults.append(self.dice.choice(FAULTS))
        what = self.dice.choice(
            [self.start, self.bank, self.webhook, self.look, self.cancel, self.refund, self.dispute]
        )
        try:
            what()
        except (GatewayError, Refusal, AlreadyUnderWay):
            pass

    def payment(self):
        payments = list(Payment.objects.for_customer(self.customer).order_by("pk"))
        return self.dice.choice(payments) if payments else None

    def start(self):
        some = self.dice.sample(self.invoices, self.dice.randint(1, 3))
        self.started(*some, method=self.dice.choice(["bancontact", "creditcard"]))

    def bank(self):
        waiting = [key for key, one in self.mollie.payments.items() if one["status"] in ("open", "pending")]
        if waiting:
            reference = self.dice.choice(waiting)
            result = self.dice.choice(["paid", "paid", "pending", "failed", "expired", "canceled"])
            self.mollie.pay(reference) if result == "paid" else self.mollie.end(reference, result)

    def webhook(self):
        references = [*self.mollie.payments, "tr_0forged0", "../../evil"]
        for _time in range(self.dice.randint(1, 3)):
            self.client.post("/payments/webhook/", {"id": self.dice.choice(references)})

    def look(self):
        if payment := self.payment():
            settle_payment(payment=payment)

    def cancel(self):
        if payment := self.payment():
            cancel_payment(payment=payment, by=STAFF)

    def refund(self):
        if payment := self.payment():
            refund_payment(payment=payment, amount=Decimal(self.dice.randint(1, 2000)) / 100, note="test", by=STAFF)

    def dispute(self):
        paid = [key for key, one in self.mollie.payments.items() if one["status"] == "paid"]
        if paid:
            reference = self.dice.choice(paid)
            before = self.mollie.payments[reference].get("amountChargedBack", {"value": "0"})
            amount = -Decimal(before["value"]) or self.mollie.kept_of(reference) / 2
            self.mollie.charge_back(reference, amount.quantize(Decimal("0.01")))


@pytest.mark.parametrize("seed", range(8))
def test_money_booked_is_money_paid(mollie, noordkaai, started, seed):
    story = Story(seed, mollie, noordkaai, started)
    for _step in range(STEPS):
        story.step()

    mollie.faults.clear()
    for payment in Payment.objects.for_customer(noordkaai):
        settle_payment(payment=payment)
    findings = reconcile(service=MollieGateway(), since=timezone.now() - timedelta(days=1))

    assert (findings.wrong_invoices, findings.wrong_payments, findings.strange) == ([], [], [])
    bookings = InvoiceBooking.objects.for_customer(noordkaai)
    assert total(bookings) == mollie.kept()
    for reference in mollie.payments:
        assert total(bookings.filter(payment__gateway_reference=reference)) == mollie.kept_of(reference)
    for invoice in story.invoices:
        invoice.refresh_from_db()
        assert invoice.paid == total(bookings.filter(invoice=invoice))
    asked = Payment.objects.for_customer(noordkaai).exclude(gateway_reference="").count()
    assert asked == len(mollie.payments), "a payment was asked for twice"


def test_the_stories_are_worth_telling(mollie, noordkaai, started):
    """Paid ones, ended ones and money that went back: else the test above proves little."""
    for seed in range(4):
        story = Story(seed, mollie, noordkaai, started)
        for _step in range(STEPS):
            story.step()
    states = {payment.state for payment in Payment.objects.for_customer(noordkaai)}
    assert PaymentState.PAID in states
    assert len(states) > 2
    kinds = set(InvoiceBooking.objects.for_customer(noordkaai).values_list("kind", flat=True))
    assert "given_back" in kinds
