"""What a worker does with one order that is due. Safe to call at any time, any number of times, by any worker.

The order is claimed by compare-and-set with a lease and that is committed; the operator is called outside every
transaction; then the outcome is recorded, unless somebody else was first. No answer is not a failure: it is settled by
asking the operator, never by sending again blind.
"""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from accounts.permissions import Permission
from accounts.queries import may
from fleetportal.operators.contract import Busy, ContractError, OperatorOrder, OrderStatus, Rejected, Uncertain
from fleetportal.operators.registry import get_operator
from fleetportal.web.errors import Refusal
from sims.enums import OrderState
from sims.models import Order
from sims.orders import calendar, outcomes, patience
from sims.orders.kinds import kind_of, lock_subject
from sims.orders.outcomes import ENGINE
from sims.orders.transitions import ALLOWED, hold, move
from sims.orders.waking import wake_worker

LOST_RIGHTS = "requester_lost_rights"
NOT_POSSIBLE = "no_longer_possible"
AT_THE_OPERATOR = (
    OrderState.SUBMITTING,
    OrderState.IN_PROGRESS,
    OrderState.UNKNOWN,
    OrderState.NEEDS_ATTENTION,
)

logger = structlog.get_logger(__name__)


def run_due(order_id: UUID) -> None:
    """Take the next step of this order if it is due and nobody is at it."""
    with structlog.contextvars.bound_contextvars(order_id=str(order_id)):
        order = _due(order_id)
        if order is None:
            return
        try:
            _STEPS[order.state](order)
        except (OperationalError, InterfaceError):
            # The database went away: the lease ends and the order is looked at again.
            raise
        except Exception as defect:
            logger.exception("order_step_failed")
            _set_aside(order_id, defect)


def _set_aside(order_id: UUID, defect: Exception) -> None:
    """What cannot be recorded, such as a text that the database refuses, would fail again with every try.

    Nothing of the step was written, or somebody else took the order meanwhile; only its present row tells.
    """
    orders = Order.objects.across_customers(reason="a worker serves every company")
    order = orders.select_related("customer", "line").get(pk=order_id)
    if OrderState.NEEDS_ATTENTION in ALLOWED[order.state]:
        outcomes.needs_attention(order, f"could not be recorded: {type(defect).__name__}")


def _due(order_id: UUID) -> Order | None:
    orders = Order.objects.across_customers(reason="a worker serves every company").select_related("customer", "line")
    free = Q(lease_until=None) | Q(lease_until__lte=Now())
    order: Order | None = orders.filter(free, pk=order_id, due_at__lte=Now(), state__in=_STEPS).first()
    return order


def _start(order: Order) -> None:
    """The planned moment has come."""
    with transaction.atomic():
        started = move(order, OrderState.READY, by=ENGINE, due_at=Now())
    if started:
        _send(order)


def _send(order: Order) -> None:
    if order.cancel_asked_at is not None:
        # Somebody stopped it while nobody knew whether the operator had it; now it is known that it has not.
        outcomes.ended(order, OrderState.CANCELLED, by=ENGINE)
        return
    if not may_still(order):
        outcomes.ended(
            order,
            OrderState.CANCELLED,
            code=LOST_RIGHTS,
            message=f"{order.requested_by_name} may no longer change lines",
            by=ENGINE,
        )
        return
    if _claim_for_sending(order):
        _call(order, lambda: get_operator().submit(kind_of(order.kind).request(order)), _sending_trouble)


def may_still(order: Order) -> bool:
    """Rights are read again when the order is sent; what the portal itself or somebody on the server asked stands.

    What was approved needs the one who asked to be allowed to ask, and the one who approved to be allowed to decide.
    """
    if order.requested_by_id is None:
        return True
    if order.approved_by_id is None:
        return may(order.requested_by_id, order.customer_id, Permission.MANAGE_LINES)
    return may(order.requested_by_id, order.customer_id, Permission.REQUEST_CHANGES) and may(
        order.approved_by_id, order.customer_id, Permission.MANAGE_LINES
    )


def _claim_for_sending(order: Order) -> bool:
    """Ours for the length of a lease, committed before the operator hears of it.

    Not when the line changed so that the request no longer fits, or while another order of the line has to end first.
    """
    try:
        with transaction.atomic():
            line = lock_subject(order)
            line.customer = order.customer
            if _has_to_wait(order):
                return _wait_for_another(order)
            rules = kind_of(order.kind)
            payload = rules.payload.from_json(order.payload)
            rules.check(line, payload)
            rules.check_on(line, payload, calendar.local_day(timezone.now()))
            return _take(order)
    except Refusal as refusal:
        outcomes.ended(order, OrderState.CANCELLED, code=NOT_POSSIBLE, message=str(refusal), by=ENGINE)
        return False


def _has_to_wait(order: Order) -> bool:
    """Whether something else of the line is at the operator that this must not overtake, or be overtaken by."""
    others = Order.objects.for_customer(order.customer_id).filter(order.of_the_same, state__in=AT_THE_OPERATOR)
    rules = kind_of(order.kind)
    for kind, group in others.exclude(pk=order.pk).values_list("kind", "conflict_group"):
        other = kind_of(kind)
        if rules.is_exclusive or other.is_exclusive:
            return True
        if group in rules.not_beside or order.conflict_group in other.not_beside:
            return True
    return False


def _wait_for_another(order: Order) -> bool:
    if hold(order, due_at=patience.from_now(patience.WAIT_FOR_ANOTHER), lease_until=None):
        wake_worker(order)
    return False


def _take(order: Order) -> bool:
    lease = patience.from_now(settings.ORDER_LEASE_SECONDS)
    return move(
        order,
        OrderState.SUBMITTING,
        by=ENGINE,
        lease_until=lease,
        due_at=lease,
        sent_at=Now(),
        first_sent_at=Coalesce("first_sent_at", Now()),
    )


def _claim(order: Order) -> bool:
    """As for sending, but only to ask: the state stays."""
    lease = patience.from_now(settings.ORDER_LEASE_SECONDS)
    return hold(order, lease_until=lease, due_at=lease)


def _lost(order: Order) -> None:
    """The worker that was sending it is gone, or slower than its lease."""
    outcomes.unanswered(order, "the worker was lost while sending")


def _settle(order: Order) -> None:
    """Ask by our own id whether the operator has the order."""
    if _claim(order):
        _call(order, lambda: get_operator().find_order(order.pk), outcomes.later)


def _poll(order: Order) -> None:
    if not _claim(order):
        return
    if order.cancel_asked_at is not None:
        _call(order, lambda: _recall(order), outcomes.later, outcomes.recall_answered)
    else:
        _call(order, lambda: get_operator().get_order(order.operator_reference), outcomes.later)


def _recall(order: Order) -> OperatorOrder:
    """Ask to stop it; asking twice is harmless. However it is refused, the order's present state is the answer."""
    try:
        return get_operator().cancel(order.operator_reference)
    except Rejected:
        return get_operator().get_order(order.operator_reference)


def _call(
    order: Order,
    call: Callable[[], OperatorOrder | None],
    no_answer: Callable[[Order, str], None],
    answered: Callable[[Order, OperatorOrder], None] = outcomes.answered,
) -> None:
    """Call the operator outside any transaction and record what came of it."""
    try:
        answer = _read_back(order, call())
    except Rejected as refusal:
        outcomes.ended(order, OrderState.REJECTED, code=refusal.code, message=refusal.message)
    except Busy as busy:
        back_to = OrderState.READY if order.state == OrderState.SUBMITTING else None
        outcomes.later(order, "the operator was busy", back_to=back_to, at_least=busy.retry_after)
    except Uncertain as problem:
        no_answer(order, f"no answer: {problem}" if str(problem) else "no answer")
    except ContractError as problem:
        outcomes.needs_attention(order, f"unexpected answer: {problem}")
    except Exception as defect:
        # Also the task's soft time limit. Whatever it was, the operator may have done its part.
        logger.exception("operator_call_failed")
        no_answer(order, f"no answer: {type(defect).__name__}")
    else:
        if answer is None:
            outcomes.later(order, "the operator does not know the order", back_to=OrderState.READY)
        else:
            answered(order, answer)


def _read_back(order: Order, answer: OperatorOrder | None) -> OperatorOrder | None:
    """With the line as the operator has it now, for kinds whose effect is verified."""
    if answer is None or answer.status != OrderStatus.COMPLETED or not kind_of(order.kind).reads_back:
        return answer
    return replace(answer, line=get_operator().get_line(order.own_line.number or answer.number))


def _sending_trouble(order: Order, reason: str) -> None:
    outcomes.unanswered(order, reason)


_STEPS: dict[str, Callable[[Order], None]] = {
    OrderState.SCHEDULED: _start,
    OrderState.READY: _send,
    OrderState.SUBMITTING: _lost,
    OrderState.UNKNOWN: _settle,
    OrderState.IN_PROGRESS: _poll,
}
