"""What tickets can be about, and tickets with their messages and attachments."""

from tickets.models.catalogue import Item, ItemField, Subject
from tickets.models.tickets import Attachment, DeskCursor, Ticket, TicketMessage

__all__ = ["Attachment", "DeskCursor", "Item", "ItemField", "Subject", "Ticket", "TicketMessage"]
