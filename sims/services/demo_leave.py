"""Who leaves the demo company: one whose month to ask his number back is nearly over, and one who goes soon."""

from datetime import date, timedelta

from django.utils import timezone

from accounts.models import Customer, User
from fleetportal.audit.actors import Actor
from fleetportal.operators.simulator.models import SimulatedOrder
from sims.enums import DepartureItemKind, LineState, NumberFate, NumberProvenance
from sims.models import Departure, DepartureItem, Line, Order, Subscriber
from sims.orders import calendar
from sims.orders.engine import run_due
from sims.orders.holds import last_day_to_ask_back
from sims.queries.departures import SOON
from sims.services.departure_end import finish_departures, tick
from sims.services.departures import plan_departure, save_draft


def let_leave(customer: Customer, owner: User) -> None:
    """Who left is blocked and half of his list is done; who goes hands his number to a colleague."""
    by = Actor.user(owner)
    today = calendar.local_day(timezone.now())
    lines = Line.objects.for_customer(customer).filter(state=LineState.ACTIVE, open_request="").order_by("number")
    gone, going = (line for line in lines.select_related("subscriber")[40:42])
    colleague = lines[43].subscriber
    departure = _planned(customer, gone, by, day_with_a_clock_that_ends_soon(today), NumberProvenance.EMPLOYEE)
    _carry_out(departure)
    done = DepartureItem.objects.for_customer(customer).filter(departure=departure)
    for item in done.filter(kind__in=(DepartureItemKind.TOLD, DepartureItemKind.DEVICE)):
        tick(item=item, is_done=True, by=by)
    finish_departures()
    last_day = today + timedelta(days=12)
    _planned(customer, going, by, last_day, NumberProvenance.COMPANY, fate=NumberFate.REASSIGN, colleague=colleague)


def day_with_a_clock_that_ends_soon(today: date) -> date:
    """The last day of somebody who may ask his number back for less than a week."""
    day = today - timedelta(days=20)
    while last_day_to_ask_back(day) >= today + SOON:
        day -= timedelta(days=1)
    return day


def _planned(
    customer: Customer,
    line: Line,
    by: Actor,
    last_day: date,
    provenance: NumberProvenance,
    *,
    fate: NumberFate = NumberFate.SUSPEND,
    colleague: Subscriber | None = None,
) -> Departure:
    person = line.subscriber
    assert person is not None, "the demo's working lines have somebody"
    save_draft(
        customer=customer,
        subscriber=person,
        line=line,
        by=by,
        provenance=provenance,
        fate=fate,
        colleague=colleague,
    )
    return plan_departure(customer=customer, subscriber=person, last_day=last_day, by=by)


def _carry_out(departure: Departure) -> None:
    """What is due of it happens at the simulated operator at once."""
    orders = Order.objects.for_customer(departure.customer_id)
    now = timezone.now()
    for order in orders.filter(departure=departure, not_before__lte=now):
        for _look in ("sent", "done"):
            SimulatedOrder.objects.filter(external_id=order.pk).update(done_at=now)
            orders.filter(pk=order.pk).update(due_at=now)
            run_due(order.pk)
