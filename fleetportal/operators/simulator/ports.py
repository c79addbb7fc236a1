"""How the simulated operator takes a number over: eligibility, validation by the donor, a slot, the cut-over.

The first two thirds of the working time go into validation and fixing the slot. A day that was asked for becomes a slot
in that day's window; nothing is taken over outside the windows.
"""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import holidays
from django.conf import settings

from fleetportal.operators.contract import OrderAction, OrderRequest, OrderStatus, PortStage
from fleetportal.operators.simulator.models import SimulatedOrder

BRUSSELS = ZoneInfo("Europe/Brussels")
SATURDAY = 5
# Ending of a number that comes later than promised, and by how long.
LATE_NUMBER, LATE_BY = "9996", timedelta(days=3)


def is_port(order: SimulatedOrder) -> bool:
    return order.action == OrderAction.PORT_IN


def plan(order: SimulatedOrder, request: OrderRequest) -> None:
    """Write the moments of a transfer that has just come in; without working time all of it happens at once."""
    work = timedelta(seconds=settings.SIMULATOR_WORK_SECONDS)
    order.validates_at = order.received_at + work / 3
    order.slot_fixed_at = order.received_at + work * 2 / 3
    order.promised_for = _slot(request, order.received_at, work)
    order.done_at = order.promised_for + (LATE_BY if order.number.endswith(LATE_NUMBER) else timedelta())


def _slot(request: OrderRequest, at: datetime, work: timedelta) -> datetime:
    """When the work is over; for another day than today, as long after that day's window opens."""
    day = request.requested_on
    if day is None or not work or day <= at.astimezone(BRUSSELS).date():
        return at + work
    while day.weekday() >= SATURDAY or day in holidays.country_holidays("BE", years=day.year, categories=("public",)):
        day += timedelta(days=1)
    opens = time.fromisoformat(settings.PORT_IN_WINDOW[0])
    return datetime.combine(day, opens, BRUSSELS).astimezone(UTC) + work


def stage_of(order: SimulatedOrder, at: datetime) -> PortStage | None:
    """How far the transfer is; None for anything else."""
    if not is_port(order):
        return None
    if order.status == OrderStatus.COMPLETED:
        return PortStage.CUT_OVER
    if not order.is_validated:
        return PortStage.ELIGIBILITY
    return PortStage.SLOT_FIXED if order.slot_fixed_at and order.slot_fixed_at <= at else PortStage.VALIDATED


def promise(order: SimulatedOrder, at: datetime) -> datetime | None:
    """The moment the customer was given: of a transfer only once its slot is fixed."""
    if not is_port(order):
        return order.done_at
    return order.promised_for if stage_of(order, at) in (PortStage.SLOT_FIXED, PortStage.CUT_OVER) else None
