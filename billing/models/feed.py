"""How far a company's invoices were fetched from the operator, and which of them could not be taken in."""

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fleetportal.tenancy.models import CustomerOwned


class BillCursor(CustomerOwned):
    """How far a company's invoices were fetched, and when the operator is asked again.

    ``checked_at`` is when it last had nothing more to tell. ``due_at`` is pushed ahead by the worker that asks, so that
    no other does; ``failures`` counts answers in a row that were none, the last of which is ``error``.
    """

    cursor = models.CharField(max_length=200, blank=True)
    checked_at = models.DateTimeField(_("up to date"), null=True)
    due_at = models.DateTimeField(_("asks again"), db_default=Now())
    failures = models.PositiveSmallIntegerField(_("failures in a row"), default=0)
    error = models.TextField(_("what went wrong"), blank=True)

    class Meta(CustomerOwned.Meta):
        verbose_name = _("invoice feed")
        verbose_name_plural = _("invoice feeds")
        constraints = [models.UniqueConstraint(fields=["customer"], name="bill_cursor_once_per_company")]

    def __str__(self) -> str:
        return self.cursor


class RefusedBill(CustomerOwned):
    """A document of the feed that was not taken in, and why; it is tried again each day until it is."""

    reference = models.CharField(_("reference at the operator"), max_length=100)
    number = models.CharField(_("number"), max_length=60, blank=True)
    reason = models.TextField(_("reason"))
    refused_at = models.DateTimeField(_("tried"), default=timezone.now)

    class Meta(CustomerOwned.Meta):
        verbose_name = _("refused invoice")
        verbose_name_plural = _("refused invoices")
        ordering = ["-refused_at"]
        constraints = [models.UniqueConstraint(fields=["customer", "reference"], name="refused_bill_once")]

    def __str__(self) -> str:
        return self.number or self.reference
