"""Barring kinds of traffic on a line, and allowing them again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from django.utils.translation import gettext as _

from accounts.models import Customer
from fleetportal.audit.actors import Actor
from fleetportal.operators.contract import OperatorOrder, OrderAction, OrderRequest
from fleetportal.web.errors import Refusal
from sims.barrings import container_of, difference, label, offered, without_contained
from sims.enums import AuditKind, OrderKind
from sims.models import Line, Order
from sims.orders.kinds.base import (
    Kind,
    NothingToChange,
    Payload,
    Preparation,
    Wish,
    refuse_out_of_service,
    request_for,
    write,
)


@dataclass(frozen=True, slots=True)
class BarringsWish(Wish):
    """Codes to bar and codes to allow again; what is in neither stays as it is on each line."""

    TUPLES: ClassVar[frozenset[str]] = frozenset({"bar", "allow"})

    bar: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BarringsPayload(Payload):
    """All that is to be barred and all that was, as codes."""

    TUPLES: ClassVar[frozenset[str]] = frozenset({"barrings", "barrings_before"})

    barrings: tuple[str, ...]
    barrings_before: tuple[str, ...]


def exactly(codes: tuple[str, ...]) -> BarringsWish:
    """The wish that leaves a line with these barrings and no others, whatever it had: a template."""
    bar = without_contained(codes)
    rest = {barring.code for barring in offered()} - set(bar)
    return BarringsWish(bar=bar, allow=tuple(sorted(code for code in rest if not container_of(code, bar))))


def prepare(_customer: Customer, wish: BarringsWish) -> Preparation:
    """Raises ``Refusal`` at once for what the operator cannot bar."""
    known = {barring.code for barring in offered()}
    if set(wish.bar) - known:
        raise Refusal(_("The operator cannot bar this kind of traffic."), field="barrings")

    def for_line(line: Line) -> BarringsPayload:
        _check_state(line)
        after = without_contained((set(line.barrings) | set(wish.bar)) - set(wish.allow))
        _refuse_contained(wish, after)
        if after == without_contained(line.barrings):
            raise NothingToChange(_("This line has these barrings already."))
        return BarringsPayload(barrings=after, barrings_before=tuple(sorted(line.barrings)))

    return for_line


def _refuse_contained(wish: BarringsWish, after: tuple[str, ...]) -> None:
    """What a wider barring contains cannot be allowed on its own."""
    for code in wish.allow:
        if container := container_of(code, after):
            text = _("“%(part)s” is barred along with “%(whole)s”. Allow “%(whole)s” first.")
            raise Refusal(text % {"part": label(code), "whole": label(container)}, field="barrings")


def _check_state(line: Line) -> None:
    refuse_out_of_service(line, _("This SIM card is not active yet. Its barrings can be changed once it is."))


def check(line: Line, payload: BarringsPayload) -> None:
    """Nobody changed the barrings since this was asked: all of them are sent, not the difference."""
    _check_state(line)
    if set(line.barrings) != set(payload.barrings_before):
        raise Refusal(_("The barrings of this line were changed in the meantime. Reload the page and choose again."))


def request(order: Order) -> OrderRequest:
    return request_for(order, OrderAction.SET_BARRINGS, barrings=BarringsPayload.from_json(order.payload).barrings)


def apply(line: Line, *, order: Order, answer: OperatorOrder, by: Actor) -> None:
    """The barrings as the operator has them from now on."""
    payload = BarringsPayload.from_json(order.payload)
    before = sorted(line.barrings)
    line.barrings = list(payload.barrings)
    write(
        line,
        AuditKind.LINE_BARRINGS_CHANGED,
        ["barrings"],
        order=order,
        by=by,
        before={"barrings": before},
        after={"barrings": line.barrings},
    )


def describe(payload: BarringsPayload, _names: Mapping[str, str]) -> str:
    return difference(payload.barrings_before, payload.barrings)


KIND = Kind(
    code=OrderKind.BARRINGS,
    conflict_group="barrings",
    wish=BarringsWish,
    payload=BarringsPayload,
    prepare=prepare,
    check=check,
    request=request,
    apply=apply,
    describe=describe,
)
