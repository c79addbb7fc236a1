"""``manage.py import_fleet FILE --customer SLUG``: check a fleet file and import the rows that are right."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser, no_translations

from accounts.models import Customer
from fleetportal.audit.actors import Actor
from fleetportal.spreadsheets.memory import bounded_memory
from fleetportal.web.errors import Refusal
from sims.services.fleet_import import import_fleet
from sims.services.simulated_fleet import tell_simulator
from sims.spreadsheets.fleet_import import FleetFile, check_fleet_file
from sims.spreadsheets.report import Report


class Command(BaseCommand):
    help = "Import a fleet from an Excel or CSV file: rows with errors are reported and left out."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--customer", required=True, metavar="SLUG", help="short name of the company")
        parser.add_argument("--dry-run", action="store_true", help="only check, write nothing")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        customer = Customer.objects.filter(slug=options["customer"]).first()
        if customer is None:
            raise CommandError(f"There is no company with the short name “{options['customer']}”.")
        try:
            with bounded_memory():
                checked = self._check(path, customer)
                if not options["dry_run"]:
                    self._import(checked, customer)
        except Refusal as refusal:
            raise CommandError(f"{path.name}: {refusal}") from refusal
        except OSError as error:
            raise CommandError(f"{path} cannot be opened: {error.strerror}") from error
        if options["json"]:
            self.stdout.write(json.dumps(checked.report.as_json(), ensure_ascii=False, indent=1))
        else:
            self._print(checked.report, is_dry_run=options["dry_run"])

    def _check(self, path: Path, customer: Customer) -> FleetFile:
        with path.open("rb") as file:
            checked = check_fleet_file(file, name=path.name, customer=customer)
        checked.layout.require()
        return checked

    def _import(self, checked: FleetFile, customer: Customer) -> None:
        lines = list(checked.lines.values())
        if lines:
            import_fleet(customer=customer, lines=lines, file_name=checked.report.file, by=Actor.ops("import_fleet"))
            tell_simulator(customer, lines)

    def _print(self, report: Report, *, is_dry_run: bool) -> None:
        for issue in report.issues:
            self.stdout.write(f"{issue.cell}  {issue.column}: {issue.reason} ({issue.severity.value})")
        verb = "would be imported" if is_dry_run else "imported"
        self.stdout.write(
            f"{report.rows} rows: {report.imported} {verb}, {report.refused} refused, {report.warnings} warnings."
        )
