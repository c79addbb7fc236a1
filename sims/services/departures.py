"""An employee leaves: the draft, the plan, another last day, and taking it back.

Everything that changes something at the operator is an order that names the departure.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Customer
from fleetportal.audit import services as audit
from fleetportal.audit.actors import Actor
from fleetportal.web.errors import Refusal
from sims.enums import (
    CANCELLABLE_ORDER_STATES,
    OPEN_ORDER_STATES,
    AuditKind,
    DepartureItemKind,
    DepartureState,
    NumberFate,
    NumberProvenance,
    OrderKind,
    OrderState,
    ReleaseReason,
    SuspensionReason,
)
from sims.models import Departure, DepartureItem, DepartureLine, Line, Order, Subscriber
from sims.orders import calendar
from sims.orders.kinds import NothingToChange, Wish, kind_of
from sims.orders.kinds.block import BlockWish
from sims.orders.kinds.end import EndWish, ReleaseWish
from sims.orders.kinds.split_bill import SplitBillWish
from sims.orders.kinds.transfer import TransferWish
from sims.orders.placing import approve, ask, cancel, may_decide, reschedule
from sims.orders.transitions import lock_line
from sims.queries.departures import Leave, end_day_of, leave_of, reclaim_until_of
from sims.services.ending import record_override

CANCELLED = "departure_cancelled"


def save_draft(
    *, customer: Customer, subscriber: Subscriber, line: Line | None = None, by: Actor, **answers: Any
) -> Departure:
    """Keep these answers, about ``line`` where it is given; raises ``Refusal`` once the leave is planned.

    A draft changes nothing of the company, so it leaves no trace in the audit trail.
    """
    with transaction.atomic():
        leave = _locked_draft(customer, subscriber)
        target: Departure | DepartureLine = leave.row_of(line) if line else leave.departure
        for name, value in answers.items():
            setattr(target, name, value)
        target.save()
    return leave.departure


def _locked_draft(customer: Customer, subscriber: Subscriber) -> Leave:
    """The stored draft with a row for each line the employee has now; two people at once wait for each other."""
    Subscriber.objects.for_customer(customer).select_for_update().get(pk=subscriber.pk)
    leave = leave_of(customer, subscriber)
    departure = leave.departure
    if departure.state != DepartureState.DRAFT:
        raise Refusal(_("The departure of %(name)s is planned already.") % {"name": subscriber.full_name})
    if departure.pk is None:
        departure.save(force_insert=True)
    for row in leave.rows:
        if row.pk is None:
            row.departure = departure
            row.save(force_insert=True)
    kept = [row.pk for row in leave.rows]
    DepartureLine.objects.for_customer(customer).filter(departure=departure).exclude(pk__in=kept).delete()
    return leave


def discard_draft(*, customer: Customer, subscriber: Subscriber) -> None:
    """Throw away what was answered so far."""
    drafts = Departure.objects.for_customer(customer).filter(subscriber=subscriber, state=DepartureState.DRAFT)
    drafts.delete()


def moment_of(last_day: date) -> date:
    """When the changes begin: at the end of a last day to come, now when it has begun."""
    today = calendar.local_day(timezone.now())
    return calendar.end_of_day(last_day) if last_day > today else today


def plan_departure(*, customer: Customer, subscriber: Subscriber, last_day: date, by: Actor) -> Departure:
    """Place an order for all that is to happen and hold the numbers that may be asked back; all of it or nothing.

    What somebody asks who may only ask waits for approval. Raises ``Refusal``.
    """
    with transaction.atomic():
        leave = _locked_draft(customer, subscriber)
        departure = leave.departure
        if not leave.rows:
            raise Refusal(_("This employee has no line any more, so there is nothing to plan."))
        departure.state, departure.last_day = DepartureState.PLANNED, last_day
        departure.due_at = _as_moment(moment_of(last_day))
        departure.planned_by_id, departure.planned_by_name = by.id, by.name
        departure.save()
        for row in leave.rows:
            _settle(row, departure, by)
            for planned in planned_orders(row, departure):
                _ask(row, departure, planned, by)
        DepartureItem.objects.bulk_create(_items(departure, leave.rows))
        _record(AuditKind.DEPARTURE_PLANNED, departure, by, after=_shown(departure, leave.rows))
    return departure


def _as_moment(day: date) -> datetime:
    return day if isinstance(day, datetime) else timezone.now()


def _settle(row: DepartureLine, departure: Departure, by: Actor) -> None:
    """Until when he may ask the number back; and whose it is, once somebody who may change lines said so."""
    lock_line(row.line_id)
    row.reclaim_until = reclaim_until_of(row, departure.last_day)
    row.save()
    _hold(row)
    if may_decide(by, departure.customer_id):
        _record_provenance(row, by)


def _record_provenance(row: DepartureLine, by: Actor) -> None:
    line = lock_line(row.line_id)
    if row.provenance in (NumberProvenance.UNKNOWN, line.number_provenance):
        return
    before, line.number_provenance = line.number_provenance, row.provenance
    line.save(update_fields=["number_provenance", "updated_at"])
    audit.record(
        AuditKind.PROVENANCE_RECORDED,
        by=by,
        customer_id=line.customer_id,
        subject=line,
        before={"provenance": before},
        after={"provenance": row.provenance},
    )


def _hold(row: DepartureLine) -> None:
    lines = Line.objects.for_customer(row.customer_id).filter(pk=row.line_id)
    lines.update(reclaim_until=row.reclaim_until)


@dataclass(frozen=True, slots=True)
class PlannedOrder:
    """One change of a line and when."""

    kind: OrderKind
    wish: Wish
    on: date


def planned_orders(row: DepartureLine, departure: Departure) -> list[PlannedOrder]:
    """All that is to happen to one number."""
    moment = moment_of(departure.last_day)
    block = PlannedOrder(OrderKind.BLOCK, BlockWish(reason=SuspensionReason.LEAVER), moment)
    if row.fate == NumberFate.SUSPEND:
        return [block, *_end_of_split_bill(row, departure)]
    if row.fate == NumberFate.REASSIGN:
        return [PlannedOrder(OrderKind.TRANSFER, _transfer(row), moment)]
    if row.is_released:
        return [PlannedOrder(OrderKind.RELEASE, _release(row, departure), moment)]
    end_on = end_day_of(row, departure.last_day)
    if end_on <= departure.last_day:
        return [PlannedOrder(OrderKind.END, EndWish(override=_override(row)), moment)]
    end = PlannedOrder(OrderKind.END, EndWish(override=_override(row)), max(end_on, calendar.local_day(timezone.now())))
    return [block, end, *_end_of_split_bill(row, departure)]


def _override(row: DepartureLine) -> str:
    """A reason that was given for a number that is not held after all is none."""
    return row.override if row.reclaim_until else ""


def _transfer(row: DepartureLine) -> TransferWish:
    if row.colleague is None:
        raise Refusal(_("Choose which colleague gets the number."), field="colleague")
    return TransferWish(
        subscriber=str(row.colleague.public_id), ends_split_bill=row.ends_split_bill, override=_override(row)
    )


def _release(row: DepartureLine, departure: Departure) -> ReleaseWish:
    reason = ReleaseReason.PRIVATE if row.fate == NumberFate.PRIVATE else ReleaseReason.NEW_EMPLOYER
    own = departure.subscriber.full_name if row.fate == NumberFate.PRIVATE else ""
    return ReleaseWish(to_name=row.to_name or own, reason=reason)


def _end_of_split_bill(row: DepartureLine, departure: Departure) -> list[PlannedOrder]:
    """From the billing period after the last day: what he used until then is divided as agreed."""
    if not (row.ends_split_bill and row.line.split_bill):
        return []
    earliest = kind_of(OrderKind.SPLIT_BILL).earliest(timezone.now())
    day = max(calendar.next_period(departure.last_day), earliest)
    return [PlannedOrder(OrderKind.SPLIT_BILL, SplitBillWish(profile=0), day)]


def _ask(row: DepartureLine, departure: Departure, planned: PlannedOrder, by: Actor) -> None:
    try:
        order = ask(
            line=row.line, kind=planned.kind, wish=planned.wish, not_before=planned.on, by=by, departure=departure
        )
    except NothingToChange:
        return
    if _override(row) and planned.kind in (OrderKind.END, OrderKind.TRANSFER):
        record_override(line=order.own_line, order=order, reason=row.override, by=by)


def _items(departure: Departure, rows: list[DepartureLine]) -> list[DepartureItem]:
    """What there is to collect and to tell."""
    kinds: list[tuple[DepartureItemKind, Line | None]] = [
        (DepartureItemKind.TOLD, None),
        (DepartureItemKind.SIGNED_OUT, None),
        (DepartureItemKind.DEVICE, None),
    ]
    for row in rows:
        if row.is_released:
            kinds.append((DepartureItemKind.TRANSFER_DATA, row.line))
        elif row.line.sim is not None:
            kinds.append((DepartureItemKind.ESIM if row.line.sim.is_esim else DepartureItemKind.CARD, row.line))
    return [
        DepartureItem(customer_id=departure.customer_id, departure=departure, kind=kind, line=line)
        for kind, line in kinds
    ]


def move_departure(*, departure: Departure, last_day: date, by: Actor) -> Departure:
    """Another last day: every request that was not sent moves with it. Raises ``Refusal`` when one was."""
    with transaction.atomic():
        locked = _lock_planned(departure, by)
        before = _shown(locked)
        orders = _open_orders(locked)
        _refuse_sent(orders)
        locked.last_day, locked.due_at = last_day, _as_moment(moment_of(last_day))
        locked.save()
        for row in _rows(locked):
            _move_row(row, locked, [order for order in orders if order.line_id == row.line_id], by)
        _record(AuditKind.DEPARTURE_MOVED, locked, by, before=before, after=_shown(locked))
    departure.refresh_from_db()
    return locked


def _move_row(row: DepartureLine, departure: Departure, orders: list[Order], by: Actor) -> None:
    lock_line(row.line_id)
    row.reclaim_until = reclaim_until_of(row, departure.last_day)
    row.save()
    _hold(row)
    wanted = {planned.kind: planned for planned in planned_orders(row, departure)}
    for order in orders:
        if (planned := wanted.pop(OrderKind(order.kind), None)) is None:
            cancel(order=order, by=by, reason=CANCELLED)
        else:
            reschedule(order=order, not_before=planned.on, by=by)
    # What somebody took back on its own is not asked again.
    known = Order.objects.for_customer(row.customer_id).filter(departure=departure, line=row.line_id)
    asked = set(known.values_list("kind", flat=True))
    for planned in wanted.values():
        if planned.kind not in asked:
            _ask(row, departure, planned, by)


def cancel_departure(*, departure: Departure, by: Actor) -> Departure:
    """Take back what was not sent, and let go of the numbers; what was done already stays done."""
    with transaction.atomic():
        locked = _lock_planned(departure, by)
        for order in _open_orders(locked):
            if order.is_cancellable:
                cancel(order=order, by=by, reason=CANCELLED)
        for row in _rows(locked):
            if row.asked_back_on is None:
                row.reclaim_until = None
                row.save(update_fields=["reclaim_until"])
                _hold(row)
        locked.state = DepartureState.CANCELLED
        locked.save()
        _record(AuditKind.DEPARTURE_CANCELLED, locked, by, after={"state": locked.state})
    departure.refresh_from_db()
    return locked


def approve_departure(*, departure: Departure, by: Actor) -> Departure:
    """A second person lets all of it go; raises ``Refusal`` for the one who asked and for who may not decide."""
    with transaction.atomic():
        locked = _lock(departure)
        waiting = [order for order in _open_orders(locked) if order.state == OrderState.AWAITING_APPROVAL]
        if not waiting:
            raise Refusal(_("Somebody decided about this departure already. Reload the page to see the result."))
        for order in waiting:
            approve(order=order, by=by)
        for row in _rows(locked):
            _record_provenance(row, by)
        locked.approved_by_name = by.name
        locked.save()
        _record(AuditKind.DEPARTURE_APPROVED, locked, by, after={"orders": len(waiting)})
    departure.refresh_from_db()
    return locked


def may_change(departure: Departure, by: Actor) -> bool:
    """Who may decide about lines, and the one who planned it."""
    return may_decide(by, departure.customer_id) or (by.id is not None and by.id == departure.planned_by_id)


def _lock(departure: Departure) -> Departure:
    departures = Departure.objects.for_customer(departure.customer_id).select_related("subscriber", "customer")
    locked: Departure = departures.select_for_update(of=("self",)).get(pk=departure.pk)
    return locked


def _lock_planned(departure: Departure, by: Actor) -> Departure:
    locked = _lock(departure)
    if not may_change(locked, by):
        raise Refusal(_("Only somebody who may change lines, or who planned it, can change this departure."))
    if locked.state != DepartureState.PLANNED:
        raise Refusal(_("This departure is over already. Reload the page to see the result."))
    return locked


def _rows(departure: Departure) -> list[DepartureLine]:
    rows = DepartureLine.objects.for_customer(departure.customer_id).filter(departure=departure)
    return list(rows.select_related("line__sim", "colleague").order_by("line_id"))


def _open_orders(departure: Departure) -> list[Order]:
    orders = Order.objects.for_customer(departure.customer_id).filter(departure=departure, state__in=OPEN_ORDER_STATES)
    return list(orders.select_related("line").order_by("line_id", "created_at"))


def _refuse_sent(orders: list[Order]) -> None:
    if any(order.state not in CANCELLABLE_ORDER_STATES for order in orders):
        raise Refusal(_("A part of this departure is at the operator already, so its last day cannot change any more."))


def _shown(departure: Departure, rows: list[DepartureLine] | None = None) -> dict[str, Any]:
    shown: dict[str, Any] = {"last_day": departure.last_day.isoformat(), "state": departure.state}
    if rows is not None:
        shown["lines"] = {str(row.line): row.fate for row in rows}
        shown["ends_access"] = departure.ends_access
    return shown


def _record(kind: AuditKind, departure: Departure, by: Actor, **changes: Any) -> None:
    audit.record(
        kind,
        by=by,
        customer_id=departure.customer_id,
        subject=departure,
        label=departure.subscriber.full_name,
        **changes,
    )
