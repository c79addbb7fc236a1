"""What every kind of order has to say about itself. A kind is one small module that ends in a :class:`Kind`."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from typing import Any, ClassVar, Protocol, Self

from accounts.models import Customer
from fleetportal.audit.actors import Actor
from fleetportal.operators.contract import OperatorOrder, OrderRequest
from sims.enums import OrderKind
from sims.models import Line, Order


class EffectRefused(Exception):
    """The operator is done but the line cannot take the result; a person must look."""


@dataclass(frozen=True, slots=True)
class Payload:
    """What is asked, as it stood when it was asked; subclasses add fields of text, numbers and tuples of text."""

    TUPLES: ClassVar[frozenset[str]] = frozenset()

    def as_json(self) -> dict[str, Any]:
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Raises ``TypeError`` when a field is missing; fields of a later version are left out."""
        known = {field.name for field in fields(cls)}
        return cls(**{k: tuple(v) if k in cls.TUPLES else v for k, v in data.items() if k in known})


class Effect(Protocol):
    """Applies the operator's result to the locked line, in the transaction that marks the order completed."""

    def __call__(self, *, order: Order, line: Line, answer: OperatorOrder, by: Actor) -> None: ...


@dataclass(frozen=True, slots=True)
class Kind:
    """``conflict_group``: two open orders of one line with the same group contradict each other.

    ``check`` raises ``Refusal`` when the line cannot take this order now. ``earliest`` is the first possible day for
    something asked at a moment, ``is_possible_on`` whether the operator works on it that day, ``starts_at`` the moment
    a wish for a day becomes due.
    """

    code: OrderKind
    conflict_group: str
    payload: type[Payload]
    check: Callable[[Line, Any], None]
    request: Callable[[Order], OrderRequest]
    apply: Effect
    earliest: Callable[[datetime], date]
    is_possible_on: Callable[[date], bool]
    starts_at: Callable[[date], datetime]


def customer_reference(customer: Customer) -> str:
    """How the operator knows the company: its own customer number, else the enterprise number."""
    return customer.operator_reference or customer.enterprise_number
