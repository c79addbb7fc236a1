"""The kinds of order the portal knows, by name. A new kind is one module and one line here, or in an app above this
one a call of :func:`register`."""

from typing import Any

from sims.enums import OrderKind, OrderState
from sims.models import Line, Order, PortInRequest
from sims.orders.kinds import (
    activate,
    barrings,
    billing_account,
    block,
    end,
    limits,
    plan,
    port_in,
    split_bill,
    swap,
    transfer,
)
from sims.orders.kinds.base import EffectRefused, Kind, NothingToChange, Payload, Wish, lines_to_change

KINDS: dict[str, Kind] = {
    kind.code: kind
    for kind in (
        activate.KIND,
        port_in.KIND,
        block.BLOCK,
        block.UNBLOCK,
        plan.KIND,
        barrings.KIND,
        limits.THIRD_PARTY_LIMIT,
        limits.ROAMING_LIMIT,
        end.END,
        end.RELEASE,
        transfer.KIND,
        swap.KIND,
        billing_account.KIND,
        split_bill.KIND,
    )
}

# At the operator, or perhaps at the operator.
RECALLABLE_STATES = frozenset({OrderState.SUBMITTING, OrderState.UNKNOWN, OrderState.IN_PROGRESS})


def register(kind: Kind) -> None:
    """Make a kind of an app above this one known; called from its ``AppConfig.ready``."""
    assert KINDS.setdefault(kind.code, kind) is kind, f"{kind.code} is known already"


def kind_of(code: str) -> Kind:
    return KINDS[code]


def lock_subject(order: Order) -> Any:
    """What the order is about, locked until the transaction ends."""
    return kind_of(order.kind).subject.lock(order)


def name_of(order: Order) -> str:
    """What the order is about, as people call it."""
    return kind_of(order.kind).subject.name(order)


def page_of(order: Order) -> str:
    """The address of what the order is about."""
    return kind_of(order.kind).subject.page(order)


def is_recallable(order: Order) -> bool:
    """Whether the operator has it, or may have it, and can still be asked to stop it."""
    if order.state not in RECALLABLE_STATES or order.cancel_asked_at is not None:
        return False
    return kind_of(order.kind).is_recallable(order)


def activation_of(line: Line) -> tuple[OrderKind, Payload]:
    """Which order puts this new line into service, and its payload: a number transfer when one is stored with it."""
    if PortInRequest.objects.for_customer(line.customer_id).filter(line=line).exists():
        return OrderKind.PORT_IN, port_in.payload_for(line)
    return OrderKind.ACTIVATE, activate.payload_for(line)


__all__ = [
    "KINDS",
    "EffectRefused",
    "Kind",
    "NothingToChange",
    "Payload",
    "Wish",
    "activation_of",
    "is_recallable",
    "kind_of",
    "lines_to_change",
    "lock_subject",
    "name_of",
    "page_of",
    "register",
]
