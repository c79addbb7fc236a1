"""How far a company's invoices were fetched from the operator, and which of them could not be taken in."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fleetportal.operators.models import FeedCursor
from fleetportal.tenancy.models import CustomerOwned


class BillCursor(FeedCursor):
    """How far a company's invoices were fetched."""

    class Meta(FeedCursor.Meta):
        verbose_name = _("invoice feed")
        verbose_name_plural = _("invoice feeds")
        constraints = [models.UniqueConstraint(fields=["customer"], name="bill_cursor_once_per_company")]


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
