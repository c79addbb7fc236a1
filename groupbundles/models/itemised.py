"""The company's decision to let its fleet managers see single usage records, with its reason, and when it ended."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from fleetportal.tenancy.models import CustomerOwned


class ItemisedUse(CustomerOwned):
    """From ``switched_on_at`` until ``switched_off_at`` (None: still) records can be looked at. Rows are kept."""

    reason = models.TextField(_("reason"), max_length=1000)
    switched_on_at = models.DateTimeField(_("switched on"))
    switched_on_by = models.CharField(_("switched on by"), max_length=200)
    switched_off_at = models.DateTimeField(_("switched off"), null=True, blank=True)
    switched_off_by = models.CharField(_("switched off by"), max_length=200, blank=True)

    class Meta(CustomerOwned.Meta):
        verbose_name = _("access to single usage records")
        verbose_name_plural = _("access to single usage records")
        ordering = ["-switched_on_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], condition=Q(switched_off_at=None), name="itemised_use_on_once_per_company"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="itemised_use_has_a_reason"),
            models.CheckConstraint(
                condition=Q(switched_off_at=None) | Q(switched_off_at__gte=F("switched_on_at")),
                name="itemised_use_ends_after_it_began",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.switched_on_at:%Y-%m-%d} {self.switched_on_by}"
