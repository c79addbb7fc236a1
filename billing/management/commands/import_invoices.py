"""``manage.py import_invoices PATH… [--json]``: take in invoices and credit notes in UBL."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser, no_translations

from billing.enums import DocumentSource
from billing.queries.import_report import report_of
from billing.services.imports import Imported, import_document
from fleetportal.audit.actors import Actor
from fleetportal.ubl.parsing import check_size
from fleetportal.web.errors import Refusal

BY = Actor.ops("import_invoices")


class Command(BaseCommand):
    help = "Take in UBL invoices and credit notes, or every .xml file of a folder. What was taken in before is left."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("paths", type=Path, nargs="+", metavar="PATH", help="a file, or a folder of .xml files")
        parser.add_argument("--json", action="store_true", help="print the figures of every document as JSON")

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        files = list(_files(options["paths"]))
        reports, refused = [], []
        for n, path in enumerate(files, 1):
            self.stderr.write(f"{n} of {len(files)}: {path.name}")
            try:
                imported = _take(path)
            except (Refusal, OSError) as error:
                reason = error.strerror if isinstance(error, OSError) else str(error)
                refused.append(f"{path.name}: {reason}")
                continue
            report = report_of(imported.invoice, file_name=path.name)
            reports.append(report)
            if not options["json"]:
                self._print(imported, report)
        if options["json"]:
            self.stdout.write(json.dumps(reports, ensure_ascii=False, indent=1))
        if refused:
            raise CommandError("\n".join((f"Not taken in: {len(refused)} of {len(files)}", *refused)))

    def _print(self, imported: Imported, report: dict[str, Any]) -> None:
        was = "" if imported.is_new else " (taken in before: nothing changed)"
        amount = f"{imported.invoice.total:,} {imported.invoice.currency}"
        self.stdout.write(
            f"{report['file']}: {report['kind']} {report['number']}, {report['lines']:,} lines, {amount}{was}"
        )
        for warning in imported.warnings:
            self.stdout.write(f"  warning {warning}")


def _files(paths: Iterable[Path]) -> Iterable[Path]:
    """Those of a folder by their names, so that an invoice comes before its credit note of the same name."""
    for path in paths:
        if path.is_dir():
            files = (file for file in path.iterdir() if file.suffix.lower() == ".xml")
            yield from sorted(files, key=lambda file: (file.stem, file.name))
        else:
            yield path


def _take(path: Path) -> Imported:
    check_size(path.stat().st_size)
    return import_document(xml=path.read_bytes(), source=DocumentSource.FILE, file_name=path.name, by=BY)
