"""Sends what managers wrote to the help desk, in order and once, however long the desk cannot be reached.

Every message carries our id, so the desk knows it again. A call that got no answer is settled by asking the desk what
it has; only when the message is certainly not there it is sent again. Nothing is ever given up.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import override

from fleetportal.audit import services as audit
from fleetportal.audit.actors import Actor
from fleetportal.operators.contract import Busy, Operator, OperatorError, Rejected
from fleetportal.operators.helpdesk import DeskFile, DeskNote, DeskTicket, TicketRequest
from sims.orders.kinds.base import customer_reference
from sims.orders.patience import backoff, longest_answer
from tickets.enums import AuditKind, MessageAction, TicketState
from tickets.models import Ticket, TicketMessage
from tickets.models.catalogue import in_language
from tickets.queries.answers import shown_answers
from tickets.services.answers import take_over
from tickets.services.outbox import claim, lock_ticket, postpone, release, unsent_messages
from tickets.services.telling import tell_refused

logger = structlog.get_logger(__name__)
DESK = Actor.operator("help desk")


def send_due(*, ticket_id: int, operator: Operator) -> None:
    """Everything of one ticket that is due; each message is a transaction of its own."""
    ticket = claim(ticket_id=ticket_id)
    if ticket is None:
        return
    for message in list(unsent_messages(ticket)):
        wait = _sent_or_wait(ticket, message, operator)
        if wait:
            postpone(ticket=ticket, seconds=wait)
            return
    with transaction.atomic():
        release(ticket=ticket)


def _sent_or_wait(ticket: Ticket, message: TicketMessage, operator: Operator) -> float:
    """0 when the desk has it or refused it, else after how many seconds to come back."""
    trouble = backoff(min(ticket.attempts + 1, 20))
    try:
        if message.tried_at is not None:
            told = operator.get_ticket(ticket.public_id)
            if told is not None and UUID(message.external_id) in told.received:
                _received(message, told)
                return 0
            still = (message.tried_at + timedelta(seconds=longest_answer()) - timezone.now()).total_seconds()
            if still > 0:
                return max(still, 1.0)
        request = partial(_CALLS[MessageAction(message.action)], operator, ticket, message)
        _mark_tried(message, Now())
        _received(message, request())
    except Busy as busy:
        _mark_tried(message, None)
        return max(busy.retry_after, trouble)
    except Rejected as refusal:
        _refused(ticket, message, refusal)
    except OperatorError as error:
        logger.warning("ticket_not_sent", ticket_id=ticket.pk, error=type(error).__name__, problem=str(error))
        return trouble
    return 0


def _mark_tried(message: TicketMessage, tried_at: Now | None) -> None:
    """When a call begins, so that a worker that dies leaves word of it; None when the desk certainly did nothing."""
    TicketMessage.objects.for_customer(message.customer_id).filter(pk=message.pk).update(tried_at=tried_at)


def _received(message: TicketMessage, told: DeskTicket) -> None:
    """The desk has it; what it told along the way is taken over too."""
    with transaction.atomic():
        ticket = lock_ticket(message.ticket)
        messages = TicketMessage.objects.for_customer(message.customer_id)
        messages.filter(pk=message.pk, received_at=None).update(received_at=Now())
        if ticket.desk_reference != told.reference:
            ticket.desk_reference = told.reference[:80]
            ticket.save(update_fields=["desk_reference"])
        take_over(ticket=ticket, told=told)


def _refused(ticket: Ticket, message: TicketMessage, refusal: Rejected) -> None:
    """It will never be taken: who wrote it is told why. A ticket whose opening is refused is closed."""
    with transaction.atomic():
        locked = lock_ticket(ticket)
        messages = TicketMessage.objects.for_customer(message.customer_id)
        messages.filter(pk=message.pk).update(refusal=refusal.message or refusal.code)
        if message.action == MessageAction.OPEN:
            locked.state = TicketState.CLOSED
            locked.save(update_fields=["state"])
        audit.record(
            AuditKind.TICKET_REFUSED,
            by=DESK,
            customer_id=ticket.customer_id,
            subject=locked,
            after={"reason": refusal.code},
        )
        tell_refused(locked, message)


def _open(operator: Operator, ticket: Ticket, message: TicketMessage) -> DeskTicket:
    return operator.open_ticket(_request(ticket, message))


def _request(ticket: Ticket, message: TicketMessage) -> TicketRequest:
    with override(ticket.language):
        answers = [f"{answer.label}: {answer.text}" for answer in shown_answers(ticket)]
        title = f"{in_language(ticket.subject_names)}: {in_language(ticket.item_names)}"
    return TicketRequest(
        external_id=ticket.public_id,
        message_id=UUID(message.external_id),
        customer_reference=customer_reference(ticket.customer),
        language=ticket.language,
        subject=ticket.subject_code,
        item=ticket.item_code,
        title=title[:300],
        text="\n\n".join(filter(None, (message.text, "\n".join(answers)))),
        contact=message.author_name,
        opened_at=ticket.created_at,
        numbers=tuple(line.number for line in ticket.lines.order_by("number") if line.number),
        invoice=ticket.invoice.number if ticket.invoice else "",
        files=_files(message),
    )


def _note(message: TicketMessage, ticket: Ticket) -> DeskNote:
    return DeskNote(
        external_id=UUID(message.external_id),
        ticket_id=ticket.public_id,
        text=message.text,
        contact=message.author_name,
        written_at=message.at,
        files=_files(message),
    )


def _files(message: TicketMessage) -> tuple[DeskFile, ...]:
    return tuple(
        DeskFile(one.name, one.content_type, one.size, partial(_content, one)) for one in message.attachments.all()
    )


def _content(attachment: Any) -> bytes:
    with attachment.file.open("rb") as file:
        content: bytes = file.read()
    return content


_CALLS: dict[MessageAction, Callable[[Operator, Ticket, TicketMessage], DeskTicket]] = {
    MessageAction.OPEN: _open,
    MessageAction.NOTE: lambda operator, ticket, message: operator.add_note(_note(message, ticket)),
    MessageAction.CLOSE: lambda operator, ticket, message: operator.close_ticket(_note(message, ticket)),
    MessageAction.REOPEN: lambda operator, ticket, message: operator.reopen_ticket(_note(message, ticket)),
}
