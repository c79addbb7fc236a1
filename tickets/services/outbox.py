"""The outbox of a ticket: what is due stands in the row, a queue message only wakes a worker up."""

from datetime import timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Now
from django.utils import timezone

from fleetportal.wakeup import wake
from tickets.enums import Author
from tickets.models import Ticket, TicketMessage

TASK, QUEUE = "tickets.send_ticket", "mail"
# How long one worker has a ticket to itself: longer than a task may last.
LEASE = timedelta(seconds=90)
UNSENT = Q(author=Author.MANAGER, received_at=None, refusal="")


def unsent_messages(ticket: Ticket) -> Any:
    """What the desk does not have yet, in the order it was written."""
    messages = TicketMessage.objects.for_customer(ticket.customer_id)
    return messages.filter(UNSENT, ticket=ticket).order_by("pk")


def lock_ticket(ticket: Ticket) -> Ticket:
    """The row, locked until the transaction ends."""
    tickets = Ticket.objects.for_customer(ticket.customer_id)
    locked: Ticket = tickets.select_for_update(of=("self",)).get(pk=ticket.pk)
    return locked


def make_due(ticket: Ticket) -> None:
    """There is something to send; part of the transaction that wrote it."""
    Ticket.objects.for_customer(ticket.customer_id).filter(pk=ticket.pk).update(due_at=Now())
    wake(TASK, ticket.pk, queue=QUEUE)


def claim(*, ticket_id: int) -> Ticket | None:
    """The right to send now; None when nothing is due or somebody else is at it."""
    mine = Ticket.objects.across_customers(reason="tickets of every company are sent alike").filter(pk=ticket_id)
    free = Q(lease_until=None) | Q(lease_until__lte=Now())
    if not mine.filter(free, due_at__lte=Now()).update(lease_until=Now() + LEASE):
        return None
    ticket: Ticket = mine.select_related("customer").get()
    return ticket


def postpone(*, ticket: Ticket, seconds: float) -> None:
    """It did not work out now; a worker tries again after so long."""
    due = Now() + timedelta(seconds=seconds)
    mine = Ticket.objects.for_customer(ticket.customer_id).filter(pk=ticket.pk)
    # A few hours without an answer make no small number overflow.
    mine.update(due_at=due, lease_until=None, attempts=F("attempts") + 1 if ticket.attempts < 1000 else ticket.attempts)


def release(*, ticket: Ticket) -> None:
    """All that was there is sent; what was written meanwhile is due."""
    locked = lock_ticket(ticket)
    locked.lease_until, locked.attempts = None, 0
    locked.due_at = timezone.now() if unsent_messages(ticket).exists() else None
    locked.save(update_fields=["lease_until", "attempts", "due_at"])
    if locked.due_at:
        wake(TASK, locked.pk, queue=QUEUE)


def sweep() -> int:
    """Wake a worker for every ticket that is due: what a lost message or a dead worker left. Returns how many."""
    tickets = Ticket.objects.across_customers(reason="lost wake-ups of every company are found again")
    free = Q(lease_until=None) | Q(lease_until__lte=Now())
    keys = list(tickets.filter(free, due_at__lte=Now()).order_by("due_at").values_list("pk", flat=True)[:200])
    for key in keys:
        wake(TASK, key, queue=QUEUE)
    return len(keys)


def with_unsent(tickets: Any) -> Any:
    """Adds ``is_unsent``: something the manager wrote has not reached the desk yet."""
    unsent = TicketMessage.objects.across_customers(reason="reached from tickets that are scoped already")
    return tickets.annotate(is_unsent=Exists(unsent.filter(UNSENT, ticket=OuterRef("pk"))))
