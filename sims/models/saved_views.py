"""Filters of the fleet list that a person keeps under a name."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fleetportal.tenancy.models import CustomerOwned


class SavedView(CustomerOwned):
    """``query`` is the filter as the list writes it in its address; a shared view is seen by the whole company."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    owner = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")
    name = models.CharField(_("name"), max_length=40)
    is_shared = models.BooleanField(_("for everybody in the company"), default=False)
    query = models.CharField(max_length=2000, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(CustomerOwned.Meta):
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["customer", "owner", "name"], name="view_name_once_per_person"),
            models.UniqueConstraint(
                fields=["customer", "name"],
                condition=Q(is_shared=True),
                name="shared_view_name_once_per_company",
            ),
        ]

    def __str__(self) -> str:
        return self.name
