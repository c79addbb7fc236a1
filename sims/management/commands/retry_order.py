"""Sends an order that needs attention on its way again, from the server's command line."""

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from fleetportal.audit.actors import Actor
from fleetportal.web.errors import Refusal
from sims.models import Order
from sims.orders.placing import retry


class Command(BaseCommand):
    help = "Go on with an order that needs attention; what was sent before is asked about first, never sent blind."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("order", type=UUID, help="id of the order")

    def handle(self, *args: Any, **options: Any) -> None:
        orders = Order.objects.across_customers(reason="staff on the server may name any order")
        order = orders.filter(pk=options["order"]).first()
        if order is None:
            raise CommandError(f"There is no order {options['order']}.")
        try:
            retry(order=order, by=Actor.ops("retry_order"))
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"{order.pk} is {order.state}.")
