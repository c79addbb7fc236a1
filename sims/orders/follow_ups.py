"""What an order brings about once it is completed, beside its effect: other orders placed or taken back.

Runs in the transaction that completes the order, after its effect, with the line locked.
"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.utils import timezone

from fleetportal.audit.actors import Actor
from fleetportal.operators.contract import OperatorOrder
from fleetportal.web.errors import Refusal
from sims.assignments import assign
from sims.confirmations import ask_for_the_first_time
from sims.enums import CANCELLABLE_ORDER_STATES, LineState, OrderKind, SuspensionReason
from sims.models import Line, Order
from sims.orders import calendar
from sims.orders.kinds import KINDS, kind_of
from sims.orders.kinds.block import BlockPayload, UnblockPayload
from sims.orders.kinds.limits import RETURN_GROUP, RoamingLimitPayload
from sims.orders.kinds.split_bill import SplitBillPayload
from sims.orders.kinds.transfer import TransferPayload
from sims.orders.placing import ask, cancel, place
from sims.orders.restoring import restore

PORTAL = Actor.system("portal")
LINE_ENDED = "line_ended"
LIMIT_CHOSEN_ANEW = "limit_chosen_anew"

logger = structlog.get_logger(__name__)

# What apps above this one do with a line that has just ended, locked and in the same transaction.
_WHEN_ENDED: list[Callable[[Line], None]] = []


def when_a_line_ends(action: Callable[[Line], None]) -> None:
    """Let an app above this one take part in the end of a line; called from its ``AppConfig.ready``."""
    if action not in _WHEN_ENDED:
        _WHEN_ENDED.append(action)


def follow_up(order: Order, line: Line, answer: OperatorOrder) -> None:
    """Whatever this kind brings about; a line that has ended takes nothing more."""
    if (action := _AFTER.get(order.kind)) is not None:
        action(order, line, answer)
    if line.state == LineState.TERMINATED:
        _take_back_the_rest(order)
        for end in _WHEN_ENDED:
            end(line)


def on_behalf_of(order: Order) -> Actor:
    """Named after the person who asked, but it stands when that person leaves: it is a part of what was decided."""
    return Actor(kind="system", name=order.requested_by_name)


def _plan_the_end_of_the_block(order: Order, line: Line, _answer: OperatorOrder) -> None:
    until = BlockPayload.from_json(order.payload).until
    if not until:
        return
    day = max(date.fromisoformat(until), calendar.local_day(order.not_before))
    try:
        place(line=line, kind=OrderKind.UNBLOCK, payload=UnblockPayload(), not_before=day, by=on_behalf_of(order))
    except Refusal as refusal:
        logger.warning("follow_up_refused", kind=order.kind, reason=refusal.message)


def _plan_the_old_roaming_limit(order: Order, line: Line, _answer: OperatorOrder) -> None:
    """After a raise for once the limit of before comes back; whatever is chosen later takes that end's place."""
    payload = RoamingLimitPayload.from_json(order.payload)
    old = _take_back_the_end_of_the_raise(order) or payload.before
    if not payload.is_once:
        return
    ends = RoamingLimitPayload(amount=old, before=payload.amount, until=payload.until)
    day = max(date.fromisoformat(payload.until) + timedelta(days=1), calendar.local_day(timezone.now()))
    by = on_behalf_of(order)
    try:
        place(line=line, kind=OrderKind.ROAMING_LIMIT, payload=ends, not_before=day, by=by, conflict_group=RETURN_GROUP)
    except Refusal as refusal:
        logger.warning("follow_up_refused", kind=order.kind, reason=refusal.message)


def _take_back_the_end_of_the_raise(order: Order) -> str:
    """The limit that a raise still under way was to end with; empty when none was."""
    planned = Order.objects.for_customer(order.customer_id).filter(
        line=order.line_id, conflict_group=RETURN_GROUP, state__in=CANCELLABLE_ORDER_STATES
    )
    amount = ""
    for other in planned.exclude(pk=order.pk):
        amount = RoamingLimitPayload.from_json(other.payload).amount
        cancel(order=other, by=PORTAL, reason=LIMIT_CHOSEN_ANEW)
    return amount


def _ask_the_employee(order: Order, line: Line, _answer: OperatorOrder) -> None:
    """Who gets a line is asked once whether what the company knows of him is right.

    Not when many lines change at once: no thousands of mails that nobody decided about. The directory asks many.
    """
    if order.is_bulk:
        return
    ask_for_the_first_time(line.subscriber, by=Actor(kind="user", name=order.requested_by_name))


def _line_in_service(order: Order, line: Line, answer: OperatorOrder) -> None:
    """The employee is asked, and the split bill that was chosen with the line counts from its first period on.

    The operator begins with the next one, as with every split bill.
    """
    _ask_the_employee(order, line, answer)
    profile = line.split_bill_profile
    if profile is None:
        return
    assign(line, profile, since=calendar.local_day(timezone.now()).replace(day=1))
    payload = SplitBillPayload(profile=profile.pk, name=profile.name, before="")
    try:
        with transaction.atomic():
            place(line=line, kind=OrderKind.SPLIT_BILL, payload=payload, by=on_behalf_of(order))
    except Refusal as refusal:
        logger.warning("follow_up_refused", kind=order.kind, reason=refusal.message)


def _welcome_the_new_user(order: Order, line: Line, answer: OperatorOrder) -> None:
    """What the employee before had ends where that was the wish, and a block because he left; the new one is asked."""
    _ask_the_employee(order, line, answer)
    payload = TransferPayload.from_json(order.payload)
    if payload.ends_split_bill and line.split_bill:
        _ask(order, line, OrderKind.SPLIT_BILL, profile=0)
    if payload.ends_barrings and line.barrings:
        _ask(order, line, OrderKind.BARRINGS, bar=(), allow=tuple(line.barrings))
    if line.state == LineState.SUSPENDED and line.suspension_reason == SuspensionReason.LEAVER:
        _ask(order, line, OrderKind.UNBLOCK)


def _ask(order: Order, line: Line, kind: OrderKind, **wish: Any) -> None:
    """What is a part of the first decision; a refusal leaves it to people, who see that it is still so."""
    rules = KINDS.get(kind)
    if rules is None or rules.wish is None:
        return
    try:
        with transaction.atomic():
            ask(line=line, kind=kind, wish=rules.wish(**wish), by=on_behalf_of(order))
    except Refusal as refusal:
        logger.warning("follow_up_refused", kind=kind, reason=str(refusal))


def _restore_settings(order: Order, line: Line, _answer: OperatorOrder) -> None:
    """Ask again for what the operator lost together with the old card."""
    restore(order, line, by=on_behalf_of(order))


def ask_anew(order: Order) -> None:
    """An order that was stopped only to get another day is placed again for that day."""
    if order.then_on is None:
        return
    rules = kind_of(order.kind)
    try:
        place(
            line=order.own_line,
            kind=OrderKind(order.kind),
            payload=rules.payload.from_json(order.payload),
            not_before=order.then_on,
            by=on_behalf_of(order),
        )
    except Refusal as refusal:
        logger.warning("follow_up_refused", kind=order.kind, reason=refusal.message)


def _take_back_the_rest(order: Order) -> None:
    rest = Order.objects.for_customer(order.customer_id).filter(line=order.line_id, state__in=CANCELLABLE_ORDER_STATES)
    for other in rest:
        cancel(order=other, by=PORTAL, reason=LINE_ENDED)


_AFTER: dict[str, Callable[[Order, Line, OperatorOrder], None]] = {
    OrderKind.BLOCK: _plan_the_end_of_the_block,
    OrderKind.ROAMING_LIMIT: _plan_the_old_roaming_limit,
    OrderKind.TRANSFER: _welcome_the_new_user,
    OrderKind.ACTIVATE: _line_in_service,
    OrderKind.PORT_IN: _line_in_service,
    OrderKind.SWAP: _restore_settings,
}
