"""``manage.py usage_report --customer SLUG``: what was counted, per line, month and group bundle."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser, no_translations

from accounts.models import Customer
from groupbundles.queries.usage_report import usage_report


class Command(BaseCommand):
    help = "Print the usage counters of a company."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--customer", required=True, metavar="SLUG", help="short name of the company")
        parser.add_argument("--json", action="store_true", help="print everything as JSON")

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        customer = Customer.objects.filter(slug=options["customer"]).first()
        if customer is None:
            raise CommandError(f"There is no company with the short name “{options['customer']}”.")
        report = usage_report(customer)
        if options["json"]:
            self.stdout.write(json.dumps(report, ensure_ascii=False, indent=1))
            return
        self.stdout.write(f"Updated {report['updated_at'] or 'never'}")
        for bundle in report["group_bundles"]:
            for measure in ("data_bytes", "voice_seconds"):
                for period, quantity in bundle.get(measure, {}).items():
                    self.stdout.write(f"{bundle['code']}  {period}  {quantity:,} {measure}")
        for line in report["lines"]:
            figures = "  ".join(f"{name} {line[name]}" for name in list(line)[2:])
            self.stdout.write(f"{line['msisdn']}  {line['period']}  {figures}")
