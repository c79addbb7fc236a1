"""Which callbacks of the operator arrived already, and how far a feed of it was fetched."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from fleetportal.tenancy.models import CustomerOwned


class ReceivedEvent(models.Model):
    """An event that was taken, so that the same one is taken once; kept for 30 days."""

    event_id = models.CharField(max_length=200, unique=True)
    external_id = models.UUIDField()
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField(auto_now_add=True, db_index=True)

    def __str__(self) -> str:
        return self.event_id


class FeedCursor(CustomerOwned):
    """How far one company's part of a feed was fetched, and when the operator is asked again.

    ``checked_at`` is when it last had nothing more to tell. ``due_at`` is pushed ahead by the worker that asks, so that
    no other does; ``failures`` counts answers in a row that were none, the last of which is ``error``.
    """

    cursor = models.CharField(max_length=200, blank=True)
    checked_at = models.DateTimeField(_("up to date"), null=True)
    due_at = models.DateTimeField(_("asks again"), db_default=Now())
    failures = models.PositiveSmallIntegerField(_("failures in a row"), default=0)
    error = models.TextField(_("what went wrong"), blank=True)

    class Meta(CustomerOwned.Meta):
        abstract = True

    def __str__(self) -> str:
        return self.cursor
