"""Fixed lists of the tickets app."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class FieldType(models.TextChoices):
    """What is typed into a field of a ticket."""

    TEXT = "text", _("Text")
    LONG_TEXT = "long_text", _("Long text")
    NUMBER = "number", _("Whole number")
    DATE = "date", _("Date")
    CHOICE = "choice", _("Choice")
    LINE = "line", _("SIM cards of the company")
    INVOICE = "invoice", _("Invoice")
    PHONE = "phone", _("Phone number")
    YES_NO = "yes_no", _("Yes or no")


class TicketState(models.TextChoices):
    """Where a ticket is, for the manager. ``look`` is the badge that fits."""

    OPEN = "open", pgettext_lazy("state of a ticket", "Open")
    IN_PROGRESS = "in_progress", pgettext_lazy("state of a ticket", "In progress")
    WAITING = "waiting", pgettext_lazy("state of a ticket", "Waiting for you")
    RESOLVED = "resolved", pgettext_lazy("state of a ticket", "Resolved")
    CLOSED = "closed", pgettext_lazy("state of a ticket", "Closed")

    @property
    def look(self) -> str:
        return _LOOKS[self.value]

    @property
    def is_settled(self) -> bool:
        """Nobody works on it any more; writing to it opens it again."""
        return self in (TicketState.RESOLVED, TicketState.CLOSED)


_LOOKS = {"open": "stock", "in_progress": "pending", "waiting": "limited", "resolved": "done", "closed": "ended"}
SETTLED = (TicketState.RESOLVED, TicketState.CLOSED)


class Author(models.TextChoices):
    """Who wrote a message."""

    MANAGER = "manager", _("Manager")
    DESK = "desk", _("Help desk")


class MessageAction(models.TextChoices):
    """What a message does besides saying something."""

    OPEN = "open", _("opens the ticket")
    NOTE = "note", _("says something")
    CLOSE = "close", _("closes the ticket")
    REOPEN = "reopen", _("opens the ticket again")


class AuditKind(models.TextChoices):
    """What can happen to tickets."""

    TICKET_OPENED = "ticket.opened", _("Ticket sent to the help desk")
    TICKET_NOTE = "ticket.note", _("Message added to a ticket")
    TICKET_CLOSED = "ticket.closed", _("Ticket closed")
    TICKET_REOPENED = "ticket.reopened", _("Ticket opened again")
    TICKET_ANSWERED = "ticket.answered", _("Answer of the help desk")
    TICKET_MOVED = "ticket.moved", _("Status of a ticket changed")
    TICKET_REFUSED = "ticket.refused", _("Message refused by the help desk")
