"""A payment service on loopback, an invoice to pay, and the steps of paying it."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import caches
from django.utils import translation

from accounts.models import Customer, User
from billing.models import Invoice, InvoiceBooking, Payment
from billing.services.payments import PaymentWish, start_payment
from fleetportal.audit.actors import Actor
from tests import factories
from tests.payments.mollie_server import KEY, MollieServer


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture(scope="session")
def mollie_process() -> Iterator[MollieServer]:
    server = MollieServer()
    yield server
    server.stop()


@pytest.fixture
def mollie(mollie_process: MollieServer, settings: Any) -> MollieServer:
    """The portal talks to it; it remembers nothing of another test."""
    for memory in ("payments", "refunds", "replays", "faults", "calls", "headers"):
        getattr(mollie_process, memory).clear()
    settings.MOLLIE_API_KEY, settings.MOLLIE_API_URL = KEY, mollie_process.url
    settings.PAYMENT_GATEWAY = "mollie"
    caches["memory"].clear()
    return mollie_process


@pytest.fixture
def invoice(noordkaai: Customer) -> Invoice:
    return factories.InvoiceFactory(customer=noordkaai)


@pytest.fixture
def started(noordkaai: Customer, alice: User) -> Callable[..., Payment]:
    """Alice starts to pay these invoices."""

    def start(*invoices: Invoice, method: str = "bancontact", **fields: Any) -> Payment:
        for each in invoices:
            each.refresh_from_db()
        total = sum((each.outstanding for each in invoices), Decimal(0))
        wish = PaymentWish(**{"invoices": invoices, "method": method, "key": uuid4(), "total": total} | fields)
        return start_payment(customer=noordkaai, wish=wish, by=Actor.user(alice))

    return start


def booked(invoice: Invoice) -> list[Decimal]:
    """What stands on the invoice, after checking that ``paid`` is its sum."""
    rows = InvoiceBooking.objects.for_customer(invoice.customer_id).filter(invoice=invoice).order_by("pk")
    amounts = [row.amount for row in rows]
    invoice.refresh_from_db()
    assert invoice.paid == sum(amounts, Decimal(0))
    return amounts
