"""How far the transfer of a number is, what happens next, what went before, and what a late one gives."""

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext as _

from fleetportal.operators.contract import PortStage
from fleetportal.web import formatting
from sims.enums import LineState, OrderKind, OrderState
from sims.models import Line, Order, PortInRequest
from sims.orders.lateness import Lateness, lateness_of
from sims.orders.reasons import reason_of

# The donor whose users are asked by text message.
ASKS_ITS_USERS = "Orange"
# What has been done stays on the page of the line for so long.
SHOWN_FOR = dt.timedelta(days=30)
_STAGES = (PortStage.ELIGIBILITY, PortStage.VALIDATED, PortStage.SLOT_FIXED, PortStage.CUT_OVER)


@dataclass(frozen=True, slots=True)
class PortStep:
    """One step of a transfer. ``at`` is when it was reached, ``text`` what is going on while it is the current one."""

    title: str
    at: dt.datetime | None
    text: str
    is_done: bool
    is_current: bool


@dataclass(frozen=True, slots=True)
class Try:
    """An earlier time that the transfer was asked, and what came of it."""

    at: dt.datetime
    donor: str
    outcome: str
    reason: str


@dataclass(frozen=True, slots=True)
class PortProgress:
    """``next_things`` are what to do or to expect until the number has moved; ``order`` is the latest request."""

    asked: PortInRequest
    order: Order | None
    steps: list[PortStep]
    next_things: list[str]
    tries: list[Try]
    late: Lateness | None
    can_correct: bool

    @property
    def can_claim(self) -> bool:
        return self.late is not None and self.late.moved is not None and self.asked.late_claimed_at is None


def port_progress(line: Line, orders: list[Order]) -> PortProgress | None:
    """From the line, its stored request and all its orders, newest first; None when no number is brought along."""
    asked: PortInRequest | None = getattr(line, "port_in", None)
    if asked is None:
        return None
    ports = [order for order in orders if order.kind == OrderKind.PORT_IN]
    last = ports[0] if ports else None
    waits = line.state == LineState.NEW
    is_over = last is not None and not last.is_open and last.state != OrderState.COMPLETED
    return PortProgress(
        asked=asked,
        order=last,
        steps=_steps(last) if last and not is_over else [],
        next_things=_next_things(asked, last) if waits else [],
        tries=[_try_of(order) for order in ports if not order.is_open and order.state != OrderState.COMPLETED],
        late=next(filter(None, map(lateness_of, ports)), None),
        can_correct=waits and is_over,
    )


def _steps(order: Order) -> list[PortStep]:
    reached = _STAGES.index(PortStage(order.stage)) + 1 if order.stage else 0
    titles = [_("Requested"), _("Eligible"), _("Validated"), _("Slot fixed"), _("Transferred")]
    moments = [order.created_at, *(_moment(order, stage) for stage in _STAGES)]
    return [
        PortStep(
            title=title,
            at=moment if n <= reached else None,
            text=_waiting_text(order, n) if n == reached + 1 else "",
            is_done=n <= reached,
            is_current=n == reached + 1,
        )
        for n, (title, moment) in enumerate(zip(titles, moments, strict=True))
    ]


def _moment(order: Order, stage: PortStage) -> dt.datetime | None:
    text = order.stages.get(stage)
    return dt.datetime.fromisoformat(text) if text else None


def _waiting_text(order: Order, step: int) -> str:
    if step == 1:
        if order.state == OrderState.AWAITING_APPROVAL:
            return _("Waits for approval.")
        if order.due_at and order.state == OrderState.SCHEDULED:
            return _("Is sent on %(day)s, for %(slot)s.") % {
                "day": formatting.long_date(order.due_at),
                "slot": formatting.long_date(order.not_before),
            }
        return _("Is being sent.")
    if step == 2:
        return _("The present operator checks the number, the customer number or the SIM number, and the holder.")
    if step == 3:
        return _("The present operator agrees. The moment is being fixed; the transfer can no longer be stopped.")
    if order.promised_for is None:
        return ""
    return _("Planned for %(moment)s, Belgian time.") % {"moment": formatting.date_time(order.promised_for)}


def _next_things(asked: PortInRequest, order: Order | None) -> list[str]:
    things = []
    if asked.donor == ASKS_ITS_USERS and (order is None or order.stage in ("", PortStage.ELIGIBILITY)):
        things.append(
            _(
                "Orange sends the user of the number a text message from 5995. No answer is needed; who answers STOP "
                "within 8 hours stops the transfer."
            )
        )
    things += [
        _("Do not end the contract with %(operator)s yourself; it ends when the number moves.")
        % {"operator": asked.donor},
        _("The phone has to be in Belgium at that moment. The old card stops; put in the new one."),
    ]
    if asked.is_prepaid:
        things.append(
            _("Prepaid credit that is left is lost, or can be asked back from %(operator)s within a month.")
            % {"operator": asked.donor}
        )
    return things


def _try_of(order: Order) -> Try:
    return Try(
        at=order.created_at,
        donor=str(order.payload.get("donor", "")),
        outcome=str(order.get_state_display()),
        reason=reason_of(order),
    )
