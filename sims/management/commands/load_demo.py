"""``manage.py load_demo [--if-empty]``: two companies to look around in. Development only."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import Customer, User
from fleetportal.audit.actors import Actor
from sims.services.demo import OWNER, VIEWER, load_demo
from sims.services.simulated_fleet import is_simulated

PASSWORD = "demo-fleet-portal"  # noqa: S105 - known to everybody, and refused outside development
ADMIN = "admin@portal.example"


class Command(BaseCommand):
    help = "Make two demo companies with people, SIM cards and requests, and print how to sign in."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--if-empty", action="store_true", help="do nothing when there is a company already")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("The demo has a password everybody knows: it is made only where DEBUG is on.")
        if not is_simulated():
            raise CommandError("The demo needs the simulated operator; OPERATOR names another one.")
        if not Customer.objects.exists():
            load_demo(password=PASSWORD, by=Actor.ops("load_demo"))
            _make_admin()
        elif not options["if_empty"]:
            raise CommandError("There is a company already; the demo is made in an empty database.")
        if User.objects.filter(email=OWNER).exists():
            self.stdout.write(f"Sign in with {OWNER} / {PASSWORD}")
            self.stdout.write(f"Read only: {VIEWER}. Operator's staff, at /admin/: {ADMIN}. Same password.")


def _make_admin() -> None:
    User.objects.create_superuser(ADMIN, PASSWORD, first_name="Admin", last_name="Portal")
