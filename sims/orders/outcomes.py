"""Records what the operator said about an order. Each function is one transaction and yields to whoever was first."""

import copy
from dataclasses import asdict
from typing import Any

import structlog
from django.core.serializers.json import DjangoJSONEncoder
from django.db import InterfaceError, OperationalError, transaction
from django.db.models.functions import Now
from django.utils import timezone

from fleetportal.audit import services as audit
from fleetportal.audit.actors import Actor
from fleetportal.operators.contract import OperatorOrder, OrderStatus, PortStage
from sims.enums import AuditKind, OrderState
from sims.models import Order
from sims.orders import patience
from sims.orders.follow_ups import ask_anew, follow_up
from sims.orders.kinds import EffectRefused, kind_of, lock_subject
from sims.orders.telling import tell_wrong
from sims.orders.transitions import hold, move
from sims.orders.waking import wake_worker

ENGINE = Actor.system("orders engine")
OPERATOR = Actor.operator()

_json = DjangoJSONEncoder()
logger = structlog.get_logger(__name__)


def answered(order: Order, answer: OperatorOrder) -> None:
    """The operator told how far it is."""
    if answer.external_id != order.pk or not answer.reference:
        needs_attention(order, "the operator answered about another order")
    elif answer.status == OrderStatus.COMPLETED:
        _completed(order, answer)
    elif answer.status == OrderStatus.REJECTED:
        ended(order, OrderState.REJECTED, code=answer.error_code, message=answer.error_message, answer=answer)
    elif answer.status == OrderStatus.FAILED:
        ended(order, OrderState.FAILED, code=answer.error_code, message=answer.error_message, answer=answer)
    elif answer.status == OrderStatus.CANCELLED:
        ended(order, OrderState.CANCELLED, code=answer.error_code, message=answer.error_message, answer=answer)
    else:
        _under_way(order, answer)


def recall_answered(order: Order, answer: OperatorOrder) -> None:
    """The operator was asked to stop the order: it did, it is done already, or it was too late."""
    if answer.status not in (OrderStatus.ACKNOWLEDGED, OrderStatus.IN_PROGRESS):
        return answered(order, answer)
    with transaction.atomic():
        if not hold(order, cancel_asked_at=None, cancel_refused_at=Now(), then_on=None):
            return _came_late(order)
        _audit(AuditKind.ORDER_CANCEL_REFUSED, order, OPERATOR)
        answered(order, answer)


def _completed(order: Order, answer: OperatorOrder) -> None:
    """Mark completed and change the line in one transaction: both once or neither."""
    untouched = copy.copy(order)
    try:
        with transaction.atomic():
            line = lock_subject(order)
            if not move(order, OrderState.COMPLETED, by=OPERATOR, **_columns(order, answer)):
                return _came_late(order)
            kind_of(order.kind).apply(line, order=order, answer=answer, by=OPERATOR)
            if order.line_id is not None:
                follow_up(order, line, answer)
            _audit(AuditKind.ORDER_COMPLETED, order, OPERATOR)
    except (OperationalError, InterfaceError):
        # The database went away: the lease ends and the order is looked at again.
        raise
    except Exception as problem:
        logger.warning("order_effect_refused", exc_info=not isinstance(problem, EffectRefused))
        needs_attention(
            untouched, f"{type(problem).__name__}: {problem}".splitlines()[0], **_columns(untouched, answer)
        )
    else:
        logger.info("order_completed", kind=order.kind)


def ended(
    order: Order,
    state: OrderState,
    *,
    code: str = "",
    message: str = "",
    answer: OperatorOrder | None = None,
    by: Actor = OPERATOR,
) -> None:
    """Refused, failed or cancelled; the line stays as it was and its SIM card stays kept for it."""
    kinds = {
        OrderState.REJECTED: AuditKind.ORDER_REJECTED,
        OrderState.FAILED: AuditKind.ORDER_FAILED,
        OrderState.CANCELLED: AuditKind.ORDER_CANCELLED,
    }
    columns = {**(_columns(order, answer) if answer else {}), "error_code": code[:60], "error_message": message}
    with transaction.atomic():
        if not move(order, state, by=by, note=message or code, **columns):
            return _came_late(order)
        if state == OrderState.CANCELLED:
            ask_anew(order)
        _audit(kinds[state], order, by, code=code, message=message)
        tell_wrong(order)
    logger.info("order_ended", kind=order.kind, state=state.value, code=code)


def _under_way(order: Order, answer: OperatorOrder) -> None:
    due = patience.from_now(patience.next_poll(order, answer.promised_for))
    columns = {**_columns(order, answer), "attempts": 0, "due_at": due, "lease_until": None}
    with transaction.atomic():
        if order.state == OrderState.IN_PROGRESS:
            written = hold(order, **columns)
        else:
            written = move(order, OrderState.IN_PROGRESS, by=OPERATOR, note=answer.reference, **columns)
        if not written:
            return _came_late(order)
        if order.cancel_asked_at is not None:
            hold(order, due_at=Now())
        wake_worker(order)


def later(order: Order, reason: str, *, back_to: OrderState | None = None, at_least: float = 0) -> None:
    """Trouble: try again after a while, from the same state or from ``back_to``; too often in a row needs a person."""
    attempts = order.attempts + 1
    if patience.is_exhausted(attempts):
        return needs_attention(order, f"{reason}, {attempts} times in a row")
    wait = max(patience.backoff(attempts), at_least)
    columns: dict[str, Any] = {"attempts": attempts, "due_at": patience.from_now(wait), "lease_until": None}
    with transaction.atomic():
        if not (move(order, back_to, by=ENGINE, note=reason, **columns) if back_to else hold(order, **columns)):
            return _came_late(order)
        wake_worker(order)
    logger.warning("order_postponed", reason=reason, attempts=attempts, seconds=wait)


def unanswered(order: Order, reason: str) -> None:
    """The operator may have done it or not: wait longer than it ever takes, then ask."""
    with transaction.atomic():
        columns: dict[str, Any] = {"attempts": order.attempts + 1, "due_at": patience.may_be_asked_about()}
        if not move(order, OrderState.UNKNOWN, by=ENGINE, note=reason, **columns):
            return _came_late(order)
        wake_worker(order)
    logger.warning("order_unanswered", reason=reason, attempts=order.attempts)


def needs_attention(order: Order, reason: str, **columns: Any) -> None:
    """Nobody but a person can go on: the order waits on the staff page."""
    with transaction.atomic():
        columns = {**columns, "error_code": "needs_attention", "error_message": reason}
        if not move(order, OrderState.NEEDS_ATTENTION, by=ENGINE, note=reason, **columns):
            return _came_late(order)
        _audit(AuditKind.ORDER_NEEDS_ATTENTION, order, ENGINE, message=reason)
        tell_wrong(order)
    logger.error("order_needs_attention", kind=order.kind, reason=reason)


def _came_late(order: Order) -> None:
    logger.info("order_changed_meanwhile", kind=order.kind)


def _columns(order: Order, answer: OperatorOrder) -> dict[str, Any]:
    return _stage(order, answer) | {
        "operator_reference": answer.reference,
        "promised_for": answer.promised_for,
        "answer": {key: _plain(value) for key, value in asdict(answer).items() if key != "line"},
    }


def _stage(order: Order, answer: OperatorOrder) -> dict[str, Any]:
    """How far a number transfer is, when each stage was first told, and the first promise: a later one is late."""
    if answer.stage is None:
        return {}
    moment = answer.completed_at if answer.stage == PortStage.CUT_OVER else None
    stages = {answer.stage.value: (moment or timezone.now()).isoformat(), **order.stages}
    return {"stage": answer.stage.value, "stages": stages, "slot_at": order.slot_at or answer.promised_for}


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, str) else _json.default(value)


def _audit(kind: AuditKind, order: Order, by: Actor, **after: str) -> None:
    audit.record(
        kind,
        by=by,
        customer_id=order.customer_id,
        subject=order,
        label=order.about,
        after={"kind": order.kind, "state": order.state, **after},
    )
