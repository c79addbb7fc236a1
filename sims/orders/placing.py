"""What people do with orders: place, cancel, change the date, send again, give up. The engine does the rest."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Customer
from accounts.permissions import Permission
from accounts.queries import may
from fleetportal.audit import services as audit
from fleetportal.audit.actors import Actor
from fleetportal.web.errors import Refusal
from fleetportal.web.formatting import date_time, short_date
from sims.enums import OPEN_ORDER_STATES, AuditKind, OrderKind, OrderState
from sims.models import Line, Order
from sims.orders import calendar, patience
from sims.orders.kinds import RECALLABLE_STATES, Kind, Payload, Wish, kind_of, lock_subject
from sims.orders.kinds.base import never
from sims.orders.telling import tell_decided, tell_waiting, tell_wrong
from sims.orders.transitions import begin, hold, move
from sims.orders.waking import wake_worker


class Conflict(Refusal):
    """Another request for this line is still open; ``order`` is that one."""

    def __init__(self, order: Order | None) -> None:
        self.order = order
        super().__init__(_conflict_text(order))


def _conflict_text(order: Order | None) -> str:
    if order is None:
        return _("Another request for this line is still open. Wait until it is done or cancel it first.")
    names = {"request": order.get_kind_display(), "moment": date_time(order.not_before), "by": order.requested_by_name}
    if order.state == OrderState.SCHEDULED:
        return _("“%(request)s” is already planned for %(moment)s by %(by)s. Change or cancel that request.") % names
    return _("“%(request)s” was already asked by %(by)s and is still open. Wait until it is done.") % names


def earliest_activation(kind: str, now: datetime) -> date:
    """The first day on which this kind of order can take effect when it is asked at ``now``."""
    return kind_of(kind).earliest(now)


def place(
    *,
    line: Line,
    kind: OrderKind,
    payload: Payload,
    not_before: date | datetime | None = None,
    by: Actor,
    second_person: bool = False,
    **columns: Any,
) -> Order:
    """Store what is asked and wake a worker up; raises ``Refusal``, or ``Conflict`` when another request is open.

    ``not_before``: None is as soon as possible, a day is when that day begins for this kind (midnight in Belgium, or
    the start of the port window; today is now), a moment is taken as it is. What somebody asks who may only ask waits
    for approval, and so does anything with ``second_person``. ``columns`` are further columns of the order, such as
    ``new_sim`` or what it is a part of.
    """
    order, rules = about_line(line), kind_of(kind)
    with transaction.atomic():
        locked = rules.subject.lock(order)
        _complete(order, locked, rules, payload, not_before, by, second_person=second_person, **columns)
        line.refresh_from_db(fields=["open_request"])
    return order


def ask(
    *, line: Line, kind: OrderKind, wish: Wish, not_before: date | datetime | None = None, by: Actor, **columns: Any
) -> Order:
    """What a person wishes for one line, as an order; raises ``Refusal``, ``NothingToChange`` or ``Conflict``."""
    return ask_about(about_line(line), kind=kind, wish=wish, not_before=not_before, by=by, **columns)


def about_line(line: Line) -> Order:
    """The beginning of an order about a line."""
    return Order(customer_id=line.customer_id, line=line)


def about_subject(customer: Customer, *, subject: UUID, label: str) -> Order:
    """The beginning of an order about something else: its public id, perhaps still to be made, and its name."""
    return Order(customer=customer, subject=subject, subject_label=label)


def ask_about(
    beginning: Order,
    *,
    kind: OrderKind,
    wish: Wish,
    not_before: date | datetime | None = None,
    by: Actor,
    **columns: Any,
) -> Order:
    """The same for the beginning of an order about a line or anything else; it is the order that is answered."""
    rules = kind_of(kind)
    assert rules.prepare is not None
    with transaction.atomic():
        locked = rules.subject.lock(beginning)
        payload = rules.prepare(locked.customer, wish)(locked)
        _complete(beginning, locked, rules, payload, not_before, by, **columns)
    return beginning


def _complete(
    order: Order,
    locked: Any,
    rules: Kind,
    payload: Payload,
    not_before: date | datetime | None,
    by: Actor,
    *,
    second_person: bool = False,
    **columns: Any,
) -> None:
    """Check, store and tell a worker, in the transaction that holds the lock of what the order is about."""
    _refuse_conflict(order, rules)
    rules.check(locked, payload)
    due = due_moment(rules, not_before)
    rules.check_on(locked, payload, calendar.local_day(due))
    waits = second_person or not may_decide(by, order.customer_id)
    filled_in(order, rules, payload, due, by, needs_approval=waits)
    for name, value in columns.items():
        setattr(order, name, value)
    _insert(order, by)
    _audit(AuditKind.ORDER_PLACED, order, by, after=shown(order))
    if waits:
        tell_waiting(order)
    wake_worker(order)


def may_decide(by: Actor, customer_id: int) -> bool:
    """Whether what this actor asks needs nobody's approval; the portal itself and people on the server need none."""
    return by.kind != "user" or by.id is None or may(by.id, customer_id, Permission.MANAGE_LINES)


def filled_in(
    order: Order, rules: Kind, payload: Payload, due: datetime, by: Actor, *, needs_approval: bool = False
) -> Order:
    """The row as it begins; nothing is written yet."""
    state, due_at = _beginning(rules, due, by)
    order.kind = rules.code
    order.conflict_group = rules.conflict_group
    order.state = OrderState.AWAITING_APPROVAL if needs_approval else state
    order.payload = payload.as_json()
    order.not_before = due
    order.due_at = None if needs_approval else due_at
    order.requested_by_id = by.id
    order.requested_by_name = by.name
    return order


def _beginning(rules: Kind, due: datetime, by: Actor) -> tuple[OrderState, datetime]:
    """The first state and the moment a worker looks; what can be undone waits a few seconds for second thoughts."""
    state, due_at = _waiting(rules, due)
    if state == OrderState.READY and rules.is_undoable and by.kind == "user":
        return state, due_at + timedelta(seconds=settings.ORDER_UNDO_SECONDS)
    return state, due_at


def _waiting(rules: Kind, due: datetime) -> tuple[OrderState, datetime]:
    """The state and the moment of sending of something that is to be done at ``due``."""
    now = timezone.now()
    due_at = max(rules.sent_from(due), now)
    return (OrderState.SCHEDULED, due_at) if due_at > now else (OrderState.READY, due_at)


def _refuse_conflict(order: Order, rules: Kind) -> None:
    """Read before the insert, under the line's lock, so that the refusal can name the request that is open."""
    others = Order.objects.for_customer(order.customer_id).filter(order.of_the_same)
    open_order = others.filter(conflict_group=rules.conflict_group, state__in=OPEN_ORDER_STATES).first()
    if open_order is not None:
        raise Conflict(open_order)


def _insert(order: Order, by: Actor) -> None:
    try:
        with transaction.atomic():
            begin(order, by=by)
    except IntegrityError as error:
        raise refusal_of(error) from error


def refusal_of(error: IntegrityError) -> Exception:
    """What the database refused, in words: the look before the insert saw nothing, so somebody was a moment faster."""
    text = str(error)
    if "one_open_order_per_line_and_group" in text or "one_open_order_per_subject_and_group" in text:
        return Conflict(None)
    if "one_open_order_per_new_card" in text:
        return Refusal(_("This SIM card has just been taken. Choose another one."), field="iccid")
    if "one_order_per_confirmation" in text:
        return Refusal(_("This was confirmed already. Look at the page of the line to see what became of it."))
    if "order_needs_a_living_line" in text:
        return Refusal(_("This line has ended."))
    return error


def due_moment(rules: Kind, wish: date | datetime | None) -> datetime:
    """The moment an order becomes due; raises ``Refusal`` for a day on which it cannot be done."""
    now = timezone.now()
    earliest = rules.earliest(now)
    day = earliest if wish is None else calendar.local_day(wish) if isinstance(wish, datetime) else wish
    if day < earliest:
        message = _("The earliest possible date is %(date)s. Choose that date or a later one.")
        raise Refusal(message % {"date": short_date(earliest)}, field="date")
    if not rules.is_possible_on(day):
        raise Refusal(_("Numbers are transferred on working days only. Choose another date."), field="date")
    return max(wish if isinstance(wish, datetime) else rules.starts_at(day), now)


def cancel(*, order: Order, by: Actor, reason: str = "") -> None:
    """Take back a request that was not sent yet; raises ``Refusal`` when it was."""
    with transaction.atomic():
        locked = _lock_unsent(order)
        before = shown(locked)
        move(locked, OrderState.CANCELLED, by=by, note=reason)
        _audit(AuditKind.ORDER_CANCELLED, locked, by, before=before, after={"state": locked.state, "reason": reason})
    order.refresh_from_db()


def reschedule(*, order: Order, not_before: date | datetime, by: Actor) -> None:
    """Another date for a request that was not sent yet; raises ``Refusal`` when it was or the date is not possible."""
    with transaction.atomic():
        locked = _lock_unsent(order)
        before = shown(locked)
        rules = kind_of(locked.kind)
        due = max(due_moment(rules, not_before), rules.held_until(rules.payload.from_json(locked.payload)))
        rules.check_on(lock_subject(locked), rules.payload.from_json(locked.payload), calendar.local_day(due))
        state, due_at = _waiting(rules, due)
        if locked.state == OrderState.AWAITING_APPROVAL:
            hold(locked, not_before=due)
        elif state == locked.state:
            hold(locked, not_before=due, due_at=due_at)
        else:
            move(locked, state, by=by, not_before=due, due_at=due_at)
        _audit(AuditKind.ORDER_RESCHEDULED, locked, by, before=before, after=shown(locked))
        wake_worker(locked)
    order.refresh_from_db()


def stop(*, order: Order, by: Actor) -> bool:
    """Take a request back, wherever it is; False when the operator has it and was only asked to stop it.

    Raises ``Refusal`` when the operator can no longer stop it.
    """
    with transaction.atomic():
        locked = _lock(order)
        if not (is_sent := _can_be_recalled(locked)):
            cancel(order=locked, by=by)
        else:
            _recall(locked, by)
    order.refresh_from_db()
    return not is_sent


def replan(*, order: Order, on: date, by: Actor) -> bool:
    """Another date for a request, wherever it is; False when the operator has it and has to let it go first.

    It is asked anew for that day once the operator has stopped it. Raises ``Refusal``.
    """
    with transaction.atomic():
        locked = _lock(order)
        if not (is_sent := _can_be_recalled(locked)):
            reschedule(order=locked, not_before=on, by=by)
        else:
            due_moment(kind_of(locked.kind), on)
            _recall(locked, by, then_on=on)
    order.refresh_from_db()
    return not is_sent


def _can_be_recalled(order: Order) -> bool:
    """Whether it is at the operator and of a kind that can be stopped there; raises ``Refusal`` when it is too late."""
    if order.is_cancellable or order.state not in RECALLABLE_STATES:
        return False
    rules = kind_of(order.kind)
    if rules.is_recallable is never:
        return False
    if not rules.is_recallable(order):
        raise Refusal(_("The present operator has already agreed to the transfer, so it can no longer be stopped."))
    if order.cancel_asked_at is not None:
        raise Refusal(_("The operator was asked already to stop it. Wait for the answer."))
    return True


def _recall(order: Order, by: Actor, *, then_on: date | None = None) -> None:
    """Note the wish without a new version: a worker who is asking the operator right now sees it with his answer."""
    mine = Order.objects.for_customer(order.customer_id).filter(pk=order.pk)
    mine.update(cancel_asked_at=Now(), cancel_refused_at=None, then_on=then_on)
    mine.filter(Q(lease_until=None) | Q(lease_until__lte=Now()), state=OrderState.IN_PROGRESS).update(due_at=Now())
    order.refresh_from_db()
    day = {"then_on": then_on.isoformat()} if then_on else {}
    _audit(AuditKind.ORDER_CANCEL_ASKED, order, by, after=shown(order) | day)
    wake_worker(order)


def approve(*, order: Order, by: Actor) -> None:
    """A second person lets the request go; raises ``Refusal`` for the one who asked and for who may not decide."""
    with transaction.atomic():
        locked = _lock_awaiting(order, by)
        if by.id is not None and by.id == locked.requested_by_id:
            raise Refusal(_("You asked for this yourself. Somebody else has to approve it."))
        due = max(locked.not_before, timezone.now())
        decided = {"approved_by_id": by.id, "approved_by_name": by.name}
        state, due_at = _waiting(kind_of(locked.kind), due)
        move(locked, state, by=by, note="", not_before=due, due_at=due_at, **decided)
        _audit(AuditKind.ORDER_APPROVED, locked, by, after=shown(locked))
        tell_decided(locked, by=by, is_approved=True)
        wake_worker(locked)
    order.refresh_from_db()


def decline(*, order: Order, by: Actor, reason: str = "") -> None:
    """A second person says no, with a reason for the one who asked."""
    with transaction.atomic():
        locked = _lock_awaiting(order, by)
        move(locked, OrderState.CANCELLED, by=by, note=reason, error_code="declined", error_message=reason)
        _audit(AuditKind.ORDER_DECLINED, locked, by, after={"state": locked.state, "reason": reason})
        tell_decided(locked, by=by, is_approved=False, reason=reason)
    order.refresh_from_db()


def _lock_awaiting(order: Order, by: Actor) -> Order:
    locked = _lock(order)
    if not may_decide(by, locked.customer_id):
        raise Refusal(_("Only somebody who may change lines can decide about this request."))
    if locked.state != OrderState.AWAITING_APPROVAL:
        raise Refusal(_("Somebody decided about this request already. Reload the page to see the result."))
    return locked


def retry(*, order: Order, by: Actor) -> None:
    """Staff: go on with an order that needs attention. What was sent before is asked about first, never sent blind."""
    with transaction.atomic():
        locked = _lock_needing_attention(order)
        to = OrderState.READY if locked.sent_at is None else OrderState.UNKNOWN
        due = patience.from_now(0) if locked.sent_at is None else patience.may_be_asked_about()
        move(locked, to, by=by, due_at=due, attempts=0, error_code="", error_message="")
        _audit(AuditKind.ORDER_RETRIED, locked, by, after={"state": locked.state})
        wake_worker(locked)
    order.refresh_from_db()


def give_up(*, order: Order, by: Actor, reason: str) -> None:
    """Staff: mark an order that needs attention as failed, after making sure that the operator did not perform it."""
    with transaction.atomic():
        locked = _lock_needing_attention(order)
        move(locked, OrderState.FAILED, by=by, note=reason, error_code="given_up", error_message=reason)
        _audit(AuditKind.ORDER_FAILED, locked, by, after={"state": locked.state, "reason": reason})
        tell_wrong(locked)
    order.refresh_from_db()


def _lock(order: Order) -> Order:
    """The order's present row, what it is about locked first."""
    lock_subject(order)
    orders = Order.objects.for_customer(order.customer_id).select_for_update(of=("self",)).select_related("line")
    locked: Order = orders.get(pk=order.pk)
    return locked


def _lock_unsent(order: Order) -> Order:
    locked = _lock(order)
    if locked.is_cancellable:
        return locked
    if locked.is_open:
        raise Refusal(_("This request was sent to the operator already and can no longer be changed."))
    raise Refusal(_("This request has ended already. Reload the page to see the result."))


def _lock_needing_attention(order: Order) -> Order:
    locked = _lock(order)
    if locked.state != OrderState.NEEDS_ATTENTION:
        raise Refusal(_("This request does not need attention any more. Reload the page."))
    return locked


def shown(order: Order) -> dict[str, str]:
    """What the audit trail keeps of an order."""
    return {
        "kind": order.kind,
        "state": order.state,
        "not_before": order.not_before.isoformat(),
        **({"line": str(order.line.public_id)} if order.line else {"subject": str(order.subject)}),
    }


def _audit(
    kind: AuditKind, order: Order, by: Actor, *, after: dict[str, str], before: dict[str, str] | None = None
) -> None:
    audit.record(
        kind, by=by, customer_id=order.customer_id, subject=order, label=order.about, before=before, after=after
    )
