"""Blocking a line, such as that of a stolen phone, and lifting the block again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Customer
from fleetportal.audit.actors import Actor
from fleetportal.operators.contract import OperatorOrder, OrderAction, OrderRequest
from fleetportal.web.errors import Refusal
from fleetportal.web.formatting import short_date
from sims.enums import AuditKind, LineState, OrderKind, SuspensionReason
from sims.models import Line, Order
from sims.orders.kinds.base import (
    EffectRefused,
    Kind,
    NothingToChange,
    Payload,
    Preparation,
    Wish,
    request_for,
    write,
)

# What the operator imposed is not for the company to lift.
OPERATORS_REASONS = frozenset({SuspensionReason.FRAUD, SuspensionReason.NON_PAYMENT})
NOT_ACTIVE = gettext_lazy("This line is not active, so there is nothing to block.")


@dataclass(frozen=True, slots=True)
class BlockWish(Wish):
    """``reason`` is a value of ``SuspensionReason``; on ``until`` (ISO day, or nothing) the block lifts by itself."""

    reason: str
    until: str = ""


@dataclass(frozen=True, slots=True)
class BlockPayload(Payload):
    """As wished."""

    reason: str
    until: str = ""


def prepare_block(_customer: Customer, wish: BlockWish) -> Preparation:
    payload = BlockPayload(reason=wish.reason, until=wish.until)

    def for_line(line: Line) -> BlockPayload:
        if line.state == LineState.SUSPENDED:
            raise NothingToChange(_("This line is blocked already."))
        check_block(line, payload)
        return payload

    return for_line


def check_block(line: Line, _payload: BlockPayload) -> None:
    if line.state == LineState.SUSPENDED:
        raise Refusal(_("This line is blocked already."))
    if line.state not in (LineState.ACTIVE, LineState.LIMITED):
        raise Refusal(str(NOT_ACTIVE))


def request_block(order: Order) -> OrderRequest:
    return request_for(order, OrderAction.SUSPEND, reason=BlockPayload.from_json(order.payload).reason)


def apply_block(line: Line, *, order: Order, answer: OperatorOrder, by: Actor) -> None:
    """No calls and no data; what stays open until the end of the block is placed by ``sims.orders.follow_ups``."""
    if line.state not in (LineState.ACTIVE, LineState.LIMITED):
        raise EffectRefused(f"line is {line.state}, not active")
    payload = BlockPayload.from_json(order.payload)
    before = {"state": line.state, "suspension_reason": line.suspension_reason}
    line.state, line.suspension_reason = LineState.SUSPENDED, payload.reason
    after = {"state": line.state, "suspension_reason": line.suspension_reason}
    write(line, AuditKind.LINE_BLOCKED, list(after), order=order, by=by, before=before, after=after)


def describe_block(payload: BlockPayload, _names: Mapping[str, str]) -> str:
    reason = str(SuspensionReason(payload.reason).label)
    if not payload.until:
        return reason
    return _("%(reason)s, until %(date)s") % {
        "reason": reason,
        "date": short_date(date.fromisoformat(payload.until)),
    }


BLOCK = Kind(
    code=OrderKind.BLOCK,
    conflict_group="suspension",
    wish=BlockWish,
    payload=BlockPayload,
    prepare=prepare_block,
    check=check_block,
    request=request_block,
    apply=apply_block,
    describe=describe_block,
    is_undoable=True,
)


@dataclass(frozen=True, slots=True)
class UnblockWish(Wish):
    """Nothing to choose."""


@dataclass(frozen=True, slots=True)
class UnblockPayload(Payload):
    """Nothing to tell."""


def prepare_unblock(_customer: Customer, _wish: UnblockWish) -> Preparation:
    payload = UnblockPayload()

    def for_line(line: Line) -> UnblockPayload:
        if line.state == LineState.ACTIVE:
            raise NothingToChange(_("This line is not blocked."))
        check_unblock(line, payload)
        return payload

    return for_line


def check_unblock(line: Line, _payload: UnblockPayload) -> None:
    if line.state != LineState.SUSPENDED:
        raise Refusal(_("This line is not blocked."))
    if line.suspension_reason in OPERATORS_REASONS:
        raise Refusal(_("The operator blocked this line itself. Ask the help desk what is needed to lift the block."))


def request_unblock(order: Order) -> OrderRequest:
    return request_for(order, OrderAction.RESUME)


def apply_unblock(line: Line, *, order: Order, answer: OperatorOrder, by: Actor) -> None:
    """The line works as before."""
    if line.state != LineState.SUSPENDED:
        raise EffectRefused(f"line is {line.state}, not blocked")
    before = {"state": line.state, "suspension_reason": line.suspension_reason}
    line.state, line.suspension_reason = LineState.ACTIVE, ""
    after = {"state": line.state, "suspension_reason": ""}
    write(line, AuditKind.LINE_UNBLOCKED, list(after), order=order, by=by, before=before, after=after)


def describe_unblock(_payload: UnblockPayload, _names: Mapping[str, str]) -> str:
    return ""


UNBLOCK = Kind(
    code=OrderKind.UNBLOCK,
    conflict_group="suspension",
    wish=UnblockWish,
    payload=UnblockPayload,
    prepare=prepare_unblock,
    check=check_unblock,
    request=request_unblock,
    apply=apply_unblock,
    describe=describe_unblock,
    is_undoable=True,
)
