"""What will happen by itself: the list, the month and the calendar feed of planned requests."""

import calendar as months
from dataclasses import dataclass, field
from datetime import date, timedelta

from accounts.models import Customer
from sims.enums import OrderState
from sims.models import Order
from sims.orders.calendar import is_working_day, local_day, start_of_day
from sims.orders.kinds import name_of, page_of
from sims.queries.names import Names
from sims.queries.progress import described

MONDAY = 0
# A list longer than this is read on the requests page.
MOST_SHOWN = 500


@dataclass(frozen=True, slots=True)
class Planned:
    """One planned request; ``what`` may be empty, ``on`` is its day in Belgium."""

    order: Order
    on: date
    what: str

    @property
    def url(self) -> str:
        return page_of(self.order)

    @property
    def about(self) -> str:
        return name_of(self.order)

    @property
    def awaits_approval(self) -> bool:
        return self.order.state == OrderState.AWAITING_APPROVAL


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the month's table."""

    date: date
    is_in_month: bool
    is_working_day: bool
    planned: list[Planned] = field(default_factory=list)


def planned_orders(customer: Customer, *, first: date | None = None, last: date | None = None) -> list[Planned]:
    """Requests that wait for their day (or for approval), the nearest first; ``last`` is included."""
    waiting = (OrderState.SCHEDULED, OrderState.AWAITING_APPROVAL)
    orders = Order.objects.for_customer(customer).filter(state__in=waiting)
    if first is not None:
        orders = orders.filter(not_before__gte=start_of_day(first))
    if last is not None:
        orders = orders.filter(not_before__lt=start_of_day(last + timedelta(days=1)))
    names = Names(customer.pk)
    found = orders.select_related("line__sim", "line__subscriber").order_by("not_before", "pk")[:MOST_SHOWN]
    return [Planned(order, local_day(order.not_before), described(order, names)) for order in found]


def by_day(planned: list[Planned]) -> dict[date, list[Planned]]:
    """The same, gathered per day."""
    days: dict[date, list[Planned]] = {}
    for entry in planned:
        days.setdefault(entry.on, []).append(entry)
    return days


def month_of(customer: Customer, first: date) -> list[list[Day]]:
    """Whole weeks from Monday on that cover the month of ``first``."""
    weeks = months.Calendar(firstweekday=MONDAY).monthdatescalendar(first.year, first.month)
    planned = by_day(planned_orders(customer, first=weeks[0][0], last=weeks[-1][-1]))
    return [
        [Day(day, day.month == first.month, is_working_day(day), planned.get(day, [])) for day in week]
        for week in weeks
    ]


def months_around(first: date) -> tuple[date, date]:
    """The first days of the month before and the month after."""
    return (first - timedelta(days=1)).replace(day=1), (first + timedelta(days=32)).replace(day=1)
