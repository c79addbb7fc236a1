"""An order in the reader's words: what was asked, how far it is, and what to do when it was refused."""

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext as _

from fleetportal.web import formatting
from sims.enums import OrderKind, OrderState
from sims.models import Order
from sims.orders.reasons import reason_of


@dataclass(frozen=True, slots=True)
class OrderNotice:
    """A box on the page of the line. ``tone`` and ``icon`` are those of a notice; the buttons act on ``order_id``."""

    order_id: str
    title: str
    text: str
    tone: str
    icon: str
    is_cancellable: bool


def notice_of(order: Order) -> OrderNotice:
    """What the person who asked wants to know about this order now."""
    title, text, tone, icon = _WORDS[OrderState(order.state)](order)
    return OrderNotice(
        order_id=str(order.pk), title=title, text=text, tone=tone, icon=icon, is_cancellable=order.is_cancellable
    )


Words = tuple[str, str, str, str]


def _is_port_in(order: Order) -> bool:
    return order.kind == OrderKind.PORT_IN


def _approval(order: Order) -> Words:
    day = formatting.long_date(order.not_before)
    return _("Waiting for approval"), _("Asked for %(day)s.") % {"day": day}, "info", "hourglass"


def _scheduled(order: Order) -> Words:
    title = _("Number transfer planned for %(day)s") if _is_port_in(order) else _("Activation planned for %(day)s")
    text = _("Asked by %(name)s. You can change the date or cancel until then.") % {"name": order.requested_by_name}
    return title % {"day": formatting.long_date(order.not_before)}, text, "info", "calendar-event"


def _ready(order: Order) -> Words:
    title = _("Number transfer requested") if _is_port_in(order) else _("Activation requested")
    if order.attempts and order.due_at:
        busy = _("The operator cannot take it now. We try again at %(time)s.")
        return title, busy % {"time": formatting.clock(order.due_at)}, "info", "hourglass"
    return title, _("It is sent to the operator within seconds."), "info", "hourglass"


def _submitting(order: Order) -> Words:
    title = _("Number transfer in progress") if _is_port_in(order) else _("Activation in progress")
    return title, _("It is being sent to the operator."), "info", "hourglass"


def _in_progress(order: Order) -> Words:
    if _is_port_in(order):
        title = _("Number transfer in progress")
        text = _("Sent to the operator %(moment)s; a number usually moves within one working day.")
    else:
        title = _("Activation in progress")
        text = _("Sent to the operator %(moment)s; usually done within a few minutes.")
    return title, text % {"moment": sent_at(order.first_sent_at or order.created_at)}, "info", "hourglass"


def _unknown(order: Order) -> Words:
    text = _("The operator has not answered yet. We ask again by ourselves; nothing is done twice.")
    return _submitting(order)[0], text, "info", "hourglass"


def _needs_attention(order: Order) -> Words:
    title = (
        _("Number transfer takes longer than usual") if _is_port_in(order) else _("Activation takes longer than usual")
    )
    return title, _("Our help desk is looking at it. You need not do anything."), "warn", "clock"


def _rejected(order: Order) -> Words:
    title = _("The number transfer was refused") if _is_port_in(order) else _("The operator refused the activation")
    return title, sentence(reason_of(order)), "bad", "alert-triangle"


def _failed(order: Order) -> Words:
    title = _("The number transfer failed") if _is_port_in(order) else _("The activation failed")
    return title, sentence(reason_of(order)), "bad", "alert-triangle"


def _cancelled(order: Order) -> Words:
    title = _("The number transfer was cancelled") if _is_port_in(order) else _("The activation was cancelled")
    return title, _("Nothing was changed."), "info", "circle-minus"


def _completed(order: Order) -> Words:
    title = _("The number was transferred") if _is_port_in(order) else _("The SIM card was activated")
    return title, "", "info", "circle-check"


_WORDS = {
    OrderState.AWAITING_APPROVAL: _approval,
    OrderState.SCHEDULED: _scheduled,
    OrderState.READY: _ready,
    OrderState.SUBMITTING: _submitting,
    OrderState.IN_PROGRESS: _in_progress,
    OrderState.UNKNOWN: _unknown,
    OrderState.NEEDS_ATTENTION: _needs_attention,
    OrderState.REJECTED: _rejected,
    OrderState.FAILED: _failed,
    OrderState.CANCELLED: _cancelled,
    OrderState.COMPLETED: _completed,
}


def sent_at(moment: dt.datetime) -> str:
    """``at 14:02`` today, ``on 23/11/2026 at 14:02`` on another day, to stand inside a sentence."""
    now = dt.datetime.now(tz=dt.UTC)
    if formatting.short_date(moment) == formatting.short_date(now):
        return _("at %(time)s") % {"time": formatting.clock(moment)}
    return _("on %(moment)s") % {"moment": formatting.date_time(moment)}


def sentence(text: str) -> str:
    """A reason as a sentence of its own."""
    text = text.strip()
    return text if not text or text[-1] in ".!?" else f"{text}."
