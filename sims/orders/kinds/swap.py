"""Another SIM card for a line that works: number, plan and employee stay, the old card is never used again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Customer
from fleetportal.audit.actors import Actor
from fleetportal.operators.contract import OperatorLine, OperatorOrder, OrderAction, OrderRequest
from fleetportal.web.errors import Refusal
from sims.enums import AuditKind, LineFactKind, LineState, OrderKind, SimState, SwapReason
from sims.history import note
from sims.identifiers import iccid_core
from sims.models import Line, Order, Sim
from sims.models.lines import HIGHEST_THIRD_PARTY_LIMIT
from sims.orders.kinds.activate import set_options
from sims.orders.kinds.base import LONG_AGO, EffectRefused, Kind, Payload, Preparation, Wish, request_for, write

# What becomes of the old card.
OLD_CARD: dict[str, SimState] = {
    SwapReason.LOST: SimState.LOST,
    SwapReason.STOLEN: SimState.LOST,
    SwapReason.DEFECTIVE: SimState.DEFECTIVE,
}
# Settings a new card may have lost at the operator, by the key under which ``Order.answer["lost"]`` tells of them.
BARRINGS, THIRD_PARTY, ROAMING, OPTIONS = "barrings", "third_party_limit", "roaming_limit", "options"


@dataclass(frozen=True, slots=True)
class SwapWish(Wish):
    """``iccid`` is a card of the company that is in stock, ``reason`` a value of ``SwapReason``.

    ``held_until`` is the ISO moment until which it is held back for safety, or nothing.
    """

    iccid: str
    reason: str
    held_until: str = ""


@dataclass(frozen=True, slots=True)
class SwapPayload(Payload):
    """The new card, why, and the card the line had when this was asked."""

    iccid: str
    reason: str
    iccid_before: str
    held_until: str = ""


def prepare(customer: Customer, wish: SwapWish) -> Preparation:
    """Raises ``Refusal`` at once for a card that is not free; the caller keeps it locked until the order stands."""
    card = card_of(customer, wish.iccid)
    if card is None or card.state != SimState.IN_STOCK or hasattr(card, "line"):
        raise Refusal(_("This SIM card has just been taken. Choose another one."), field="iccid")
    if wish.reason == SwapReason.TO_ESIM and not card.is_esim:
        raise Refusal(_("This is a plastic card. Choose an eSIM, or another reason."), field="iccid")

    def for_line(line: Line) -> SwapPayload:
        _check_line(line)
        if line.sim is None:
            raise Refusal(_("This line has no SIM card yet. Activate it with a card first."))
        if line.sim.iccid == card.iccid:
            raise Refusal(_("This is the SIM card the line has already. Choose another one."), field="iccid")
        return SwapPayload(
            iccid=card.iccid, reason=wish.reason, iccid_before=line.sim.iccid, held_until=wish.held_until
        )

    return for_line


def card_of(customer: Customer | int, iccid: str) -> Sim | None:
    """The company's card with this number, the line it is on read with it."""
    cards = Sim.objects.for_customer(customer).select_related("line")
    card: Sim | None = cards.filter(iccid_core=iccid_core(iccid)).first()
    return card


def _check_line(line: Line) -> None:
    if line.state == LineState.TERMINATED:
        raise Refusal(_("This line has ended."))
    if line.state == LineState.NEW:
        raise Refusal(_("This line is not active yet, so there is no SIM card to replace."))


def check(line: Line, payload: SwapPayload) -> None:
    """The line still has the card it had and the new one is still kept for it."""
    _check_line(line)
    if line.sim is None or line.sim.iccid != payload.iccid_before:
        raise Refusal(_("The line has another SIM card by now. Reload the page and try again."))
    card = card_of(line.customer_id, payload.iccid)
    if card is None or card.state not in (SimState.IN_STOCK, SimState.RESERVED) or hasattr(card, "line"):
        raise Refusal(_("This SIM card has just been taken. Choose another one."), field="iccid")


def request(order: Order) -> OrderRequest:
    payload = SwapPayload.from_json(order.payload)
    return request_for(order, OrderAction.SWAP_SIM, iccid=payload.iccid, reason=payload.reason)


def apply(line: Line, *, order: Order, answer: OperatorOrder, by: Actor) -> None:
    """The line is on the new card; what the operator lost with the old one is written down as lost.

    ``sims.orders.follow_ups`` asks for it again. Raises ``EffectRefused`` when the operator shows another card.
    """
    payload = SwapPayload.from_json(order.payload)
    there = answer.line
    if there is None or iccid_core(there.iccid) != iccid_core(payload.iccid):
        raise EffectRefused("the operator says it is done but shows another SIM card on the line")
    old, new = line.sim, card_of(line.customer_id, payload.iccid)
    if old is None or old.iccid != payload.iccid_before or new is None or new.pk != order.new_sim_id:
        raise EffectRefused("the cards are not those that were asked for")
    _hand_over(old, new, payload.reason)
    line.sim = new
    lost = _adopt(line, there)
    note(line, LineFactKind.SIM, new.iccid, reference=str(new.public_id), at=answer.completed_at)
    write(
        line,
        AuditKind.LINE_SIM_REPLACED,
        ["sim", "barrings", "third_party_limit", "roaming_limit"],
        order=order,
        by=by,
        before={"iccid": old.iccid},
        after={
            "iccid": new.iccid,
            "reason": payload.reason,
            "old_card": OLD_CARD.get(payload.reason, SimState.REPLACED),
            "lost": sorted(lost),
        },
    )
    _remember(order, lost)


def _hand_over(old: Sim, new: Sim, reason: str) -> None:
    """The old card is out of use for good and the new one in use; locked in this order, after line and order."""
    cards = Sim.objects.for_customer(new.customer_id)
    if not cards.filter(pk=new.pk, state__in=(SimState.IN_STOCK, SimState.RESERVED)).update(state=SimState.IN_USE):
        raise EffectRefused(f"the new SIM card is {new.state}")
    cards.filter(pk=old.pk).update(state=OLD_CARD.get(reason, SimState.REPLACED))


def _adopt(line: Line, there: OperatorLine) -> dict[str, dict[str, Any]]:
    """The settings as the operator has them now, and which differ: by key what they were and are, as JSON."""
    limit = HIGHEST_THIRD_PARTY_LIMIT if there.third_party_limit is None else there.third_party_limit
    options = sorted(line.options.values_list("code", flat=True))
    lost = {
        BARRINGS: (sorted(line.barrings), sorted(there.barrings)),
        THIRD_PARTY: (_amount(line.third_party_limit), _amount(limit)),
        ROAMING: (_amount(line.roaming_limit), _amount(there.roaming_limit)),
        OPTIONS: (options, sorted(there.option_codes)),
    }
    lost = {key: pair for key, pair in lost.items() if pair[0] != pair[1]}
    if OPTIONS in lost:
        set_options(line, there.option_codes)
    line.barrings, line.third_party_limit = sorted(there.barrings), Decimal(limit)
    line.roaming_limit = there.roaming_limit
    return {key: {"before": before, "after": after} for key, (before, after) in lost.items()}


def _amount(value: Decimal | int | None) -> str:
    """Euro as text with two decimals, empty for no limit."""
    return "" if value is None else f"{value:.2f}"


def _remember(order: Order, lost: dict[str, dict[str, Any]]) -> None:
    order.answer = {**order.answer, "lost": lost}
    Order.objects.for_customer(order.customer_id).filter(pk=order.pk).update(answer=order.answer)


def held_until(payload: SwapPayload) -> datetime:
    return datetime.fromisoformat(payload.held_until) if payload.held_until else LONG_AGO


def describe(payload: SwapPayload, _names: Mapping[str, str]) -> str:
    return _("%(reason)s, new card ends in %(ending)s") % {
        "reason": SwapReason(payload.reason).label,
        "ending": payload.iccid[-4:],
    }


KIND = Kind(
    code=OrderKind.SWAP,
    conflict_group="card",
    wish=SwapWish,
    payload=SwapPayload,
    prepare=prepare,
    check=check,
    request=request,
    apply=apply,
    describe=describe,
    held_until=held_until,
    reads_back=True,
    # A new card may lose these settings at the operator: what is read back must not be in motion.
    not_beside=frozenset({"plan", "barrings", "third_party_limit", "roaming_limit", "roaming_return"}),
)
