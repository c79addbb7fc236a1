"""Placing the same kind of order for thousands of lines: set-wise, some hundreds in a transaction."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

from django.db import IntegrityError, transaction

from accounts.models import Customer
from fleetportal.audit import services as audit
from fleetportal.audit.actors import Actor
from fleetportal.web.errors import Refusal
from sims.enums import OPEN_ORDER_STATES, AuditKind, OrderKind
from sims.models import Line, Order
from sims.orders import calendar
from sims.orders.kinds import Kind, Payload, kind_of, lines_to_change
from sims.orders.lanes import start_lanes
from sims.orders.placing import Conflict, about_line, due_moment, filled_in, may_decide, refusal_of, shown
from sims.orders.transitions import begin_all

BATCH = 500

Outcome = tuple[Line, Order | Refusal]
Columns = Callable[[Line], Mapping[str, Any]]


def no_columns(_line: Line) -> Mapping[str, Any]:
    return {}


def place_many(
    *,
    customer: Customer,
    kind: OrderKind,
    payloads: Sequence[tuple[Line, Payload]],
    batch: UUID,
    not_before: date | datetime | None = None,
    by: Actor,
    needs_approval: bool = False,
    columns_of: Columns = no_columns,
) -> list[Outcome]:
    """One order for each line, or why not, in the order of ``payloads``; at most one payload for a line.

    ``batch`` names the set: the id of an order follows from it, so a second call with the same batch, as after a crash,
    answers the orders that stand already, whatever became of them, and places the others. Every ``BATCH`` lines are a
    transaction of their own, unless the caller holds one. Raises ``Refusal`` when the day is not possible for the kind,
    ``ValueError`` for a line of another company or given twice. ``columns_of`` gives further columns of a line's order.

    The orders are bulk orders: they wait in their own lane, behind everything people do one by one.
    """
    if len({line.pk for line, _payload in payloads}) != len(payloads):
        raise ValueError("a line is given twice")
    rules = kind_of(kind)
    due = due_moment(rules, not_before)
    waits = needs_approval or not may_decide(by, customer.pk)

    def order_for(line: Line, payload: Payload) -> Order:
        order = filled_in(about_line(line), rules, payload, due, by, needs_approval=waits)
        order.id, order.is_bulk = order_id(batch, kind, line), True
        for name, value in columns_of(line).items():
            setattr(order, name, value)
        return order

    outcomes: list[Outcome] = []
    for start in range(0, len(payloads), BATCH):
        outcomes += _place_part(customer, rules, payloads[start : start + BATCH], order_for, by)
    return outcomes


def order_id(batch: UUID, kind: str, line: Line) -> UUID:
    """Always the same for this line in this batch."""
    return uuid5(batch, f"{kind}:{line.pk}")


def _place_part(
    customer: Customer,
    rules: Kind,
    part: Sequence[tuple[Line, Payload]],
    order_for: Callable[[Line, Payload], Order],
    by: Actor,
) -> list[Outcome]:
    """In one transaction; what the database refuses is looked for by halving, so that it spoils no other line."""
    try:
        with transaction.atomic():
            return _place_locked(customer, rules, part, order_for, by)
    except IntegrityError as error:
        if len(part) > 1:
            middle = len(part) // 2
            halves = (part[:middle], part[middle:])
            return [outcome for half in halves for outcome in _place_part(customer, rules, half, order_for, by)]
        refusal = refusal_of(error)
        if not isinstance(refusal, Refusal):
            raise
        return [(part[0][0], refusal)]


def _place_locked(
    customer: Customer,
    rules: Kind,
    part: Sequence[tuple[Line, Payload]],
    order_for: Callable[[Line, Payload], Order],
    by: Actor,
) -> list[Outcome]:
    lines = _lock(customer, part)
    orders = {line.pk: order_for(line, payload) for line, payload in _locked(lines, part)}
    known = _known(customer, orders)
    conflicts = _conflicts(customer, rules, lines)
    outcomes: list[Outcome] = []
    for line, payload in _locked(lines, part):
        outcomes.append(
            (line, known.get(line.pk) or _refusal(rules, orders[line.pk], payload, conflicts) or orders[line.pk])
        )
    placed = [found for line, found in outcomes if isinstance(found, Order) and line.pk not in known]
    begin_all(placed, by=by)
    if placed:
        start_lanes()
    audit.record_many(
        AuditKind.ORDER_PLACED,
        by=by,
        customer_id=customer.pk,
        changes=[(order, order.about, shown(order)) for order in placed],
    )
    return outcomes


def _lock(customer: Customer, part: Sequence[tuple[Line, Payload]]) -> dict[int, Line]:
    """Always in the order of the key, so that two batches never wait for each other in a circle."""
    wanted = [line.pk for line, _payload in part]
    rows = Line.objects.for_customer(customer).filter(pk__in=wanted).select_for_update(of=("self",))
    lines: dict[int, Line] = {line.pk: line for line in lines_to_change(rows).order_by("pk")}
    if len(lines) != len(part):
        raise ValueError("a line belongs to another company")
    for line in lines.values():
        line.customer = customer
    return lines


def _locked(lines: Mapping[int, Line], part: Sequence[tuple[Line, Payload]]) -> list[tuple[Line, Payload]]:
    return [(lines[line.pk], payload) for line, payload in part]


def _known(customer: Customer, orders: Mapping[int, Order]) -> dict[int, Order]:
    """What an earlier call of the same batch placed, by line."""
    ids = [order.pk for order in orders.values()]
    known = Order.objects.for_customer(customer).filter(pk__in=ids)
    return {order.line_id: order for order in known if order.line_id is not None}


def _conflicts(customer: Customer, rules: Kind, lines: Mapping[int, Line]) -> dict[int, Order]:
    open_orders = Order.objects.for_customer(customer).filter(
        line__in=list(lines), conflict_group=rules.conflict_group, state__in=OPEN_ORDER_STATES
    )
    return {order.line_id: order for order in open_orders if order.line_id is not None}


def _refusal(rules: Kind, order: Order, payload: Payload, conflicts: Mapping[int, Order]) -> Refusal | None:
    line = order.own_line
    if line.pk in conflicts:
        return Conflict(conflicts[line.pk])
    try:
        rules.check(line, payload)
        rules.check_on(line, payload, calendar.local_day(order.not_before))
    except Refusal as refusal:
        return refusal
    return None
