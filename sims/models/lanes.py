"""The lanes in which workers go through bulk orders."""

from django.db import models
from django.utils import timezone


class BulkLane(models.Model):
    """One chain of messages: every message of a lane sends the next one.

    ``turn`` counts them, and only the message with the present turn is worth anything: one that came twice does
    nothing. Until ``busy_until`` the lane counts as running; after that the sweep starts it again.
    """

    number = models.PositiveSmallIntegerField(primary_key=True)
    turn = models.PositiveIntegerField(default=0)
    busy_until = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"lane {self.number}"
