"""Which callbacks of the operator arrived already."""

from django.db import models


class ReceivedEvent(models.Model):
    """An event that was taken, so that the same one is taken once; kept for 30 days."""

    event_id = models.CharField(max_length=200, unique=True)
    external_id = models.UUIDField()
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField(auto_now_add=True, db_index=True)

    def __str__(self) -> str:
        return self.event_id
