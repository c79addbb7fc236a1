"""Taking back or deciding about thousands of orders: set-wise, some hundreds in a transaction."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Customer
from fleetportal.audit import services as audit
from fleetportal.audit.actors import Actor
from fleetportal.web.errors import Refusal
from sims.enums import CANCELLABLE_ORDER_STATES, AuditKind, OrderState
from sims.models import Line, Order, OrderTransition
from sims.orders.placing import may_decide, shown
from sims.orders.transitions import ALLOWED, keep_in_step
from sims.orders.waking import wake_worker

BATCH = 500

Progress = Callable[[int], None]


def cancel_many(
    *, customer: Customer, orders: Sequence[UUID], by: Actor, reason: str = "", progress: Progress = lambda done: None
) -> int:
    """Take back those that were not sent yet and say how many; what was sent meanwhile goes on."""

    def take_back(locked: list[Order]) -> None:
        before = {order.pk: shown(order) for order in locked}
        _end(customer, locked, by=by, note=reason)
        audit.record_many(
            AuditKind.ORDER_CANCELLED,
            by=by,
            customer_id=customer.pk,
            changes=[
                (order, order.about, {**before[order.pk], "state": OrderState.CANCELLED, "reason": reason})
                for order in locked
            ],
        )

    return _in_parts(customer, orders, CANCELLABLE_ORDER_STATES, take_back, progress)


def decline_many(
    *, customer: Customer, orders: Sequence[UUID], by: Actor, reason: str = "", progress: Progress = lambda done: None
) -> int:
    """A second person says no to all that still wait for approval; raises ``Refusal`` when he may not decide."""
    _refuse_strangers(by, customer)

    def say_no(locked: list[Order]) -> None:
        _end(customer, locked, by=by, note=reason, error_code="declined", error_message=reason)
        after = {"state": str(OrderState.CANCELLED), "reason": reason}
        audit.record_many(
            AuditKind.ORDER_DECLINED,
            by=by,
            customer_id=customer.pk,
            changes=[(order, order.about, after) for order in locked],
        )

    return _in_parts(customer, orders, {OrderState.AWAITING_APPROVAL}, say_no, progress)


def approve_many(
    *, customer: Customer, orders: Sequence[UUID], by: Actor, progress: Progress = lambda done: None
) -> int:
    """A second person lets all go on that still wait; raises ``Refusal`` when he may not decide. Not his own."""
    _refuse_strangers(by, customer)
    return _in_parts(
        customer,
        orders,
        {OrderState.AWAITING_APPROVAL},
        lambda locked: _approve(customer, locked, by),
        progress,
        only=lambda order: order.requested_by_id != by.id or by.id is None,
    )


def _in_parts(
    customer: Customer,
    orders: Sequence[UUID],
    states: Any,
    act: Callable[[list[Order]], None],
    progress: Progress,
    *,
    only: Callable[[Order], bool] = lambda order: True,
) -> int:
    """``act`` on those of the orders that are in these states, part by part, each in a transaction; says how many."""
    done = 0
    for start in range(0, len(orders), BATCH):
        with transaction.atomic():
            locked = [order for order in _lock(customer, orders[start : start + BATCH], states) if only(order)]
            act(locked)
        done += len(locked)
        progress(done)
    return done


def _refuse_strangers(by: Actor, customer: Customer) -> None:
    if not may_decide(by, customer.pk):
        raise Refusal(_("Only somebody who may change lines can decide about this request."))


def _rows(customer: Customer, orders: Sequence[UUID]) -> "QuerySet[Order]":
    rows: QuerySet[Order] = Order.objects.for_customer(customer).filter(pk__in=orders)
    return rows


def _lock(customer: Customer, part: Sequence[UUID], states: Any) -> list[Order]:
    """Those of them that are in these states, their lines locked first and always in the order of the key."""
    keys = _rows(customer, part).values("line")
    lines = Line.objects.for_customer(customer).filter(pk__in=keys).order_by("pk")
    list(lines.select_for_update(of=("self",)).values_list("pk"))
    rows = _rows(customer, part).filter(state__in=states).order_by("pk")
    return list(rows.select_for_update(of=("self",)).select_related("line"))


def _end(customer: Customer, orders: Sequence[Order], *, by: Actor, note: str, **columns: Any) -> None:
    _step(customer, orders, OrderState.CANCELLED, by=by, note=note, due_at=None, finished_at=Now(), **columns)


def _approve(customer: Customer, orders: Sequence[Order], by: Actor) -> None:
    """What was planned for a day that has passed is due now."""
    now = timezone.now()
    decided: dict[str, Any] = {"approved_by_id": by.id, "approved_by_name": by.name}
    later = [order for order in orders if order.not_before > now]
    due = [order for order in orders if order.not_before <= now]
    _step(customer, later, OrderState.SCHEDULED, by=by, due_at=F("not_before"), **decided)
    _step(customer, due, OrderState.READY, by=by, due_at=now, not_before=now, **decided)
    for order in orders:
        order.state = OrderState.SCHEDULED if order.not_before > now else OrderState.READY
    audit.record_many(
        AuditKind.ORDER_APPROVED,
        by=by,
        customer_id=customer.pk,
        changes=[(order, order.about, shown(order)) for order in orders],
    )
    # The sweep calls workers for the others.
    for order in due[:1]:
        order.due_at = now
        wake_worker(order)


def _step(
    customer: Customer, orders: Sequence[Order], to: OrderState, *, by: Actor, note: str = "", **columns: Any
) -> None:
    """One step for all of them, which the caller has locked."""
    assert all(to in ALLOWED[order.state] for order in orders)
    columns |= {"state": to, "lease_until": None, "wake_after": None, "version": F("version") + 1}
    _rows(customer, [order.pk for order in orders]).update(**columns)
    OrderTransition.objects.bulk_create(
        OrderTransition(order=order, before=order.state, after=to, by_name=by.name, note=note) for order in orders
    )
    keep_in_step([order.line_id for order in orders])
