"""Lists orders from the server's command line."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from sims.orders.attention import stuck_orders


class Command(BaseCommand):
    help = "List orders that do not get on by themselves. Exit code 1 when there are any, for monitoring."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--stuck", action="store_true", help="those that need a person, are overdue or are taken by no worker"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["stuck"]:
            raise CommandError("Say which orders: --stuck.")
        orders = list(stuck_orders())
        for order in orders:
            self.stdout.write(
                f"{order.pk}  {order.customer.slug}  {order.kind} {order.about}  {order.state}  "
                f"asked {order.created_at:%Y-%m-%d %H:%M}  attempts {order.attempts}  {order.error_message}".rstrip()
            )
        if orders:
            raise SystemExit(1)
        self.stdout.write("No order is stuck.")
