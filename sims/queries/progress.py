"""An order in the reader's words: what was asked, how far it is, and what to do when it was refused."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from fleetportal.operators.contract import PortStage
from fleetportal.web import formatting
from sims.enums import OrderKind, OrderState
from sims.models import Order
from sims.orders.kinds import is_recallable, kind_of
from sims.orders.reasons import reason_of
from sims.queries.names import Names

# These wait for their day or for a person: looking again every second shows nothing new.
_QUIET = frozenset({OrderState.SCHEDULED, OrderState.AWAITING_APPROVAL, OrderState.NEEDS_ATTENTION})


@dataclass(frozen=True, slots=True)
class OrderNotice:
    """A box on the page of the line. ``tone`` and ``icon`` are those of a notice; the buttons act on ``order_id``.

    ``state`` is the second half of the title, ``what`` the change itself in a few words, such as the new plan; it may
    be empty.
    """

    order_id: str
    title: str
    state: str
    what: str
    text: str
    tone: str
    icon: str
    is_cancellable: bool
    awaits_approval: bool
    requested_by_id: int | None

    @property
    def needs_help(self) -> bool:
        """It went wrong or takes long: whoever asked may want to speak to somebody."""
        return self.tone in ("bad", "warn")


def notice_of(order: Order, names: Mapping[str, str] | None = None) -> OrderNotice:
    """What the person who asked wants to know about this order now. Lists hand the same ``names`` to each order."""
    words, tone, icon = _WORDS[OrderState(order.state)]
    state, text = words(order)
    return OrderNotice(
        order_id=str(order.pk),
        title=_("%(request)s: %(state)s") % {"request": order.get_kind_display(), "state": state},
        state=state,
        what=described(order, names),
        text=text,
        tone=tone,
        icon=icon,
        is_cancellable=order.is_cancellable or is_recallable(order),
        awaits_approval=order.state == OrderState.AWAITING_APPROVAL,
        requested_by_id=order.requested_by_id,
    )


def is_moving(order: Order) -> bool:
    """Whether something can be seen by looking again soon: it is at the operator, and not for a moment far away."""
    return order.is_open and order.state not in _QUIET and not _waits_for_its_slot(order)


def _waits_for_its_slot(order: Order) -> bool:
    """A transfer on its way of which nothing is to be seen before the promised moment."""
    if order.stage != PortStage.SLOT_FIXED or order.promised_for is None or order.cancel_asked_at:
        return False
    return order.promised_for > timezone.now() + dt.timedelta(minutes=10)


def described(order: Order, names: Mapping[str, str] | None = None) -> str:
    """What exactly was asked, in a few words; empty when the kind says it all."""
    rules = kind_of(order.kind)
    try:
        payload = rules.payload.from_json(order.payload)
    except TypeError:
        # Asked by an earlier version that knew less.
        return ""
    return rules.describe(payload, Names(order.customer_id) if names is None else names)


Words = tuple[str, str]


def _approval(order: Order) -> Words:
    text = _("Asked by %(name)s for %(day)s. Somebody who may change lines has to approve it.")
    names = {"name": order.requested_by_name, "day": formatting.long_date(order.not_before)}
    return _("waiting for approval"), text % names


def _scheduled(order: Order) -> Words:
    state = _("planned for %(day)s") % {"day": formatting.long_date(order.not_before)}
    text = _("Asked by %(name)s. You can change the date or cancel until then.") % {"name": order.requested_by_name}
    return state, text


def _ready(order: Order) -> Words:
    if order.attempts and order.due_at:
        busy = _("The operator cannot take it now. We try again at %(time)s.")
        return _("requested"), busy % {"time": formatting.clock(order.due_at)}
    return _("requested"), _("It is sent to the operator within seconds.")


def _submitting(_order: Order) -> Words:
    return _("in progress"), _("It is being sent to the operator.")


def _in_progress(order: Order) -> Words:
    if order.cancel_asked_at:
        return _("in progress"), _("The operator was asked to stop it. We wait for the answer.")
    if order.cancel_refused_at:
        return _("in progress"), _("It could not be stopped: the present operator had already agreed to the transfer.")
    if order.kind == OrderKind.PORT_IN and order.stage == PortStage.SLOT_FIXED and order.promised_for:
        return _("in progress"), _("The number moves on %(moment)s, Belgian time.") % {
            "moment": formatting.date_time(order.promised_for)
        }
    if order.kind == OrderKind.PORT_IN:
        text = _("Sent to the operator %(moment)s; a number usually moves within one working day.")
    else:
        text = _("Sent to the operator %(moment)s; usually done within a few minutes.")
    return _("in progress"), text % {"moment": sent_at(order.first_sent_at or order.created_at)}


def _unknown(_order: Order) -> Words:
    return _("in progress"), _("The operator has not answered yet. We ask again by ourselves; nothing is done twice.")


def _needs_attention(_order: Order) -> Words:
    return _("takes longer than usual"), _("Our help desk is looking at it. You need not do anything.")


def _rejected(order: Order) -> Words:
    return _("refused by the operator"), sentence(reason_of(order))


def _failed(order: Order) -> Words:
    return _("failed"), sentence(reason_of(order))


def _cancelled(order: Order) -> Words:
    return _("cancelled"), sentence(reason_of(order)) or _("Nothing was changed.")


def _completed(_order: Order) -> Words:
    return _("done"), ""


# Words, tone of the notice, icon.
_WORDS: dict[OrderState, tuple[Callable[[Order], Words], str, str]] = {
    OrderState.AWAITING_APPROVAL: (_approval, "info", "hourglass"),
    OrderState.SCHEDULED: (_scheduled, "info", "calendar-event"),
    OrderState.READY: (_ready, "info", "hourglass"),
    OrderState.SUBMITTING: (_submitting, "info", "hourglass"),
    OrderState.IN_PROGRESS: (_in_progress, "info", "hourglass"),
    OrderState.UNKNOWN: (_unknown, "info", "hourglass"),
    OrderState.NEEDS_ATTENTION: (_needs_attention, "warn", "clock"),
    OrderState.REJECTED: (_rejected, "bad", "alert-triangle"),
    OrderState.FAILED: (_failed, "bad", "alert-triangle"),
    OrderState.CANCELLED: (_cancelled, "info", "circle-minus"),
    OrderState.COMPLETED: (_completed, "info", "circle-check"),
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
