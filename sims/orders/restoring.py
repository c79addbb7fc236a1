"""Asks again for the settings that the operator lost together with a SIM card."""

from collections.abc import Iterator

import structlog
from django.utils import timezone

from fleetportal.audit.actors import Actor
from fleetportal.web.errors import Refusal
from sims.enums import OrderKind
from sims.models import Line, Order
from sims.orders import calendar
from sims.orders.kinds import Payload, Wish, kind_of
from sims.orders.kinds.barrings import BarringsWish
from sims.orders.kinds.limits import RoamingLimitPayload, RoamingLimitWish, ThirdPartyLimitWish
from sims.orders.kinds.plan import PlanWish
from sims.orders.kinds.swap import BARRINGS, OPTIONS, ROAMING, THIRD_PARTY
from sims.orders.placing import place

logger = structlog.get_logger(__name__)


def restore(order: Order, line: Line, *, by: Actor) -> None:
    """One order per setting that the completed swap ``order`` found to be lost; ``line`` is locked and shows it."""
    for kind, wish in _wishes(order, line):
        try:
            place(line=line, kind=kind, payload=_payload(kind, wish, line), by=by)
        except Refusal as refusal:
            # Somebody asked for something else meanwhile, or the catalogue no longer has it: the page shows what is.
            logger.warning("follow_up_refused", kind=order.kind, wanted=kind.value, reason=refusal.message)


def _payload(kind: OrderKind, wish: Wish | Payload, line: Line) -> Payload:
    rules = kind_of(kind)
    if not isinstance(wish, Wish):
        return wish
    assert rules.prepare is not None
    return rules.prepare(line.customer, wish)(line)


def _wishes(order: Order, line: Line) -> Iterator[tuple[OrderKind, Wish | Payload]]:
    lost = order.answer.get("lost", {})
    if BARRINGS in lost:
        gone, new = _difference(lost[BARRINGS])
        yield OrderKind.BARRINGS, BarringsWish(bar=gone, allow=new)
    if OPTIONS in lost:
        gone, new = _difference(lost[OPTIONS])
        yield OrderKind.PLAN, PlanWish(add=gone, remove=new)
    if THIRD_PARTY in lost:
        yield OrderKind.THIRD_PARTY_LIMIT, ThirdPartyLimitWish(amount=lost[THIRD_PARTY]["before"])
    if ROAMING in lost:
        yield OrderKind.ROAMING_LIMIT, _roaming(lost[ROAMING]["before"], lost[ROAMING]["after"], line)


def _roaming(before: str, after: str, line: Line) -> Wish | Payload:
    """A raise for once stays one: it ends on its day, also when the operator now has no limit at all."""
    until = line.roaming_raised_until
    if until and until >= calendar.local_day(timezone.now()):
        return RoamingLimitPayload(amount=before, before=after, is_once=True, until=until.isoformat())
    return RoamingLimitWish(amount=before)


def _difference(lost: dict[str, list[str]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What was there and is gone, and what came instead."""
    before, after = lost["before"], lost["after"]
    return tuple(c for c in before if c not in after), tuple(c for c in after if c not in before)
