"""What managers do with a ticket after it was opened: say something, close it, open it again."""

import uuid

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fleetportal.audit import services as audit
from fleetportal.audit.actors import Actor
from fleetportal.web.errors import Refusal
from tickets.enums import AuditKind, Author, MessageAction, TicketState
from tickets.models import Ticket, TicketMessage
from tickets.services.attachments import take_drafts
from tickets.services.outbox import lock_ticket, make_due

_KINDS = {
    MessageAction.NOTE: AuditKind.TICKET_NOTE,
    MessageAction.CLOSE: AuditKind.TICKET_CLOSED,
    MessageAction.REOPEN: AuditKind.TICKET_REOPENED,
}


def add_note(*, ticket: Ticket, key: uuid.UUID, text: str, by: Actor) -> TicketMessage:
    """Say something; on a ticket that is settled it opens it again. ``key`` is the form's own: sent twice it is one."""
    with transaction.atomic():
        locked = lock_ticket(ticket)
        known = _known(locked, key)
        if known is not None:
            return known
        is_settled = TicketState(locked.state).is_settled
        locked.state = TicketState.IN_PROGRESS if locked.state == TicketState.WAITING else locked.state
        locked.state = TicketState.OPEN if is_settled else locked.state
        return _say(locked, MessageAction.REOPEN if is_settled else MessageAction.NOTE, key, text, by)


def close_ticket(*, ticket: Ticket, by: Actor) -> None:
    """Nothing has to be done any more; closing twice is closing once."""
    with transaction.atomic():
        locked = lock_ticket(ticket)
        if locked.state == TicketState.CLOSED:
            return
        locked.state = TicketState.CLOSED
        _say(locked, MessageAction.CLOSE, uuid.uuid4(), "", by)


def _known(ticket: Ticket, key: uuid.UUID) -> TicketMessage | None:
    messages = TicketMessage.objects.for_customer(ticket.customer_id)
    found: TicketMessage | None = messages.filter(ticket=ticket, external_id=str(key)).first()
    return found


def _say(ticket: Ticket, action: MessageAction, key: uuid.UUID, text: str, by: Actor) -> TicketMessage:
    """Write the message of a locked ticket into the outbox."""
    if _opening_was_refused(ticket):
        raise Refusal(_("The help desk did not take this ticket. Ask your question in a new one."))
    ticket.last_at = timezone.now()
    ticket.save(update_fields=["state", "last_at"])
    message: TicketMessage = TicketMessage.objects.create(
        customer_id=ticket.customer_id,
        ticket=ticket,
        external_id=str(key),
        author=Author.MANAGER,
        author_id=by.id,
        author_name=by.name,
        action=action,
        text=text,
        at=ticket.last_at,
    )
    files = take_drafts(message=message, draft=key, by=by)
    after = {"files": files} if files else {}
    audit.record(_KINDS[action], by=by, customer_id=ticket.customer_id, subject=ticket, after=after)
    make_due(ticket)
    return message


def _opening_was_refused(ticket: Ticket) -> bool:
    messages = TicketMessage.objects.for_customer(ticket.customer_id)
    refused: bool = messages.filter(ticket=ticket, action=MessageAction.OPEN).exclude(refusal="").exists()
    return refused
