"""What travels between the portal and the operator's help desk: questions, messages, answers and where a ticket is.

Framework-free, like :mod:`fleetportal.operators.contract`, whose ``Operator`` names the calls.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class DeskStatus(StrEnum):
    """Where a ticket is at the desk. ``pending``: the desk waits for the customer."""

    ACKNOWLEDGED = "acknowledged"
    IN_PROGRESS = "in_progress"
    PENDING = "pending"
    RESOLVED = "resolved"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class DeskFile:
    """An attached file; ``read`` gives its content."""

    name: str
    content_type: str
    size: int
    read: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class TicketRequest:
    """A question. ``external_id`` is the portal's id of the ticket, ``message_id`` that of its first message.

    ``subject`` and ``item`` are codes, ``title`` and ``text`` are in ``language`` and hold everything that was typed.
    """

    external_id: UUID
    message_id: UUID
    customer_reference: str
    language: str
    subject: str
    item: str
    title: str
    text: str
    contact: str
    opened_at: datetime
    numbers: tuple[str, ...] = ()
    invoice: str = ""
    files: tuple[DeskFile, ...] = ()


@dataclass(frozen=True, slots=True)
class DeskNote:
    """Something the customer says on the ticket with our id ``ticket_id``; ``external_id`` is our id of the note."""

    external_id: UUID
    ticket_id: UUID
    text: str
    contact: str
    written_at: datetime
    files: tuple[DeskFile, ...] = ()


@dataclass(frozen=True, slots=True)
class DeskMessage:
    """What the desk wrote. ``message_id`` names it for ever and has at most 80 characters."""

    message_id: str
    text: str
    author: str
    written_at: datetime


@dataclass(frozen=True, slots=True)
class DeskTicket:
    """A ticket as the desk has it: all that the desk wrote, oldest first, and our ids of what it ``received``."""

    external_id: UUID
    reference: str
    status: DeskStatus
    received: frozenset[UUID]
    messages: tuple[DeskMessage, ...] = ()


@dataclass(frozen=True, slots=True)
class DeskPage:
    """Some tickets. ``cursor`` leads to what follows, at most 200 characters; ``is_last`` when there is no more now."""

    tickets: tuple[DeskTicket, ...]
    cursor: str
    is_last: bool
