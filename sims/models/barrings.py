"""Barrings that a company sets on many lines, under a name."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from fleetportal.tenancy.models import CustomerOwned


class BarringTemplate(CustomerOwned):
    """``codes`` are those of ``sims.barrings``. A line follows the template as long as exactly these are barred."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=40)
    codes = ArrayField(models.CharField(max_length=20), verbose_name=_("barrings"))
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(CustomerOwned.Meta):
        verbose_name = _("barring template")
        verbose_name_plural = _("barring templates")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["customer", "name"], name="barring_template_name_once_per_company")
        ]

    def __str__(self) -> str:
        return self.name
