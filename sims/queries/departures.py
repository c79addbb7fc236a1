"""Employees who leave: what is planned for them, or what would be if nobody chooses anything else."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from accounts.models import Customer, Membership
from sims.enums import OPEN_DEPARTURE_STATES, DepartureState, LineState, NumberFate, NumberProvenance
from sims.models import Departure, DepartureItem, DepartureLine, Line, Order, Subscriber
from sims.orders import calendar
from sims.orders.holds import last_day_to_ask_back

LIVING = (LineState.ACTIVE, LineState.SUSPENDED, LineState.LIMITED)
# How long before its end a running clock asks for attention.
SOON = timedelta(days=7)


def open_departure(customer: Customer, subscriber: Subscriber) -> Departure | None:
    """The draft or the plan of this employee's leave."""
    departures = Departure.objects.for_customer(customer).filter(subscriber=subscriber, state__in=OPEN_DEPARTURE_STATES)
    found: Departure | None = departures.first()
    return found


def usual_last_day() -> date:
    """The end of the present month, which most contracts end on."""
    today = calendar.local_day(timezone.now())
    return calendar.next_period(today) - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Leave:
    """A leave as it stands: stored, or not yet. ``rows`` are one for each living line of the employee."""

    departure: Departure
    rows: list[DepartureLine]

    def row_of(self, line: Line) -> DepartureLine:
        return next(row for row in self.rows if row.line_id == line.pk)


def leave_of(customer: Customer, subscriber: Subscriber) -> Leave:
    """What the wizard shows: the draft with the lines the employee has now, missing answers as they usually are."""
    departure = open_departure(customer, subscriber) or Departure(
        customer=customer, subscriber=subscriber, last_day=usual_last_day()
    )
    stored: dict[int, DepartureLine] = {}
    if departure.pk:
        rows = DepartureLine.objects.for_customer(customer).filter(departure=departure).select_related("colleague")
        stored = {row.line_id: row for row in rows}
    lines = living_lines(customer, subscriber)
    return Leave(departure, [_with_line(stored.get(line.pk) or usual_row(departure, line), line) for line in lines])


def planned_leave(departure: Departure) -> tuple[Leave, list[Order]]:
    """A leave as it was planned, with its requests in the order they are due."""
    rows = DepartureLine.objects.for_customer(departure.customer_id).filter(departure=departure)
    orders = Order.objects.for_customer(departure.customer_id).filter(departure=departure)
    found = list(rows.select_related("colleague", "line__sim", "line__subscriber"))
    return Leave(departure, found), list(orders.order_by("not_before", "created_at"))


def _with_line(row: DepartureLine, line: Line) -> DepartureLine:
    row.line = line
    return row


def living_lines(customer: Customer, subscriber: Subscriber) -> list[Line]:
    lines = Line.objects.for_customer(customer).filter(subscriber=subscriber, state__in=LIVING)
    return list(lines.select_related("sim", "plan", "subscriber", "split_bill_profile").order_by("pk"))


def usual_row(departure: Departure, line: Line) -> DepartureLine:
    """The number stays with the company, blocked until somebody else gets it."""
    return DepartureLine(
        customer_id=line.customer_id,
        departure=departure if departure.pk else None,
        line=line,
        fate=NumberFate.SUSPEND,
        provenance=line.number_provenance,
    )


def reclaim_until_of(row: DepartureLine, last_day: date) -> date | None:
    """Until when the number may be asked back; one of unknown origin is treated as brought, to be safe."""
    return None if row.provenance == NumberProvenance.COMPANY else last_day_to_ask_back(last_day)


def end_day_of(row: DepartureLine, last_day: date) -> date:
    """The day the line ends: as chosen, else as soon as nobody can ask the number back any more."""
    until = None if row.override else reclaim_until_of(row, last_day)
    first = until + timedelta(days=1) if until else last_day
    return max(row.end_on, last_day) if row.end_on else first


def membership_of(customer: Customer, subscriber: Subscriber) -> Membership | None:
    """The same person as a fleet manager, recognised by his address."""
    if not subscriber.email:
        return None
    members = Membership.objects.for_customer(customer).filter(user__email__iexact=subscriber.email)
    found: Membership | None = members.select_related("user").first()
    return found


def departures_of(customer: Customer) -> Any:
    """Every leave that was planned once, the latest last day first; with ``open_items`` and ``line_count``.

    ``asks_until`` is the last day on which a number of it may be asked back, as long as that runs.
    """
    today = calendar.local_day(timezone.now())
    clocks = running_clocks(customer, today=today).filter(departure=OuterRef("pk"))
    return (
        Departure.objects.for_customer(customer)
        .exclude(state=DepartureState.DRAFT)
        .select_related("subscriber")
        .annotate(
            open_items=Count("items", filter=Q(items__done_at=None), distinct=True),
            line_count=Count("lines", distinct=True),
            asks_until=Subquery(clocks.values("reclaim_until")[:1]),
        )
        .order_by("-last_day", "-pk")
    )


def running_clocks(customer: Customer, *, today: date) -> QuerySet[DepartureLine]:
    """Numbers that may still be asked back by an employee who has left, the first to end first."""
    rows: QuerySet[DepartureLine] = (
        DepartureLine.objects.for_customer(customer)
        .filter(
            departure__state__in=(DepartureState.PLANNED, DepartureState.DONE),
            reclaim_until__gte=today,
            departure__last_day__lte=today,
            asked_back_on=None,
            line__state__in=LIVING,
        )
        .select_related("line__sim", "departure__subscriber")
        .order_by("reclaim_until", "pk")
    )
    return rows


def unfinished(customer: Customer, *, today: date) -> QuerySet[Departure]:
    """Leaves whose last day is over with things left to do or to collect."""
    to_do = DepartureItem.objects.for_customer(customer).filter(departure=OuterRef("pk"), done_at=None)
    departures: QuerySet[Departure] = Departure.objects.for_customer(customer).filter(
        Exists(to_do), state__in=(DepartureState.PLANNED, DepartureState.DONE), last_day__lt=today
    )
    return departures
