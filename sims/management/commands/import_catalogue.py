"""``manage.py import_catalogue FILE``: make a company with its catalogue, or bring it up to date."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser, no_translations

from fleetportal.audit.actors import Actor
from fleetportal.web.errors import Refusal
from sims.services.catalogue import import_catalogue


class Command(BaseCommand):
    help = "Make or update a company with its plans, options, billing accounts and cost centres from a JSON file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            data = json.loads(path.read_text(encoding="utf-8-sig"))
        except OSError as error:
            raise CommandError(f"{path} cannot be opened: {error.strerror}") from error
        except ValueError as error:
            raise CommandError(f"{path} is not JSON: {error}") from error
        try:
            done = import_catalogue(data=data, by=Actor.ops("import_catalogue"))
        except Refusal as refusal:
            raise CommandError(f"{path}: {refusal}") from refusal
        further = "".join(f", {count} {words}" for words, count in done.further.items())
        self.stdout.write(
            f"{done.customer.name} ({done.customer.slug}): {done.plans} plans, {done.options} options, "
            f"{done.billing_accounts} billing accounts, {done.cost_centres} cost centres{further}."
        )
