"""``manage.py purge_usage [--dry-run] [--json]``: remove usage that is past its time, as happens every night."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser, no_translations
from django.utils import timezone

from accounts.models import Customer
from fleetportal.audit.actors import Actor
from groupbundles.services.usage.purging import Purged, purge_usage


class Command(BaseCommand):
    help = "Remove usage records, counters, imports and files that are older than the settings keep them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say what would be removed")
        parser.add_argument("--json", action="store_true", help="print the outcome as JSON")

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        purged = purge_usage(now=timezone.now(), by=Actor.ops("purge_usage"), dry_run=options["dry_run"])
        outcome = as_json(purged) | {"dry_run": options["dry_run"]}
        if options["json"]:
            self.stdout.write(json.dumps(outcome, ensure_ascii=False, indent=1))
            return
        verb = "would be removed" if options["dry_run"] else "removed"
        for month in outcome["months"]:
            self.stdout.write(f"{month}: all records {verb}")
        for name, companies in outcome["rows"].items():
            for slug, rows in companies.items():
                self.stdout.write(f"{slug}: {rows:,} {name} {verb}")
        if purged.files:
            self.stdout.write(f"{purged.files:,} files {verb}")
        if not purged:
            self.stdout.write("Nothing is past its time.")


def as_json(purged: Purged) -> dict[str, Any]:
    slugs = dict(Customer.objects.values_list("pk", "slug"))
    return {
        "months": [f"{month:%Y-%m}" for month in purged.months],
        "rows": {
            name: {slugs.get(pk, str(pk)): count for pk, count in sorted(rows.items())}
            for name, rows in purged.rows.items()
        },
        "files": purged.files,
    }
