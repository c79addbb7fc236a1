"""``manage.py import_usage FILE… --customer SLUG``: take in files of usage records."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser, no_translations

from accounts.models import Customer
from fleetportal.audit.actors import Actor
from fleetportal.web.errors import Refusal
from groupbundles.enums import UsageRefusal, UsageSource
from groupbundles.services.usage.imports import Taken, counts_of, import_file, report_of

BY = Actor.ops("import_usage")
# Refused rows that are printed one by one; the JSON has all of them.
SHOWN = 20


class Command(BaseCommand):
    help = "Take in CSV files of usage records, plain or gzip. A record counts once, however often it is delivered."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", type=Path, nargs="+", metavar="FILE")
        parser.add_argument("--customer", required=True, metavar="SLUG", help="short name of the company")
        parser.add_argument("--json", action="store_true", help="print the outcome as JSON")
        parser.add_argument(
            "--again", action="store_true", help="judge every row anew, also of a file that was taken in before"
        )

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        customer = Customer.objects.filter(slug=options["customer"]).first()
        if customer is None:
            raise CommandError(f"There is no company with the short name “{options['customer']}”.")
        taken, failed = [], []
        for path in options["files"]:
            try:
                taken.append(self._import(customer, path, again=options["again"]))
            except (Refusal, OSError) as error:
                reason = error.strerror if isinstance(error, OSError) else str(error)
                failed.append(f"{path.name}: {reason}")
        if options["json"]:
            outcomes = [report_of(each) for each in taken]
            single = len(options["files"]) == 1 and outcomes
            self.stdout.write(json.dumps(outcomes[0] if single else outcomes, ensure_ascii=False, indent=1))
        else:
            for each in taken:
                self._print(each)
        if failed:
            raise CommandError("\n".join(failed))

    def _import(self, customer: Customer, path: Path, *, again: bool) -> Taken:
        def progress(done: int, total: int) -> None:
            self.stderr.write(f"{path.name}: {done:,} of {total:,} lines ({done * 100 // max(total, 1)} %)")

        return import_file(
            customer=customer,
            path=path,
            source=UsageSource.FILE,
            by=BY,
            progress=progress,
            again=again,
            # A process that was just killed leaves its claim behind for so long.
            wait=settings.USAGE_LEASE_SECONDS + 5,
        )

    def _print(self, taken: Taken) -> None:
        found = taken.usage_import
        counts = ", ".join(f"{count:,} {name}" for name, count in counts_of(found).items())
        was = f" (taken in before, on {found.finished_at:%Y-%m-%d}: nothing changed)" if taken.was_done else ""
        self.stdout.write(f"{found.name}: {found.rows:,} rows: {counts}{was}")
        for line, reason in found.refusals[:SHOWN]:
            self.stdout.write(f"  line {line}: {UsageRefusal(reason).label}")
        if found.refused > SHOWN:
            self.stdout.write(f"  and {found.refused - SHOWN:,} more")
