"""Who was told about a request before it is carried out, exactly once."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fleetportal.tenancy.models import CustomerOwned
from sims.enums import NoticeChannel, NoticeKind
from sims.models.orders import Order


class Notice(CustomerOwned):
    """One message to one person about one request; ``recipient`` is an address or an E.164 number.

    ``due_at`` is when a worker should next try to send it, None once it was sent or given up. ``user_id`` is the fleet
    manager it goes to, None for the employee, whose name stands in ``name`` for the trail.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=20, choices=NoticeKind.choices)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="told")
    channel = models.CharField(max_length=8, choices=NoticeChannel.choices)
    recipient = models.CharField(max_length=254)
    name = models.CharField(max_length=200, blank=True)
    user_id = models.BigIntegerField(null=True)
    language = models.CharField(max_length=2, choices=settings.LANGUAGES)
    due_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(CustomerOwned.Meta):
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        constraints = [
            models.UniqueConstraint(fields=["kind", "order", "recipient"], name="one_notice_per_order_and_recipient"),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="notice_due")]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"
