"""The company that is the operator's customer, what it is billed on and how it divides its costs."""

import uuid

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from stdnum.be import vat

from fleetportal.tenancy.models import CustomerOwned


def validate_enterprise_number(value: str) -> None:
    """Ten digits with a fitting modulo-97 check, first digit 0 or 1."""
    if not vat.is_valid(value) or vat.compact(value) != value:
        raise ValidationError(
            _("An enterprise number has 10 digits and starts with 0 or 1; the last two are a check. Look it up again.")
        )


class Customer(models.Model):
    """A company with mobile lines at the operator; the tenant every other row belongs to."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(_("short name"), unique=True)
    enterprise_number = models.CharField(
        _("enterprise number"), max_length=10, unique=True, validators=[validate_enterprise_number]
    )
    operator_reference = models.CharField(_("customer number at the operator"), max_length=40, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("company")
        verbose_name_plural = _("companies")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def enterprise_number_display(self) -> str:
        """``0403019261`` as ``0403.019.261``."""
        n = self.enterprise_number
        return f"{n[:4]}.{n[4:7]}.{n[7:]}"

    @property
    def initials(self) -> str:
        return "".join(word[0] for word in self.name.split()[:2]).upper()


class BillingAccount(CustomerOwned):
    """What the operator sends an invoice to; every line is billed on one."""

    number = models.CharField(_("number"), max_length=20)
    name = models.CharField(_("name"), max_length=120)

    class Meta(CustomerOwned.Meta):
        verbose_name = _("billing account")
        verbose_name_plural = _("billing accounts")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["customer", "number"], name="billing_account_number_once_per_company")
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.number}"


class CostCentre(CustomerOwned):
    """A department or project costs are divided over; may stand under another one."""

    code = models.CharField(_("code"), max_length=20)
    name = models.CharField(_("name"), max_length=120)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")

    class Meta(CustomerOwned.Meta):
        verbose_name = _("cost centre")
        verbose_name_plural = _("cost centres")
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["customer", "code"], name="cost_centre_code_once_per_company"),
            models.CheckConstraint(
                condition=~models.Q(parent=models.F("id")), name="cost_centre_is_not_its_own_parent"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}" if self.name != self.code else self.code
