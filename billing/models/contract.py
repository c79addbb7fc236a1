"""The contract itself: its number, how long it runs and whom to call. What it allows is the catalogue."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from fleetportal.tenancy.models import CustomerOwned


class Contract(CustomerOwned):
    """A company has one. ``ends_on`` is the last day, None for one that runs on; ``notice_months`` is how long before
    its end it has to be given up. The contact is the operator's.
    """

    number = models.CharField(_("contract number"), max_length=40)
    starts_on = models.DateField(_("start"), null=True, blank=True)
    ends_on = models.DateField(_("end"), null=True, blank=True)
    notice_months = models.PositiveSmallIntegerField(_("notice in months"), default=0)
    contact_name = models.CharField(_("contact at the operator"), max_length=120, blank=True)
    contact_email = models.EmailField(_("e-mail of the contact"), blank=True)
    contact_phone = models.CharField(_("phone number of the contact"), max_length=30, blank=True)

    class Meta(CustomerOwned.Meta):
        verbose_name = _("contract")
        verbose_name_plural = _("contracts")
        constraints = [
            models.UniqueConstraint(fields=["customer"], name="contract_once_per_company"),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(starts_on=None) | Q(ends_on__gte=F("starts_on")),
                name="contract_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return self.number
