"""What the dashboard tells about lines: what needs the manager, and what is planned next."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import CharField, Count, Exists, F, OuterRef, Q, Value
from django.utils import timezone

from accounts.models import Customer
from sims.enums import LineState, OrderKind, OrderState
from sims.models import Line, Order
from sims.orders.calendar import start_of_day
from sims.orders.lateness import Lateness, lateness_of
from sims.queries.departures import SOON, running_clocks, unfinished
from sims.queries.employees import to_remind

# A refusal that nobody acted on for so long is no news any more; the line still counts as not activated.
RECENT = timedelta(days=14)
# Nobody can claim for a promise of longer ago: some weeks late at most, and six months to claim.
LONGEST_LATE = timedelta(days=300)
# A transfer that is done so soon after the promised moment is left out before its days are counted.
ON_TIME = timedelta(minutes=20)


@dataclass(frozen=True, slots=True)
class OrdersToLookAt:
    """``wrong`` were refused or failed lately and not asked again, or take long, newest first.

    ``late`` are number transfers that are late, or were and can still be claimed for, the longest late first.
    """

    wrong: list[Order]
    late: list[tuple[Order, Lateness]]


def orders_to_look_at(customer: Customer, limit: int = 5) -> OrdersToLookAt:
    """One query for all that needs the manager; ``limit`` of each."""
    orders = Order.objects.for_customer(customer).select_related("line", "line__subscriber", "line__sim")
    newest = orders.filter(_went_wrong(customer) | _may_be_late()).order_by("-created_at", "-pk")[: limit * 8]
    found: dict[object, Order] = {}
    late: list[tuple[Order, Lateness]] = []
    for order in newest:
        if order.kind == OrderKind.PORT_IN and (lateness := lateness_of(order)):
            late.append((order, lateness))
        if order.state in (OrderState.NEEDS_ATTENTION, OrderState.REJECTED, OrderState.FAILED):
            found.setdefault(order.line_id or order.subject, order)
    today = timezone.localdate()
    late = [one for one in late if one[1].claim_until >= today]
    late.sort(key=lambda one: -one[1].days)
    return OrdersToLookAt(list(found.values())[:limit], late[:limit])


def _went_wrong(customer: Customer) -> Q:
    again = Order.objects.for_customer(customer).filter(
        Q(line=OuterRef("line")) | Q(subject=OuterRef("subject")),
        conflict_group=OuterRef("conflict_group"),
        created_at__gt=OuterRef("created_at"),
    )
    activated = Line.objects.for_customer(customer).filter(pk=OuterRef("line")).exclude(state=LineState.NEW)
    is_about_activation = Q(kind__in=(OrderKind.ACTIVATE, OrderKind.PORT_IN)) & Exists(activated)
    is_recent = Q(state__in=(OrderState.REJECTED, OrderState.FAILED), finished_at__gte=timezone.now() - RECENT)
    return Q(state=OrderState.NEEDS_ATTENTION) | (is_recent & ~Exists(again) & ~is_about_activation)


def _may_be_late() -> Q:
    """Promised for an earlier day, not done soon after, and nobody has claimed; ``lateness_of`` tells for sure."""
    promised = Q(slot_at__gte=timezone.now() - LONGEST_LATE, slot_at__lt=start_of_day(timezone.localdate()))
    late = Q(finished_at=None) | Q(state=OrderState.COMPLETED, finished_at__gt=F("slot_at") + ON_TIME)
    unclaimed = Q(line__port_in__isnull=False, line__port_in__late_claimed_at=None)
    return Q(kind=OrderKind.PORT_IN) & promised & late & unclaimed


def people_to_look_at(customer: Customer) -> dict[str, int]:
    """How many, in one query: employees to ask for their details (``remind``), numbers whose month to be asked back
    is about to end (``clock``), departures with something left to do (``leave``).
    """
    today = timezone.localdate()
    clocks = running_clocks(customer, today=today).filter(reclaim_until__lte=today + SOON)
    parts = {"remind": to_remind(customer), "clock": clocks, "leave": unfinished(customer, today=today)}
    counted = [
        rows.order_by().annotate(part=Value(name, CharField())).values_list("part").annotate(n=Count("pk"))
        for name, rows in parts.items()
    ]
    return dict.fromkeys(parts, 0) | dict(counted[0].union(*counted[1:], all=True))


def next_orders(customer: Customer, limit: int = 3) -> list[Order]:
    """The requests whose day comes first."""
    planned = Order.objects.for_customer(customer).filter(state=OrderState.SCHEDULED)
    return list(planned.select_related("line", "line__subscriber", "line__sim").order_by("not_before", "pk")[:limit])
