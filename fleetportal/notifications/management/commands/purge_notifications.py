"""Removes old notifications from the server's command line; a worker does the same every night."""

from typing import Any

from django.core.management.base import BaseCommand

from fleetportal.notifications.services import purge


class Command(BaseCommand):
    help = "Remove notifications that are older than NOTIFICATION_RETENTION_DAYS."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{purge()} notifications removed.")
