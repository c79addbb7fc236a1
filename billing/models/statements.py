"""Statements of the operator's own bank account, as the bank sends them, and their lines.

They belong to no company: only a match says whose invoice a line pays.
"""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.enums import EntryState


class BankStatement(models.Model):
    """One statement of one account. The bank numbers them; the same number of the same day is the same statement."""

    account = models.CharField(_("account"), max_length=34)
    number = models.CharField(_("number"), max_length=10)
    dated_on = models.DateField(_("date"))
    currency = models.CharField(_("currency"), max_length=3)
    opening = models.DecimalField(_("balance before"), max_digits=16, decimal_places=3)
    closing = models.DecimalField(_("balance after"), max_digits=16, decimal_places=3)
    file_name = models.CharField(_("file"), max_length=200, blank=True)
    uploaded_by_name = models.CharField(_("uploaded by"), max_length=200)
    uploaded_at = models.DateTimeField(_("uploaded"), default=timezone.now)

    class Meta:
        verbose_name = _("bank statement")
        verbose_name_plural = _("bank statements")
        ordering = ["-dated_on", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["account", "number", "dated_on"], name="bank_statement_once"),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.number}"


class BankEntry(models.Model):
    """One movement. ``reference`` is the structured communication as 12 digits, ``communication`` any other text.

    ``matched`` is what of it stands on invoices: the sum of its bookings. Money that went out is set aside at once.
    """

    statement = models.ForeignKey(BankStatement, on_delete=models.PROTECT, related_name="entries")
    sequence = models.CharField(max_length=8)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    valued_on = models.DateField(_("value date"))
    reference = models.CharField(_("structured communication"), max_length=12, blank=True)
    communication = models.CharField(_("communication"), max_length=500, blank=True)
    payer_name = models.CharField(_("payer"), max_length=70, blank=True)
    payer_account = models.CharField(_("account of the payer"), max_length=37, blank=True)
    state = models.CharField(_("state"), max_length=9, choices=EntryState.choices, default=EntryState.OPEN)
    matched = models.DecimalField(_("matched"), max_digits=14, decimal_places=2, default=Decimal(0))
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("bank transfer")
        verbose_name_plural = _("bank transfers")
        ordering = ["-statement_id", "sequence"]
        constraints = [
            models.UniqueConstraint(fields=["statement", "sequence"], name="bank_entry_once"),
            models.CheckConstraint(
                condition=Q(matched=0) | Q(matched__gt=0, matched__lte=F("amount")), name="bank_entry_not_matched_twice"
            ),
        ]
        indexes = [
            models.Index(fields=["state"], condition=Q(state=EntryState.OPEN), name="bank_entry_open"),
            models.Index(fields=["reference"], name="bank_entry_reference"),
        ]

    def __str__(self) -> str:
        return f"{self.statement}/{self.sequence}"

    @property
    def left(self) -> Decimal:
        """What is not on an invoice yet."""
        return self.amount - self.matched
