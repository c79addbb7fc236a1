"""``manage.py create_customer NAME …``: a company and the invitation of its first fleet manager."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import transaction
from django.utils import translation
from django.utils.text import slugify
from stdnum.be import vat

from accounts.models import Customer
from accounts.permissions import Role
from accounts.services import create_customer, invite
from fleetportal.audit.actors import Actor
from fleetportal.web.errors import Refusal


class Command(BaseCommand):
    help = "Make a company and invite its first fleet manager by mail. A company that exists is left as it is."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="name of the company")
        parser.add_argument("--enterprise-number", required=True, help="Belgian enterprise number, in any notation")
        parser.add_argument("--email", required=True, help="address of the first fleet manager")
        parser.add_argument("--slug", help="short name in commands; made from the name when left out")
        parser.add_argument("--language", choices=[code for code, _name in settings.LANGUAGES], default="nl")
        parser.add_argument("--role", choices=Role.values, default=Role.OWNER.value)

    def handle(self, *args: Any, **options: Any) -> None:
        slug = options["slug"] or slugify(options["name"])
        if not vat.is_valid(options["enterprise_number"]):
            raise CommandError(f"{options['enterprise_number']} is not an enterprise number, such as 0403.019.261.")
        if existing := _existing(slug, vat.compact(options["enterprise_number"])):
            self.stdout.write(f"{existing.name} ({existing.slug}) exists already; nothing was changed.")
            return
        try:
            validate_email(options["email"])
        except ValidationError as error:
            raise CommandError(f"{options['email']} is not an e-mail address.") from error
        by = Actor.ops("create_customer")
        try:
            with translation.override("en"), transaction.atomic():
                customer = create_customer(
                    name=options["name"], enterprise_number=options["enterprise_number"], slug=slug, by=by
                )
                who = {"email": options["email"], "role": options["role"], "language": options["language"]}
                invitation = invite(customer=customer, by=by, **who)
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"{customer.name} ({customer.slug}) was made. {invitation.email} is invited by mail.")


def _existing(slug: str, enterprise_number: str) -> Customer | None:
    """The company this would make; raises when only one of its two keys is taken."""
    by_number = Customer.objects.filter(enterprise_number=enterprise_number).first()
    by_slug = Customer.objects.filter(slug=slug).first()
    if by_number and by_slug and by_number != by_slug:
        raise CommandError(f"{slug} is the short name of {by_slug.name}; {by_number.name} has this enterprise number.")
    if by_slug and not by_number:
        raise CommandError(f"{slug} is the short name of {by_slug.name}, which has another enterprise number.")
    return by_number
