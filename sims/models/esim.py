"""The way an eSIM reaches the employee's phone."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fleetportal.tenancy.models import CustomerOwned
from sims.models.lines import Line, Sim


class EsimHandover(CustomerOwned):
    """A link with which the employee sees the activation code once. The code itself is kept nowhere.

    Only a hash of the link's token is stored; the token is made when the mail is sent. ``opened_at`` is when the code
    was shown. A later link of the same line makes the earlier one useless.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    line = models.ForeignKey(Line, on_delete=models.CASCADE, related_name="+")
    sim = models.ForeignKey(Sim, on_delete=models.CASCADE, related_name="+")
    email = models.EmailField(max_length=254)
    name = models.CharField(max_length=200)
    language = models.CharField(max_length=2, choices=settings.LANGUAGES)
    # NULL rather than empty: only the hashes of living links are compared for uniqueness.
    token_hash = models.CharField(max_length=64, unique=True, null=True, editable=False)  # noqa: DJ001
    asked_by_name = models.CharField(max_length=200)
    mail_due_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(CustomerOwned.Meta):
        verbose_name = _("handing over of an eSIM")
        verbose_name_plural = _("handing over of eSIMs")
        indexes = [models.Index(fields=["mail_due_at"], condition=Q(mail_due_at__isnull=False), name="esim_mail_due")]

    def __str__(self) -> str:
        return f"eSIM {self.public_id}"
