"""Tickets of a company as their pages show them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Prefetch, Q

from accounts.models import Customer, Membership
from accounts.permissions import Permission
from billing.models import Invoice
from billing.queries.access import visible_invoices
from fleetportal.tenancy.requests import PortalRequest
from sims.models import Line
from tickets.enums import SETTLED, TicketState
from tickets.models import Attachment, Item, Subject, Ticket, TicketMessage


def visible_tickets(customer: Customer, membership: Membership) -> Any:
    """Those this person may see: one about an invoice only with that invoice, or when it is his own."""
    seen = Q(invoice=None) | Q(opened_by_id=membership.user_id)
    if membership.can(Permission.VIEW_INVOICES):
        seen |= Q(invoice__in=choosable_invoices(customer, membership))
    return Ticket.objects.for_customer(customer).filter(seen)


def choosable_invoices(customer: Customer, membership: Membership) -> Any:
    """The invoices this person may ask about, the newest first."""
    if not membership.can(Permission.VIEW_INVOICES):
        return Invoice.objects.for_customer(customer).none()
    return visible_invoices(customer, membership).order_by("-issued_on", "-pk")


@dataclass(frozen=True, slots=True)
class TicketCounts:
    """How many in each state."""

    states: Mapping[str, int]

    @property
    def all(self) -> int:
        return sum(self.states.values())

    @property
    def settled(self) -> int:
        return sum(self.states.get(state, 0) for state in SETTLED)

    @property
    def waiting(self) -> int:
        return self.states.get(TicketState.WAITING, 0)

    @property
    def open(self) -> int:
        return self.all - self.settled


def ticket_counts(customer: Customer, membership: Membership) -> TicketCounts:
    rows = visible_tickets(customer, membership).order_by().values_list("state").annotate(n=Count("pk"))
    return TicketCounts(dict(rows))


def waiting_tickets(request: PortalRequest) -> Any:
    """On which the desk waits for the company; None for who may not write on them."""
    if not request.membership.can(Permission.OPEN_TICKETS):
        return None
    return visible_tickets(request.customer, request.membership).filter(state=TicketState.WAITING)


def for_list(tickets: Any) -> Any:
    """With the numbers they are about, those with a phone number first."""
    lines = Line.objects.across_customers(reason="reached from tickets that are scoped already").order_by("number")
    return tickets.prefetch_related(Prefetch("lines", lines.only("number", "customer_id"), to_attr="concerned"))


def messages_of(ticket: Ticket) -> list[TicketMessage]:
    """The thread, oldest first, each message with its files in ``files``."""
    files = Attachment.objects.for_customer(ticket.customer_id)
    messages = TicketMessage.objects.for_customer(ticket.customer_id).filter(ticket=ticket)
    return list(messages.prefetch_related(Prefetch("attachments", files, to_attr="files")).order_by("at", "pk"))


def tickets_of_line(request: PortalRequest, line: Line, limit: int = 25) -> list[Ticket]:
    """The newest about this line."""
    found = visible_tickets(request.customer, request.membership).filter(lines=line)
    return list(found.order_by("-last_at", "-pk")[:limit])


def subjects() -> list[Subject]:
    """What can be chosen, each subject with its items, and those with their fields: three queries."""
    items = Item.objects.filter(is_active=True).prefetch_related("fields").order_by("position", "code")
    found = Subject.objects.filter(is_active=True).prefetch_related(Prefetch("items", items, to_attr="choosable"))
    return [subject for subject in found if subject.choosable]
