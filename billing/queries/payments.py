"""What pages about paying read: what is due, how it can be paid, and what became of a payment."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import structlog
from django.core.cache import caches
from django.db.models import F
from django.http import Http404
from django.utils import timezone

from accounts.models import Customer, Membership
from billing.enums import InvoiceKind
from billing.gateways.base import GatewayError, Method, PaymentGateway
from billing.gateways.registry import gateway
from billing.models import Invoice, Payment, PaymentShare
from billing.queries.access import account_ids, visible_invoices

CURRENCY = "EUR"
METHODS_SECONDS = 300
# After the payment service did not answer, pages do without it for so long instead of each waiting for it.
SILENCE_SECONDS = 30
logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Due:
    """Invoices somebody wants to pay, what each still asks for, and the open payments that cover some of them."""

    invoices: Sequence[Invoice]
    under_way: Sequence[Payment]
    today: date

    @property
    def total(self) -> Decimal:
        return sum((invoice.outstanding for invoice in self.invoices), Decimal(0))

    @property
    def by_debit(self) -> list[Invoice]:
        """Those the operator collects by itself: paying them here pays them twice."""
        return [invoice for invoice in self.invoices if invoice.is_direct_debit]

    @property
    def addresses(self) -> str:
        """The invoices as they stand in an address."""
        return "&".join(f"invoice={invoice.public_id}" for invoice in self.invoices)


def payable_invoices(customer: Customer, membership: Membership) -> Any:
    """The invoices this person may see on which something is still to be paid, the most urgent first."""
    invoices = visible_invoices(customer, membership).filter(kind=InvoiceKind.INVOICE)
    return invoices.filter(payable__gt=F("paid") + F("credited")).order_by(F("due_on").asc(nulls_last=True), "pk")


def due(customer: Customer, membership: Membership, public_ids: Collection[UUID]) -> Due:
    """What is to be paid of the named invoices; of none: of all but those that are collected by direct debit.

    A name that is nothing to this person is a 404. An invoice that was paid meanwhile is left out.
    """
    if public_ids:
        wanted = set(public_ids)
        if visible_invoices(customer, membership).filter(public_id__in=wanted).count() != len(wanted):
            raise Http404
        invoices = payable_invoices(customer, membership).filter(public_id__in=wanted)
    else:
        invoices = payable_invoices(customer, membership).filter(is_direct_debit=False, currency=CURRENCY)
    found = list(invoices)
    return Due(found, open_payments(customer, found), timezone.localdate())


def open_payments(customer: Customer, invoices: Collection[Invoice]) -> list[Payment]:
    """Payments of these invoices that are neither paid nor ended."""
    shares = PaymentShare.objects.for_customer(customer).filter(invoice__in=invoices, is_open=True)
    return list(Payment.objects.for_customer(customer).filter(pk__in=shares.values("payment")))


def own_payment(customer: Customer, membership: Membership, public_id: UUID) -> Payment:
    """The payment, for who may see every invoice it is for; else 404."""
    payments = visible_payments(customer, membership).filter(public_id=public_id)
    payment: Payment | None = payments.first()
    if payment is None:
        raise Http404
    return payment


def visible_payments(customer: Customer, membership: Membership) -> Any:
    """Payments of invoices that this person may see, all of them."""
    payments = Payment.objects.for_customer(customer)
    ids = account_ids(membership)
    if ids is None:
        return payments
    hidden = PaymentShare.objects.for_customer(customer).exclude(invoice__billing_account__in=ids)
    return payments.exclude(pk__in=hidden.values("payment"))


def shares_of(payment: Payment) -> list[PaymentShare]:
    shares = PaymentShare.objects.for_customer(payment.customer_id).filter(payment=payment)
    return list(shares.select_related("invoice"))


def offered_methods(service: PaymentGateway | None) -> list[Method] | None:
    """The ways to pay online, kept for five minutes; None while the payment service does not answer."""
    if service is None:
        return []
    key, silence = f"payment-methods:{service.name}", f"payment-methods:{service.name}:silent"
    cache = caches["memory"]
    methods: list[Method] | None = cache.get(key)
    if methods is not None:
        return methods
    if cache.get(silence):
        return None
    try:
        methods = list(service.methods(CURRENCY))
    except GatewayError as error:
        logger.warning("payment_methods_unknown", error=str(error))
        cache.set(silence, True, SILENCE_SECONDS)
        return None
    cache.set(key, methods, METHODS_SECONDS)
    return methods


def current_gateway() -> PaymentGateway | None:
    """See :func:`billing.gateways.registry.gateway`."""
    return gateway()
