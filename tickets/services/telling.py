"""Who is told what about tickets: who wrote on one hears of every answer. Only ids and names are kept."""

from typing import Any

from django.urls import reverse
from django.utils import timezone

from fleetportal.notifications.services import notify
from tickets.enums import Author, TicketState
from tickets.models import Ticket, TicketMessage

ANSWERED, REFUSED = "tickets.answered", "tickets.refused"


def tell_answered(ticket: Ticket, message_id: str) -> None:
    """The desk wrote something; several messages at once are told as one."""
    _tell(ticket, ANSWERED, f"{ticket.pk}:{message_id}", {"state": ticket.state})


def tell_moved(ticket: Ticket) -> None:
    """The desk waits for the manager or has solved it, without a word."""
    _tell(ticket, ANSWERED, f"{ticket.pk}:{ticket.state}:{timezone.now().isoformat()}", {"state": ticket.state})


def tell_refused(ticket: Ticket, message: TicketMessage) -> None:
    """The desk does not take what was written."""
    _tell(ticket, REFUSED, f"{ticket.pk}:{message.external_id}", {"state": TicketState(ticket.state).value})


def _tell(ticket: Ticket, event: str, key: str, params: dict[str, Any]) -> None:
    names = {"number": ticket.label, "item": ticket.item_names}
    notify(
        customer_id=ticket.customer_id,
        event=event,
        recipients=_writers(ticket),
        once_key=f"ticket:{key}",
        params={**names, **params},
        url=reverse("ticket_detail", args=[ticket.public_id]),
    )


def _writers(ticket: Ticket) -> list[int]:
    messages = TicketMessage.objects.for_customer(ticket.customer_id)
    written = messages.filter(ticket=ticket, author=Author.MANAGER, author_id__isnull=False)
    return list(written.order_by("author_id").values_list("author_id", flat=True).distinct())
