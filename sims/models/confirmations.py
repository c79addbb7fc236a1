"""What an employee is asked to look at: the details the company has of him, or a change of them."""

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fleetportal.tenancy.models import CustomerOwned
from sims.enums import ConfirmationPurpose
from sims.models.lines import Subscriber


class SubscriberConfirmation(CustomerOwned):
    """One question to one employee, answered on a page that its mail leads to, without an account.

    ``proposed`` holds the columns to change with their new values, for a change only. The token itself is only in the
    mail; here stands its hash, NULL until the mail was sent and again once a newer mail is due.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="confirmations")
    purpose = models.CharField(max_length=10, choices=ConfirmationPurpose.choices)
    proposed = models.JSONField(default=dict)
    note = models.TextField(_("note"), blank=True)
    # NULL rather than empty: only the hashes of living links are compared for uniqueness.
    token_hash = models.CharField(max_length=64, unique=True, null=True, editable=False)  # noqa: DJ001
    asked_by_name = models.CharField(max_length=200, blank=True)
    asked_by_id = models.BigIntegerField(null=True)
    asked_at = models.DateTimeField(default=timezone.now)
    mail_due_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    declined_at = models.DateTimeField(null=True)
    decline_reason = models.TextField(blank=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta(CustomerOwned.Meta):
        verbose_name = _("question to an employee")
        verbose_name_plural = _("questions to employees")
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["subscriber", "purpose"],
                condition=models.Q(done_at=None, declined_at=None, withdrawn_at=None),
                name="one_open_question_per_employee",
            )
        ]
        indexes = [models.Index(fields=["mail_due_at"], condition=~models.Q(mail_due_at=None), name="question_due")]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()}: {self.subscriber_id}"

    @property
    def is_open(self) -> bool:
        return self.done_at is None and self.declined_at is None and self.withdrawn_at is None

    @property
    def is_expired(self) -> bool:
        return self.is_open and self.expires_at <= timezone.now()

    @property
    def is_change(self) -> bool:
        return self.purpose == ConfirmationPurpose.CHANGE
