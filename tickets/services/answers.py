"""Takes over what the help desk wrote and where a ticket is there; told twice it is taken once."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import Customer
from fleetportal.audit import services as audit
from fleetportal.audit.actors import Actor
from fleetportal.operators.contract import Operator, OperatorError, OperatorEvent
from fleetportal.operators.helpdesk import DeskMessage, DeskStatus, DeskTicket
from fleetportal.wakeup import wake
from sims.orders.kinds.base import customer_reference
from tickets.enums import AuditKind, Author, TicketState
from tickets.models import DeskCursor, Ticket, TicketMessage
from tickets.services.outbox import lock_ticket, unsent_messages
from tickets.services.telling import tell_answered, tell_moved

logger = structlog.get_logger(__name__)

FETCH_TASK, LOOK_TASK, QUEUE = "tickets.fetch_answers_of", "tickets.look_at_ticket", "mail"
DESK = Actor.operator("help desk")
MOST_PAGES = 20
# A desk may come back on something that was closed for so long.
STILL_ASKED = timedelta(days=30)
LONGEST_NAME = 80
STATES = {
    DeskStatus.ACKNOWLEDGED: TicketState.OPEN,
    DeskStatus.IN_PROGRESS: TicketState.IN_PROGRESS,
    DeskStatus.PENDING: TicketState.WAITING,
    DeskStatus.RESOLVED: TicketState.RESOLVED,
    DeskStatus.CLOSED: TicketState.CLOSED,
}


def sweep() -> int:
    """A message per company that may have answers to come, so that none holds up another. Returns how many."""
    tickets = Ticket.objects.across_customers(reason="answers for every company are fetched alike")
    alive = tickets.filter(~Q(state=TicketState.CLOSED) | Q(last_at__gt=timezone.now() - STILL_ASKED))
    companies = list(alive.order_by().values_list("customer_id", flat=True).distinct())
    for customer_id in companies:
        wake(FETCH_TASK, customer_id, queue=QUEUE)
    return len(companies)


def fetch(*, customer: Customer, operator: Operator) -> None:
    """What happened at the desk since it was last asked. After trouble the next sweep begins where this ended."""
    place, _new = DeskCursor.objects.for_customer(customer).get_or_create(customer=customer)
    for _page in range(MOST_PAGES):
        try:
            page = operator.ticket_changes(customer_reference(customer), place.cursor)
        except OperatorError as error:
            logger.warning("answers_not_fetched", customer_id=customer.pk, error=type(error).__name__)
            return
        _take_page(customer, page.tickets)
        place.cursor, place.checked_at = page.cursor, timezone.now()
        place.save(update_fields=["cursor", "checked_at"])
        if page.is_last:
            return


def look_at(*, public_id: UUID, operator: Operator) -> None:
    """Ask about one ticket; trouble is left to the sweep."""
    tickets = Ticket.objects.across_customers(reason="the desk's events name tickets of every company")
    ticket = tickets.filter(public_id=public_id).first()
    if ticket is None:
        return
    try:
        told = operator.get_ticket(public_id)
    except OperatorError as error:
        logger.warning("ticket_not_looked_at", ticket_id=ticket.pk, error=type(error).__name__)
        return
    if told is not None:
        _take_page(ticket.customer, [told])


def look_now(event: OperatorEvent) -> bool:
    """An event of the operator is a reason to ask, and no more; False when it is about no ticket."""
    tickets = Ticket.objects.across_customers(reason="the desk's events name tickets of every company")
    is_known: bool = tickets.filter(public_id=event.external_id).exists()
    if is_known:
        wake(LOOK_TASK, str(event.external_id), queue=QUEUE)
    return is_known


def _take_page(customer: Customer, told: Iterable[DeskTicket]) -> None:
    """Only tickets of this company: what else is named was opened by telephone, or is a mistake of the desk."""
    by_id = {one.external_id: one for one in told}
    for ticket in Ticket.objects.for_customer(customer).filter(public_id__in=by_id).order_by("pk"):
        with transaction.atomic():
            take_over(ticket=lock_ticket(ticket), told=by_id[ticket.public_id])


def take_over(*, ticket: Ticket, told: DeskTicket) -> None:
    """New messages and the state of a locked ticket. The state counts only once the desk has all that we wrote."""
    known = set(ticket.messages.values_list("external_id", flat=True))
    new = [message for message in told.messages if message.message_id[:LONGEST_NAME] not in known]
    for message in new:
        _keep(ticket, message)
    state = STATES[told.status]
    is_moved = state != ticket.state and not unsent_messages(ticket).exists()
    if is_moved:
        before, ticket.state = ticket.state, state
        audit.record(
            AuditKind.TICKET_MOVED,
            by=DESK,
            customer_id=ticket.customer_id,
            subject=ticket,
            before={"state": before},
            after={"state": ticket.state},
        )
    if new:
        ticket.answered_at = ticket.last_at = max(message.written_at for message in new)
    if new or is_moved:
        ticket.save(update_fields=["state", "answered_at", "last_at"])
    if new:
        tell_answered(ticket, new[-1].message_id)
    elif is_moved and ticket.state in (TicketState.WAITING, TicketState.RESOLVED):
        tell_moved(ticket)


def _keep(ticket: Ticket, message: DeskMessage) -> None:
    TicketMessage.objects.create(
        customer_id=ticket.customer_id,
        ticket=ticket,
        external_id=message.message_id[:LONGEST_NAME],
        author=Author.DESK,
        author_name=message.author[:200],
        text=message.text,
        at=message.written_at,
        received_at=Now(),
    )
    audit.record(AuditKind.TICKET_ANSWERED, by=DESK, customer_id=ticket.customer_id, subject=ticket)
