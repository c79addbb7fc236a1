"""Every night: the payment service's list against ours, and the ledger against itself."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import structlog
from django.db.models import DecimalField, F, OuterRef, Subquery, Sum, Value
from django.db.models.functions import Coalesce, Greatest, Least

from billing.enums import PaymentState
from billing.gateways.base import GatewayPayment, PaymentGateway
from billing.models import Invoice, InvoiceBooking, Payment
from billing.services.taking import take

MONEY: Any = DecimalField(max_digits=14, decimal_places=2)
logger = structlog.get_logger(__name__)


@dataclass(slots=True)
class Findings:
    """What did not agree: payments the service has and the portal had not (by now it has), those that are nobody's, and
    rows whose sums are wrong, which must never be.
    """

    compared: int = 0
    adopted: list[str] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)
    wrong_invoices: list[str] = field(default_factory=list)
    wrong_payments: list[str] = field(default_factory=list)


def reconcile(*, service: PaymentGateway, since: datetime) -> Findings:
    """Take over whatever was missed since then, and check all sums."""
    findings = Findings()
    for answer in service.payments_since(since):
        _compare(service.name, answer, findings)
    findings.wrong_invoices = wrong_invoices()
    findings.wrong_payments = wrong_payments()
    if findings.strange or findings.wrong_invoices or findings.wrong_payments:
        logger.error(
            "payments_do_not_agree",
            strange=findings.strange[:20],
            invoices=findings.wrong_invoices[:20],
            payments=findings.wrong_payments[:20],
        )
    return findings


def _compare(gateway: str, answer: GatewayPayment, findings: Findings) -> None:
    findings.compared += 1
    rows = Payment.objects.across_customers(reason="it compares every company").filter(gateway=gateway)
    payment = rows.filter(gateway_reference=answer.reference).first()
    if payment is None:
        payment = rows.filter(gateway_reference="", public_id=_uuid(answer.payment_id)).first()
        (findings.adopted if payment else findings.strange).append(answer.reference)
    if payment is not None:
        take(payment_id=payment.pk, answer=answer, seen=payment.version)


def _uuid(text: str) -> str | None:
    return text if len(text) == 36 and text.count("-") == 4 and text.replace("-", "").isalnum() else None


def wrong_invoices() -> list[str]:
    """Numbers of invoices whose paid amount is not the sum of their bookings."""
    booked = (
        InvoiceBooking.objects.across_customers(reason="it compares every company")
        .filter(invoice=OuterRef("pk"))
        .order_by()
    )
    total = booked.values("invoice").annotate(total=Sum("amount")).values("total")
    invoices = Invoice.objects.across_customers(reason="it compares every company")
    wrong = invoices.annotate(booked=Coalesce(Subquery(total), Value(Decimal(0)), output_field=MONEY))
    return list(wrong.exclude(paid=F("booked")).values_list("number", flat=True)[:100])


def wrong_payments() -> list[str]:
    """Payments whose bookings are not what was paid less what went back."""
    booked = (
        InvoiceBooking.objects.across_customers(reason="it compares every company")
        .filter(payment=OuterRef("pk"))
        .order_by()
    )
    total = booked.values("payment").annotate(total=Sum("amount")).values("total")
    payments = Payment.objects.across_customers(reason="it compares every company").annotate(
        booked=Coalesce(Subquery(total), Value(Decimal(0)), output_field=MONEY),
        kept=Greatest(F("amount") - Least(F("refunded") + F("charged_back"), F("amount")), Value(Decimal(0))),
    )
    paid, others = payments.filter(state=PaymentState.PAID), payments.exclude(state=PaymentState.PAID)
    found = [*paid.exclude(booked=F("kept"))[:100], *others.exclude(booked=0)[:100]]
    return [str(payment) for payment in found]
