from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TicketsConfig(AppConfig):
    name = "tickets"
    verbose_name = _("Tickets")

    def ready(self) -> None:
        """Tell the SIM card app what it cannot import: who else hears of the operator's events, a part of the demo."""
        from sims.demo import also_fill
        from sims.orders.hints import also_hear
        from tickets.services.answers import look_now
        from tickets.services.demo import add_tickets

        also_hear(look_now)
        also_fill(add_tickets)
