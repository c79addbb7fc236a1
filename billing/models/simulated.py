"""What the simulated payment service remembers; used where no real one is set up, and never mixed with real money."""

import uuid
from decimal import Decimal

from django.db import models
from django.utils import timezone

from billing.enums import PaymentState


class SimulatedPayment(models.Model):
    """A payment as a service of its own would keep it: it knows the portal's payment only by what it was told."""

    reference = models.CharField(max_length=40, unique=True)
    key = models.UUIDField(unique=True)
    payment = models.UUIDField(default=uuid.uuid4)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    currency = models.CharField(max_length=3)
    method = models.CharField(max_length=40)
    description = models.CharField(max_length=200)
    return_url = models.CharField(max_length=500)
    status = models.CharField(max_length=10, choices=PaymentState.choices, default=PaymentState.OPEN)
    pays_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)
    refunded = models.DecimalField(max_digits=14, decimal_places=2, default=Decimal(0))

    class Meta:
        verbose_name = "simulated payment"

    def __str__(self) -> str:
        return self.reference


class SimulatedRefund(models.Model):
    """A refund of the simulated service, once per key."""

    reference = models.CharField(max_length=40, unique=True)
    key = models.UUIDField(unique=True)
    payment = models.ForeignKey(SimulatedPayment, on_delete=models.CASCADE, related_name="refunds")
    amount = models.DecimalField(max_digits=14, decimal_places=2)

    class Meta:
        verbose_name = "simulated refund"

    def __str__(self) -> str:
        return self.reference
