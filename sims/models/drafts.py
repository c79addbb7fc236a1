"""A half-filled "add SIM card" that can be taken up again."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from fleetportal.tenancy.models import CustomerOwned
from sims.models.lines import Line


class LineDraft(CustomerOwned):
    """What was typed so far, per step, in the fields' own raw form; ``line`` is set when it was sent, once."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    owner = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")
    answers = models.JSONField(default=dict)
    step = models.PositiveSmallIntegerField(default=1)
    line = models.OneToOneField(Line, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(CustomerOwned.Meta):
        verbose_name = _("draft")
        verbose_name_plural = _("drafts")
        ordering = ["-updated_at"]
        indexes = [models.Index(fields=["customer", "owner", "-updated_at"], name="draft_owner_updated")]

    def __str__(self) -> str:
        return str(self.public_id)
