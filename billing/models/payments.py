"""Online payments, what they are for, and the ledger of all money that came in on invoices or went back.

A payment holds what the portal asked for; what the payment service says is compared with it before anything is booked.
"""

import uuid
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.enums import BookingKind, PaymentMode, PaymentProblem, PaymentState, RefundState
from billing.models.invoices import Invoice
from billing.models.statements import BankEntry
from fleetportal.tenancy.models import CustomerOwned

OPEN_STATES = (PaymentState.NEW, PaymentState.OPEN, PaymentState.PENDING)


class Payment(CustomerOwned):
    """One attempt to pay one or several invoices at a payment service.

    ``idempotency_key`` comes from the form and goes to the service, so that neither a double click nor a lost answer
    makes a second payment. ``version`` counts what was taken over from the service: an answer that was asked for before
    another one was taken is asked for again. ``check_at`` is when a worker should ask next; None: nothing to ask.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    idempotency_key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    gateway = models.CharField(_("payment service"), max_length=20)
    gateway_reference = models.CharField(_("reference at the payment service"), max_length=60, blank=True)
    mode = models.CharField(_("mode"), max_length=4, choices=PaymentMode.choices)
    method = models.CharField(_("method"), max_length=40)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    state = models.CharField(_("state"), max_length=10, choices=PaymentState.choices, default=PaymentState.NEW)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    problem = models.CharField(_("does not fit"), max_length=10, choices=PaymentProblem.choices, blank=True)
    checkout_url = models.CharField(max_length=2000, blank=True)
    language = models.CharField(max_length=2, default="nl")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_by_name = models.CharField(_("started by"), max_length=200)
    created_at = models.DateTimeField(_("started"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    paid_at = models.DateTimeField(_("paid"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    refunded = models.DecimalField(_("refunded"), max_digits=14, decimal_places=2, default=Decimal(0))
    charged_back = models.DecimalField(_("charged back"), max_digits=14, decimal_places=2, default=Decimal(0))
    version = models.PositiveIntegerField(default=0)
    check_at = models.DateTimeField(_("asked again"), null=True, blank=True)
    checks = models.PositiveIntegerField(default=0)

    class Meta(CustomerOwned.Meta):
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["gateway", "gateway_reference"],
                condition=~Q(gateway_reference=""),
                name="payment_once_per_reference",
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0, refunded__gte=0, charged_back__gte=0), name="payment_amounts_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(state=PaymentState.PAID, paid_at__isnull=False)
                | (~Q(state=PaymentState.PAID) & Q(paid_at__isnull=True)),
                name="payment_paid_has_its_moment",
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "-created_at"], name="payment_newest"),
            models.Index(fields=["check_at"], condition=Q(check_at__isnull=False), name="payment_check_due"),
        ]

    def __str__(self) -> str:
        return self.gateway_reference or str(self.public_id)

    @property
    def is_open(self) -> bool:
        """Neither paid nor ended: the same invoices cannot be paid a second time meanwhile."""
        return self.state in OPEN_STATES

    @property
    def given_back(self) -> Decimal:
        """What the payer got back, never more than he paid."""
        return min(self.refunded + self.charged_back, self.amount)


class PaymentShare(CustomerOwned):
    """What of a payment is for one invoice. ``is_open`` as long as its payment is: one open payment per invoice."""

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="shares")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="shares")
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    is_open = models.BooleanField(default=True)

    class Meta(CustomerOwned.Meta):
        verbose_name = _("share of a payment")
        verbose_name_plural = _("shares of payments")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["payment", "invoice"], name="payment_share_once"),
            models.UniqueConstraint(
                fields=["invoice"], condition=Q(is_open=True), name="payment_open_once_per_invoice"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_share_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.invoice}: {self.amount}"


class PaymentRefund(CustomerOwned):
    """Money the operator's staff gives back. What it does to invoices is booked from what the service then says."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    note = models.CharField(_("why"), max_length=200)
    state = models.CharField(_("state"), max_length=8, choices=RefundState.choices, default=RefundState.NEW)
    gateway_reference = models.CharField(_("reference at the payment service"), max_length=60, blank=True)
    message = models.CharField(_("answer"), max_length=200, blank=True)
    asked_by_name = models.CharField(_("asked by"), max_length=200)
    created_at = models.DateTimeField(_("asked"), default=timezone.now)

    class Meta(CustomerOwned.Meta):
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["payment"], condition=Q(state=RefundState.NEW), name="payment_one_refund_at_a_time"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_refund_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.payment}: {self.amount}"


class InvoiceBooking(CustomerOwned):
    """Money on an invoice, from a payment or a bank transfer; negative when it went back. Never changed or deleted.

    ``Invoice.paid`` is the sum of them. ``sequence`` counts the bookings of one source on one invoice: two workers that
    want to book the same thing at once write the same number, and the database lets one of them.
    """

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="bookings")
    kind = models.CharField(_("kind"), max_length=10, choices=BookingKind.choices)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, null=True, blank=True, related_name="bookings")
    entry = models.ForeignKey(BankEntry, on_delete=models.PROTECT, null=True, blank=True, related_name="bookings")
    sequence = models.PositiveIntegerField()
    booked_at = models.DateTimeField(_("booked"), default=timezone.now)

    class Meta(CustomerOwned.Meta):
        verbose_name = _("booking on an invoice")
        verbose_name_plural = _("bookings on invoices")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["payment", "invoice", "sequence"], name="booking_of_payment_once"),
            models.UniqueConstraint(fields=["entry", "invoice", "sequence"], name="booking_of_entry_once"),
            models.UniqueConstraint(
                fields=["payment", "invoice"],
                condition=Q(kind=BookingKind.PAYMENT),
                name="booking_counts_a_payment_once",
            ),
            models.CheckConstraint(
                condition=Q(payment__isnull=False, entry__isnull=True) | Q(payment__isnull=True, entry__isnull=False),
                name="booking_has_one_source",
            ),
            models.CheckConstraint(condition=~Q(amount=0), name="booking_is_of_something"),
        ]

    def __str__(self) -> str:
        return f"{self.invoice}: {self.amount}"
