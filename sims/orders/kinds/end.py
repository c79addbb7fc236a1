"""The end of a line: its number is given up, or goes to the employee or to his new employer."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Customer
from fleetportal.audit.actors import Actor
from fleetportal.operators.contract import OperatorOrder, OrderAction, OrderRequest
from fleetportal.web.errors import Refusal
from sims.enums import AuditKind, LineState, OrderKind, ReleaseReason, SimState
from sims.history import end_history
from sims.models import Line, Order, Sim
from sims.orders import calendar
from sims.orders.holds import described_override, refuse_while_held
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

ENDED = gettext_lazy("This line has ended already.")
NOT_ACTIVE = gettext_lazy("This SIM card is not active yet, so there is nothing to end.")


@dataclass(frozen=True, slots=True)
class EndWish(Wish):
    """``override``: why the number is given up although its employee may still ask it back; else empty."""

    override: str = ""


@dataclass(frozen=True, slots=True)
class EndPayload(Payload):
    """As wished; ``price_before``: euro per month without VAT of plan and options when asked, empty when not known."""

    price_before: str = ""
    override: str = ""


def prepare_end(_customer: Customer, wish: EndWish) -> Preparation:
    def for_line(line: Line) -> EndPayload:
        _check_state(line, already=NothingToChange)
        return EndPayload(price_before=_price(line), override=wish.override.strip())

    return for_line


def _price(line: Line) -> str:
    if line.plan is None:
        return ""
    return str(line.plan.price_month + sum((option.price_month for option in line.options.all()), Decimal()))


def _check_state(line: Line, *, already: type[Refusal] = Refusal) -> None:
    if line.state == LineState.TERMINATED:
        raise already(str(ENDED))
    if line.state == LineState.NEW:
        raise Refusal(str(NOT_ACTIVE))


def check(line: Line, _payload: Any) -> None:
    _check_state(line)


def cost(_line: Line, payload: "EndPayload | ReleasePayload") -> tuple[Decimal, Decimal]:
    return Decimal(payload.price_before or 0), Decimal()


def request_end(order: Order) -> OrderRequest:
    return request_for(order, OrderAction.TERMINATE)


def apply_end(line: Line, *, order: Order, answer: OperatorOrder, by: Actor) -> None:
    """The number is gone and the card is dead; what else was asked for the line is taken back by its follow-up."""
    _end_line(AuditKind.LINE_ENDED, order=order, line=line, answer=answer, by=by)


def _end_line(kind: AuditKind, *, order: Order, line: Line, answer: OperatorOrder, by: Actor, **more: str) -> None:
    """The operator did it already, so a hold that began meanwhile has nothing left to hold."""
    if line.state in (LineState.NEW, LineState.TERMINATED):
        raise EffectRefused(f"line is {line.state}")
    moment = answer.completed_at or timezone.now()
    before = {"state": line.state, "number": line.number, "iccid": line.sim.iccid if line.sim else ""}
    line.state, line.suspension_reason = LineState.TERMINATED, ""
    line.ended_on, line.reclaim_until = calendar.local_day(moment), None
    columns = ["state", "suspension_reason", "ended_on", "reclaim_until"]
    after = {"state": line.state, "ended_on": line.ended_on.isoformat(), **more}
    write(line, kind, columns, order=order, by=by, before=before, after=after)
    Sim.objects.for_customer(line.customer_id).filter(pk=line.sim_id).update(state=SimState.RETIRED)
    end_history(line, at=moment)


def describe_end(payload: EndPayload, _names: Mapping[str, str]) -> str:
    return described_override(payload.override)


END = Kind(
    code=OrderKind.END,
    conflict_group="end",
    wish=EndWish,
    payload=EndPayload,
    prepare=prepare_end,
    check=check,
    check_on=refuse_while_held,
    cost=cost,
    request=request_end,
    apply=apply_end,
    describe=describe_end,
    is_undoable=True,
    is_exclusive=True,
)


@dataclass(frozen=True, slots=True)
class ReleaseWish(Wish):
    """Whose the number becomes: the employee's name or his new employer's; ``reason`` is a ``ReleaseReason``."""

    to_name: str
    reason: str


@dataclass(frozen=True, slots=True)
class ReleasePayload(Payload):
    """As wished, with the price as in ``EndPayload``."""

    to_name: str
    reason: str
    price_before: str = ""


def prepare_release(_customer: Customer, wish: ReleaseWish) -> Preparation:
    """Raises ``Refusal`` at once when nobody is named."""
    to_name = wish.to_name.strip()
    if not to_name:
        raise Refusal(_("Fill in who gets the number."), field="to_name")

    def for_line(line: Line) -> ReleasePayload:
        _check_state(line, already=NothingToChange)
        return ReleasePayload(to_name=to_name, reason=ReleaseReason(wish.reason), price_before=_price(line))

    return for_line


def request_release(order: Order) -> OrderRequest:
    payload = ReleasePayload.from_json(order.payload)
    return request_for(order, OrderAction.RELEASE_NUMBER, user_name=payload.to_name, reason=payload.reason)


def apply_release(line: Line, *, order: Order, answer: OperatorOrder, by: Actor) -> None:
    """The number lives on with somebody else, and the line ends here."""
    payload = ReleasePayload.from_json(order.payload)
    more = {"to_name": payload.to_name, "reason": payload.reason}
    _end_line(AuditKind.NUMBER_RELEASED, order=order, line=line, answer=answer, by=by, **more)


def describe_release(payload: ReleasePayload, _names: Mapping[str, str]) -> str:
    return _("to %(name)s") % {"name": payload.to_name}


RELEASE = Kind(
    code=OrderKind.RELEASE,
    conflict_group="end",
    wish=ReleaseWish,
    payload=ReleasePayload,
    prepare=prepare_release,
    check=check,
    cost=cost,
    request=request_release,
    apply=apply_release,
    describe=describe_release,
    is_exclusive=True,
)
