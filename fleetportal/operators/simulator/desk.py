"""The simulated help desk: receives tickets and notes, and answers after a while in the customer's language.

What the desk will say is planned when a ticket or a note comes in; a message exists once its moment has come. A new
note of the customer overturns what was planned.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max

from fleetportal.operators.contract import ContractError, Rejected, Uncertain
from fleetportal.operators.helpdesk import (
    DeskFile,
    DeskMessage,
    DeskNote,
    DeskPage,
    DeskStatus,
    DeskTicket,
    TicketRequest,
)
from fleetportal.operators.simulator.desk_texts import PEOPLE, TEXTS, in_language
from fleetportal.operators.simulator.faults import with_faults
from fleetportal.operators.simulator.models import Faults, SimulatedTicket, SimulatedTicketEvent

# The desk asks something before it can solve these.
ASKS_FIRST = ("network", "device")
# A ticket whose text holds this word is not taken, so that a demonstration can show it.
REFUSED_WORD = "weigerdezevraag"
SOLVED_AFTER = 4
PER_PAGE = 100
# Two clocks, and calls that commit a little later than they began.
OVERLAP = timedelta(seconds=5)

T = TypeVar("T")


def call(work: Callable[[datetime], T], *, is_submit: bool) -> T:
    """Do ``work`` as the fault switches say; a desk that is down gives no answer."""
    if Faults.objects.filter(pk=1, desk_is_down=True).exists():
        raise Uncertain("the help desk does not answer")
    return with_faults(work, is_submit=is_submit)


def open_ticket(request: TicketRequest, at: datetime) -> DeskTicket:
    with transaction.atomic(durable=True):
        _one_at_a_time(request.external_id)
        ticket = SimulatedTicket.objects.filter(external_id=request.external_id).first()
        if ticket is None:
            if REFUSED_WORD in request.text:
                raise Rejected("not_taken", in_language(TEXTS["refused"], request.language))
            ticket = _received(request, at)
        return _told(ticket, at)


def _received(request: TicketRequest, at: datetime) -> SimulatedTicket:
    ticket = SimulatedTicket.objects.create(
        external_id=request.external_id,
        customer_reference=request.customer_reference,
        language=request.language,
        subject=request.subject,
        title=request.title,
        text=request.text,
        contact=request.contact,
        files=_files(request.files),
        received_at=at,
    )
    _write(ticket, at, DeskStatus.ACKNOWLEDGED, request.text, external_id=request.message_id, author=request.contact)
    _plan(ticket, at, "greeting", DeskStatus.IN_PROGRESS)
    if request.subject in ASKS_FIRST:
        _plan(ticket, at, "question", DeskStatus.PENDING, waits=SOLVED_AFTER)
    else:
        _plan(ticket, at, _solution(ticket), DeskStatus.RESOLVED, waits=SOLVED_AFTER)
    return ticket


def add_note(note: DeskNote, at: datetime) -> DeskTicket:
    def answer(ticket: SimulatedTicket) -> None:
        _plan(ticket, at, "thanks", DeskStatus.IN_PROGRESS)
        _plan(ticket, at, _solution(ticket), DeskStatus.RESOLVED, waits=SOLVED_AFTER)

    return _note(note, at, DeskStatus.IN_PROGRESS, answer)


def close_ticket(note: DeskNote, at: datetime) -> DeskTicket:
    return _note(note, at, DeskStatus.CLOSED, lambda _ticket: None)


def reopen_ticket(note: DeskNote, at: datetime) -> DeskTicket:
    return _note(note, at, DeskStatus.IN_PROGRESS, lambda ticket: _plan(ticket, at, "again", DeskStatus.IN_PROGRESS))


def _note(note: DeskNote, at: datetime, status: DeskStatus, and_then: Callable[[SimulatedTicket], None]) -> DeskTicket:
    with transaction.atomic(durable=True):
        ticket = SimulatedTicket.objects.select_for_update().filter(external_id=note.ticket_id).first()
        if ticket is None:
            raise Rejected("ticket_unknown", f"There is no ticket {note.ticket_id}.")
        if not ticket.events.filter(external_id=note.external_id).exists():
            ticket.events.filter(at__gt=at, external_id=None).delete()
            files = _files(note.files)
            _write(ticket, at, status, note.text, external_id=note.external_id, author=note.contact, files=files)
            and_then(ticket)
        return _told(ticket, at)


def find(external_id: UUID, at: datetime) -> DeskTicket | None:
    ticket = SimulatedTicket.objects.filter(external_id=external_id).first()
    return _told(ticket, at) if ticket else None


def changes(customer_reference: str, cursor: str, at: datetime) -> DeskPage:
    """Tickets in the order of what last happened to them; the cursor is the moment up to where that was told."""
    since = _moment(cursor)
    events = SimulatedTicketEvent.objects.filter(
        ticket__customer_reference=customer_reference, at__gt=since - OVERLAP, at__lte=at
    )
    newest = list(events.order_by().values("ticket").annotate(last=Max("at")).order_by("last", "ticket")[:PER_PAGE])
    tickets = SimulatedTicket.objects.in_bulk([row["ticket"] for row in newest])
    # More than a page at one moment would never end: then the cursor moves on by force.
    reached = max((row["last"] for row in newest), default=since)
    is_last = len(newest) < PER_PAGE
    if not is_last and reached <= since:
        reached = since + OVERLAP
    return DeskPage(tuple(_told(tickets[row["ticket"]], at) for row in newest), reached.isoformat(), is_last)


def _moment(cursor: str) -> datetime:
    if not cursor:
        return datetime(2000, 1, 1, tzinfo=UTC)
    try:
        return datetime.fromisoformat(cursor)
    except ValueError:
        raise ContractError(f"{cursor!r} is not a cursor of this desk") from None


def _told(ticket: SimulatedTicket, at: datetime) -> DeskTicket:
    events = list(ticket.events.filter(at__lte=at))
    return DeskTicket(
        external_id=ticket.external_id,
        reference=ticket.reference,
        status=DeskStatus(events[-1].status) if events else DeskStatus.ACKNOWLEDGED,
        received=frozenset(event.external_id for event in events if event.external_id),
        messages=tuple(
            DeskMessage(f"{ticket.reference}-{event.pk}", event.text, event.author, event.at)
            for event in events
            if event.external_id is None
        ),
    )


def _write(
    ticket: SimulatedTicket, at: datetime, status: DeskStatus, text: str, *, author: str, **fields: object
) -> None:
    SimulatedTicketEvent.objects.create(ticket=ticket, at=at, status=status, text=text, author=author, **fields)


def _plan(ticket: SimulatedTicket, at: datetime, what: str, status: DeskStatus, *, waits: int = 1) -> None:
    """The desk will say ``what`` after ``waits`` times the setting."""
    name = PEOPLE[ticket.pk % len(PEOPLE)]
    greeting = in_language(TEXTS["hello"], ticket.language)
    first_name = ticket.contact.split(" ")[0]
    text = "\n\n".join((f"{greeting} {first_name}," if first_name else f"{greeting},", _text(what, ticket), name))
    moment = at + timedelta(seconds=settings.SIMULATOR_DESK_SECONDS) * waits
    _write(ticket, moment, status, text, author=name)


def _text(what: str, ticket: SimulatedTicket) -> str:
    return in_language(TEXTS[what], ticket.language)


def _solution(ticket: SimulatedTicket) -> str:
    name = f"solved_{ticket.subject}"
    return name if name in TEXTS else "solved"


def _files(files: tuple[DeskFile, ...]) -> list[dict[str, object]]:
    """Their content is read as a real desk would, and thrown away."""
    return [{"name": file.name, "bytes": len(file.read())} for file in files]


def _one_at_a_time(external_id: UUID) -> None:
    """The same ticket twice at once: the second call waits and then finds the first one's."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"simulator ticket:{external_id}"])
