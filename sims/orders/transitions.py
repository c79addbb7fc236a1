"""Which step of an order's life may follow which, and the only function that takes one.

Locks are always taken in the same order, here and in the kinds: what an order is about, then the order itself, then
what else it touches: the new SIM card of a line, the lines of a bundle.
"""

from collections.abc import Collection, Sequence
from typing import Any

from django.db.models import Case, Exists, OuterRef, Value, When
from django.db.models.functions import Now

from fleetportal.audit.actors import Actor
from sims.enums import OPEN_ORDER_STATES, OpenRequest, OrderState, SimState
from sims.models import Line, Order, OrderTransition, Sim

S = OrderState

ALLOWED: dict[str, frozenset[OrderState]] = {
    S.AWAITING_APPROVAL: frozenset({S.SCHEDULED, S.READY, S.CANCELLED}),
    S.SCHEDULED: frozenset({S.READY, S.CANCELLED}),
    S.READY: frozenset({S.SCHEDULED, S.SUBMITTING, S.NEEDS_ATTENTION, S.CANCELLED}),
    # Back to ready only when the operator said that it did nothing.
    S.SUBMITTING: frozenset(
        {S.READY, S.IN_PROGRESS, S.UNKNOWN, S.NEEDS_ATTENTION, S.COMPLETED, S.REJECTED, S.FAILED, S.CANCELLED}
    ),
    # Back to ready only when the operator was asked and knows no such order.
    S.UNKNOWN: frozenset({S.READY, S.IN_PROGRESS, S.NEEDS_ATTENTION, S.COMPLETED, S.REJECTED, S.FAILED, S.CANCELLED}),
    S.IN_PROGRESS: frozenset({S.NEEDS_ATTENTION, S.COMPLETED, S.REJECTED, S.FAILED, S.CANCELLED}),
    S.NEEDS_ATTENTION: frozenset({S.READY, S.UNKNOWN, S.FAILED}),
    S.COMPLETED: frozenset(),
    S.REJECTED: frozenset(),
    S.FAILED: frozenset(),
    S.CANCELLED: frozenset(),
}
FINAL = frozenset(state for state, following in ALLOWED.items() if not following)
DEFECTIVE_CARD = "sim_defective"
STARTS = frozenset({S.AWAITING_APPROVAL, S.SCHEDULED, S.READY})
PLANNED = (S.SCHEDULED, S.AWAITING_APPROVAL)


class IllegalStep(RuntimeError):
    """The code asked for a step that the table does not have: a defect, never a race."""


def lock_line(line_id: int) -> Line:
    """The line's present row, locked until the transaction ends; first lock of everything that changes its orders."""
    lines = Line.objects.across_customers(reason="the caller has the line or its order already")
    locked: Line = lines.select_for_update(of=("self",)).get(pk=line_id)
    return locked


def _lock(line_id: int | None) -> None:
    lines = Line.objects.across_customers(reason="the caller has the order already")
    lines.select_for_update(of=("self",)).values_list("pk").get(pk=line_id)


def begin(order: Order, *, by: Actor, note: str = "") -> None:
    """Insert a new order in its first state; the caller holds the lock of what it is about."""
    if order.state not in STARTS:
        raise IllegalStep(f"an order cannot start as {order.state}")
    order.save(force_insert=True)
    OrderTransition.objects.create(order=order, before="", after=order.state, by_name=by.name, note=note)
    keep_in_step([order.line_id])


def begin_all(orders: Sequence[Order], *, by: Actor) -> None:
    """The same for many new orders; the caller holds the locks of all their lines."""
    if any(order.state not in STARTS for order in orders):
        raise IllegalStep("an order cannot start so")
    Order.objects.bulk_create(orders)
    OrderTransition.objects.bulk_create(
        OrderTransition(order=order, before="", after=order.state, by_name=by.name) for order in orders
    )
    keep_in_step([order.line_id for order in orders])


def move(order: Order, to: OrderState, *, by: Actor, note: str = "", **columns: Any) -> bool:
    """Take one step inside the caller's transaction; False when somebody else changed the order since it was read.

    ``columns`` are written with the step and may be database expressions. A step ends the lease unless it sets one; a
    final state and one that waits for a person have no due moment. ``order`` holds the present row afterwards.
    """
    before = order.state
    if to not in ALLOWED[before]:
        raise IllegalStep(f"{before} → {to}")
    columns.setdefault("lease_until", None)
    if to in FINAL:
        columns |= {"due_at": None, "finished_at": Now()}
    elif to == S.NEEDS_ATTENTION:
        columns["due_at"] = None
    is_shown_otherwise = order.line_id is not None and _shown_as(before) != _shown_as(to)
    if is_shown_otherwise:
        _lock(order.line_id)
    if not _write(order, state=to.value, **columns):
        return False
    OrderTransition.objects.create(order=order, before=before, after=to, by_name=by.name, note=note)
    if to in FINAL and to != S.COMPLETED and order.new_sim_id is not None:
        _put_card_back(order)
    if is_shown_otherwise:
        keep_in_step([order.line_id])
    return True


def _shown_as(state: str) -> OpenRequest:
    """What the list shows of a line on account of one order in this state."""
    if state in FINAL:
        return OpenRequest.NONE
    return OpenRequest.SCHEDULED if state in PLANNED else OpenRequest.PENDING


def _put_card_back(order: Order) -> None:
    """The card that was kept for this order is free again, unless the operator found it broken."""
    state = SimState.DEFECTIVE if order.error_code == DEFECTIVE_CARD else SimState.IN_STOCK
    kept = Sim.objects.for_customer(order.customer_id).filter(pk=order.new_sim_id, state=SimState.RESERVED)
    kept.update(state=state)


def hold(order: Order, **columns: Any) -> bool:
    """Write columns without a step, under the same rule: False when somebody else was first."""
    return _write(order, **columns)


def _write(order: Order, **columns: Any) -> bool:
    orders = Order.objects.across_customers(reason="one order the caller has read")
    mine = orders.filter(pk=order.pk, version=order.version, state=order.state)
    columns = {"wake_after": None, **columns, "version": order.version + 1}
    if not mine.update(**columns):
        return False
    for name, value in columns.items():
        if hasattr(value, "resolve_expression"):
            # What the database made of it is read when somebody looks.
            order.__dict__.pop(name, None)
        else:
            setattr(order, name, value)
    return True


def keep_in_step(line_ids: Collection[int | None]) -> None:
    """What the list shows as requested: nothing, something planned for later, or something under way.

    None, for an order that is about no line, has nothing to show.
    """
    orders = Order.objects.across_customers(reason="the orders of lines the caller has locked")
    its_own = orders.filter(line=OuterRef("pk"), state__in=OPEN_ORDER_STATES)
    request = Case(
        When(Exists(its_own.exclude(state__in=PLANNED)), then=Value(OpenRequest.PENDING)),
        When(Exists(its_own), then=Value(OpenRequest.SCHEDULED)),
        default=Value(OpenRequest.NONE),
    )
    lines = Line.objects.across_customers(reason="the lines of those orders")
    lines.filter(pk__in=line_ids).exclude(open_request=request).update(open_request=request)
