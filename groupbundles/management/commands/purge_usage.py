"""``manage.py purge_usage [--dry-run]``: remove usage that is past its time, as happens every night."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser, no_translations
from django.utils import timezone

from fleetportal.audit.actors import Actor
from groupbundles.services.usage.purging import purge_usage


class Command(BaseCommand):
    help = "Remove usage records, counters and imports that are older than the settings keep them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say what would be removed")

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        purged = purge_usage(now=timezone.now(), by=Actor.ops("purge_usage"), dry_run=options["dry_run"])
        verb = "would be removed" if options["dry_run"] else "removed"
        for month in purged.months:
            self.stdout.write(f"{month:%Y-%m}: all records {verb}")
        for name, rows in purged.rows.items():
            self.stdout.write(f"{name}: {rows:,} {verb}")
        if not purged:
            self.stdout.write("Nothing is past its time.")
