"""Documents of the operator: a snapshot of what the XML said when it came in, and the XML itself.

Nothing here is edited after it came in, except what was paid and credited on it. Money is in ``currency``.
"""

import uuid
from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import BillingAccount, CostCentre
from billing.enums import ChargeKind, DocumentSource, InvoiceKind
from fleetportal.tenancy.models import CustomerOwned
from sims.models import Line


class Invoice(CustomerOwned):
    """An invoice or a credit note on one billing account.

    Amounts are positive in both kinds. ``total`` is with VAT, ``payable`` what was left to pay when it was issued.
    ``paid`` is what payments brought less what was given back, ``credited`` what credit notes took off: both are the
    sums of rows of their own. ``reference`` is the structured communication as 12 digits, or as free text whatever the
    document asks to mention. ``corrects`` is the invoice a credit note is about, with the number it names.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    billing_account = models.ForeignKey(BillingAccount, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(_("kind"), max_length=12, choices=InvoiceKind.choices, default=InvoiceKind.INVOICE)
    number = models.CharField(_("number"), max_length=60)
    issued_on = models.DateField(_("date"))
    due_on = models.DateField(_("due date"), null=True, blank=True)
    period_start_on = models.DateField(_("first day of the period"), null=True, blank=True)
    period_end_on = models.DateField(_("last day of the period"), null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    net = models.DecimalField(_("amount without VAT"), max_digits=14, decimal_places=2)
    vat = models.DecimalField(_("VAT"), max_digits=14, decimal_places=2)
    total = models.DecimalField(_("amount with VAT"), max_digits=14, decimal_places=2)
    payable = models.DecimalField(_("amount to pay"), max_digits=14, decimal_places=2)
    paid = models.DecimalField(_("paid"), max_digits=14, decimal_places=2, default=Decimal(0))
    credited = models.DecimalField(_("credited"), max_digits=14, decimal_places=2, default=Decimal(0))
    is_direct_debit = models.BooleanField(_("collected by direct debit"), default=False)
    reference = models.CharField(_("payment reference"), max_length=140, blank=True)
    iban = models.CharField(_("account to pay to"), max_length=34, blank=True)
    supplier_name = models.CharField(_("supplier"), max_length=200)
    supplier_number = models.CharField(_("enterprise number of the supplier"), max_length=40)
    corrects = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="credit_notes")
    corrects_number = models.CharField(_("corrects invoice"), max_length=60, blank=True)
    imported_at = models.DateTimeField(_("received"), default=timezone.now)

    class Meta(CustomerOwned.Meta):
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        ordering = ["-issued_on", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["supplier_number", "number"], name="invoice_number_once_per_supplier"),
            models.CheckConstraint(condition=Q(total=F("net") + F("vat")), name="invoice_total_is_net_and_vat"),
            models.CheckConstraint(
                condition=Q(net__gte=0, payable__gte=0, paid__gte=0, credited__gte=0),
                name="invoice_amounts_not_negative",
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "-issued_on", "-id"], name="invoice_newest"),
            models.Index(
                fields=["customer", "due_on"], condition=Q(payable__gt=F("paid") + F("credited")), name="invoice_due"
            ),
            models.Index(fields=["customer", "reference"], name="invoice_reference"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def outstanding(self) -> Decimal:
        """What is still to be paid, never below nothing; a credit note asks for nothing."""
        if self.kind == InvoiceKind.CREDIT_NOTE:
            return Decimal(0)
        return max(self.payable - self.paid - self.credited, Decimal(0))


class InvoiceVat(CustomerOwned):
    """What one VAT rate of an invoice comes to; ``rate`` is in per cent."""

    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="vat_rows")
    category = models.CharField(max_length=3)
    rate = models.DecimalField(max_digits=5, decimal_places=2)
    net = models.DecimalField(max_digits=14, decimal_places=2)
    vat = models.DecimalField(max_digits=14, decimal_places=2)

    class Meta(CustomerOwned.Meta):
        verbose_name = _("VAT of an invoice")
        verbose_name_plural = _("VAT of invoices")
        ordering = ["-rate", "category"]
        constraints = [
            models.UniqueConstraint(fields=["invoice", "category", "rate"], name="invoice_vat_rate_once"),
        ]

    def __str__(self) -> str:
        return f"{self.rate} %"


class InvoiceLine(CustomerOwned):
    """One line of a document; in a credit note, what is given back.

    ``position`` counts from 1 in the order of the XML, ``line_number`` is what the document calls it. ``number`` is the
    phone number it is about in E.164, and ``line`` that number's line in the portal when it came in, of this company.
    ``cost_centre_code`` is what the document says (line, else document), ``cost_centre`` the company's of that code.
    ``net`` is without VAT and may be negative.
    """

    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveIntegerField()
    line_number = models.CharField(max_length=60)
    description = models.CharField(_("description"), max_length=500)
    kind = models.CharField(_("kind"), max_length=12, choices=ChargeKind.choices, default=ChargeKind.OTHER)
    number = models.CharField(_("phone number"), max_length=16, blank=True)
    line = models.ForeignKey(Line, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    cost_centre_code = models.CharField(_("cost centre"), max_length=60, blank=True)
    cost_centre = models.ForeignKey(CostCentre, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    period_start_on = models.DateField(null=True, blank=True)
    period_end_on = models.DateField(null=True, blank=True)
    quantity = models.DecimalField(max_digits=18, decimal_places=4, default=Decimal(1))
    unit = models.CharField(max_length=10, blank=True)
    price = models.DecimalField(max_digits=18, decimal_places=6)
    net = models.DecimalField(_("amount without VAT"), max_digits=14, decimal_places=2)
    vat_category = models.CharField(max_length=3)
    vat_rate = models.DecimalField(max_digits=5, decimal_places=2)

    class Meta(CustomerOwned.Meta):
        verbose_name = _("line of an invoice")
        verbose_name_plural = _("lines of invoices")
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["invoice", "position"], name="invoice_line_position_once")]
        indexes = [
            models.Index(fields=["customer", "number"], name="invoice_line_number"),
            models.Index(fields=["line"], name="invoice_line_of_a_line"),
        ]

    def __str__(self) -> str:
        return self.description


class InvoiceDocument(CustomerOwned):
    """The XML as it came in, byte for byte, with its SHA-256 in hexadecimal."""

    invoice = models.OneToOneField(Invoice, on_delete=models.CASCADE, related_name="document")
    xml = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    source = models.CharField(_("source"), max_length=8, choices=DocumentSource.choices)
    file_name = models.CharField(max_length=200, blank=True)

    class Meta(CustomerOwned.Meta):
        verbose_name = _("document of an invoice")
        verbose_name_plural = _("documents of invoices")
        indexes = [models.Index(fields=["sha256"], name="invoice_document_hash")]

    def __str__(self) -> str:
        return self.file_name or self.sha256
