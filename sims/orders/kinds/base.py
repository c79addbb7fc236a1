"""What every kind of order has to say about itself. A kind is one small module that ends in a :class:`Kind`.

A **wish** is what a person chose in a form, the same for one line or ten thousand. ``prepare`` turns it into a function
that gives each line its **payload**: all that is asked for that line, frozen as it stood then. ``request`` words it for
the operator, ``apply`` writes what the operator confirmed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, ClassVar, Protocol, Self

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts.models import Customer
from fleetportal.audit import services as audit
from fleetportal.audit.actors import Actor
from fleetportal.operators.contract import OperatorOrder, OrderAction, OrderRequest
from fleetportal.web.errors import Refusal
from sims.enums import AuditKind, LineState, OrderKind
from sims.models import Line, Order
from sims.orders import calendar
from sims.orders.subjects import LINE, Subject


class EffectRefused(Exception):
    """The operator is done but the line cannot take the result; a person must look."""


class NothingToChange(Refusal):
    """The line is as it is wished already: not an error in a bulk change, a hint in a form."""


@dataclass(frozen=True, slots=True)
class Payload:
    """What is asked, as it stood when it was asked; subclasses add fields of text, whole numbers and tuples of text.

    Amounts are text such as ``"25.00"``, days are ISO text: the row holds exactly what was asked.
    """

    TUPLES: ClassVar[frozenset[str]] = frozenset()

    def as_json(self) -> dict[str, Any]:
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Raises ``TypeError`` when a field is missing; fields of a later version are left out."""
        known = {column.name for column in fields(cls)}
        return cls(**{k: tuple(v) if k in cls.TUPLES else v for k, v in data.items() if k in known})


class Wish(Payload):
    """What a person chose, before it is known for which line."""


Preparation = Callable[[Line], Payload]


class Effect(Protocol):
    """Applies the operator's result to the locked line, in the transaction that marks the order completed."""

    def __call__(self, line: Any, /, *, order: Order, answer: OperatorOrder, by: Actor) -> None: ...


def no_cost(_line: Line, _payload: Any) -> tuple[Decimal, Decimal]:
    """A change that leaves the price per month as it is."""
    return Decimal(), Decimal()


def any_day(_day: date) -> bool:
    return True


def whatever_the_day(_line: Line, _payload: Any, _day: date) -> None:
    """A kind whose rules do not depend on the day."""


def at_its_moment(moment: datetime) -> datetime:
    return moment


def never(_order: Order) -> bool:
    return False


LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def not_held(_payload: Any) -> datetime:
    """A kind that may be moved to any moment."""
    return LONG_AGO


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """``subject`` is what its orders are about. Nearly always it is a line, and so "line" stands below for whatever it
    is; ``cost`` and the bulk changes know lines only.

    ``conflict_group``: two open orders of one line with the same group contradict each other.

    ``check`` raises ``Refusal`` when the line cannot take this order now; it is asked again when the order is sent.
    ``check_on`` is the same for the day it is to happen: asked with the planned day when the order is placed or moved,
    and with the present day when it is sent.
    ``held_until`` is the moment before which nobody can move this one to, for safety.
    ``earliest`` is the first possible day for something asked at a moment, ``is_possible_on`` whether the operator
    works on it that day, ``starts_at`` the moment a wish for a day becomes due.

    ``prepare(customer, wish)`` reads once what all lines need and answers the function that makes one line's payload;
    that function raises ``Refusal`` or ``NothingToChange`` and makes no query of its own for a line read with
    ``sims.orders.kinds.lines_to_change``. ``describe`` is the payload in a few words, ``names`` giving the names of
    plans and options by code. ``cost`` is the price per month before and after.

    ``is_undoable``: it waits a few seconds before it is sent, so that the person can take it back. ``is_exclusive``: it
    is sent only when nothing else of the line is at the operator, and nothing else is sent while it is there.
    ``not_beside`` names the conflict groups it must not be at the operator together with, because one would undo the
    other there. ``reads_back``: when it is completed the line is read from the operator and given to ``apply`` as
    ``answer.line``.

    ``sent_from`` is when an order for a moment is handed to the operator, if that needs some time ahead.
    ``is_recallable``: whether an order that the operator has may still be stopped there. ``reasons`` words refusals
    that only this kind knows, or words better.
    """

    code: OrderKind
    subject: Subject = LINE
    conflict_group: str
    payload: type[Payload]
    check: Callable[[Any, Any], None]
    request: Callable[[Order], OrderRequest]
    apply: Effect
    describe: Callable[[Any, Mapping[str, str]], str]
    wish: type[Wish] | None = None
    prepare: Callable[[Customer, Any], Callable[[Any], Payload]] | None = None
    check_on: Callable[[Any, Any, date], None] = whatever_the_day
    held_until: Callable[[Any], datetime] = not_held
    cost: Callable[[Any, Any], tuple[Decimal, Decimal]] = no_cost
    earliest: Callable[[datetime], date] = calendar.local_day
    is_possible_on: Callable[[date], bool] = any_day
    starts_at: Callable[[date], datetime] = calendar.start_of_day
    sent_from: Callable[[datetime], datetime] = at_its_moment
    is_recallable: Callable[[Order], bool] = never
    is_undoable: bool = False
    is_exclusive: bool = False
    not_beside: frozenset[str] = frozenset()
    reads_back: bool = False
    reasons: Mapping[str, Promise] = field(default_factory=dict)


def customer_reference(customer: Customer) -> str:
    """How the operator knows the company: its own customer number, else the enterprise number."""
    return customer.operator_reference or customer.enterprise_number


def refuse_out_of_service(line: Line, not_yet: str) -> None:
    """Raises ``Refusal`` for a line that has ended, and with ``not_yet`` for one that is not active yet."""
    if line.state == LineState.NEW:
        raise Refusal(not_yet)
    if line.state == LineState.TERMINATED:
        raise Refusal(_("This line has ended."))


def request_for(order: Order, action: OrderAction, **fields: Any) -> OrderRequest:
    """What every request about an existing line has in common, plus the fields of the action."""
    return OrderRequest(
        external_id=order.pk,
        action=action,
        customer_reference=customer_reference(order.customer),
        number=order.own_line.number or "",
        requested_on=calendar.local_day(order.not_before),
        **fields,
    )


def lines_to_change(lines: models.QuerySet[Line]) -> models.QuerySet[Line]:
    """The same lines with everything the kinds look at."""
    return lines.select_related(
        "sim", "plan", "subscriber", "billing_account", "cost_centre", "split_bill_profile"
    ).prefetch_related("options")


def write(
    line: Line,
    kind: AuditKind,
    columns: Sequence[str],
    *,
    order: Order,
    by: Actor,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
) -> None:
    """Save these columns of the locked line and record the change; ``before`` and ``after`` are JSON for the audit."""
    line.save(update_fields=[*columns, "updated_at"])
    audit.record(
        kind,
        by=by,
        customer_id=line.customer_id,
        subject=line,
        before=before,
        after={**after, "order": str(order.pk)},
    )
