"""What the portal asks of a payment service: operations, the shapes that travel, and the four ways it can go wrong.

Amounts are decimals in ``currency``, moments aware datetimes in UTC. No call is made inside a database transaction.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from billing.enums import PaymentMode, PaymentState


class GatewayError(Exception):
    """Base of the four errors below; a gateway raises no other."""


class Rejected(GatewayError):
    """The service refuses; asking again gives the same answer. ``code`` is "missing" for what it does not know."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class Busy(GatewayError):
    """The service did nothing and asks to come back after ``retry_after`` seconds."""

    def __init__(self, retry_after: float) -> None:
        super().__init__(f"busy, try again in {retry_after:g} s")
        self.retry_after = retry_after


class Uncertain(GatewayError):
    """No answer: it may or may not have been done. Settled by asking with the same key, or by :meth:`find`."""


class ContractError(GatewayError):
    """The answer does not fit the contract: a fault in the gateway or a change at the service; a person must look."""


@dataclass(frozen=True, slots=True)
class Method:
    """A way to pay, with the least and the most it takes; None where the service names no limit."""

    id: str
    name: str
    minimum: Decimal | None = None
    maximum: Decimal | None = None

    def takes(self, amount: Decimal) -> bool:
        return (self.minimum is None or amount >= self.minimum) and (self.maximum is None or amount <= self.maximum)


@dataclass(frozen=True, slots=True)
class NewPayment:
    """What is asked for. The same ``key`` is the same payment, ``payment_id`` comes back in every answer about it.

    Without ``webhook_url`` the service tells nothing by itself: the portal asks.
    """

    key: UUID
    payment_id: UUID
    amount: Decimal
    currency: str
    method: str
    description: str
    return_url: str
    webhook_url: str
    language: str


@dataclass(frozen=True, slots=True)
class GatewayPayment:
    """What the service says about a payment. ``payment_id`` is the text it was given, whatever that is now.

    ``refunded`` and ``charged_back`` are totals so far; they can go down again when one of them is undone.
    """

    reference: str
    mode: PaymentMode
    state: PaymentState
    amount: Decimal
    currency: str
    payment_id: str
    created_at: datetime
    checkout_url: str = ""
    expires_at: datetime | None = None
    paid_at: datetime | None = None
    refunded: Decimal = Decimal(0)
    charged_back: Decimal = Decimal(0)
    reason: str = ""


class PaymentGateway(Protocol):
    """One payment service. A gateway is made without arguments."""

    name: str
    mode: PaymentMode
    # A person pays with money that does not exist: every page says so.
    is_simulated: bool

    def methods(self, currency: str) -> Sequence[Method]:
        """The ways to pay that are switched on, in the service's order."""

    def create(self, new: NewPayment) -> GatewayPayment:
        """Ask for a payment; with a key that was used before, the payment of then."""

    def fetch(self, reference: str) -> GatewayPayment:
        """How it stands now; :class:`Rejected` with "missing" when there is none."""

    def find(self, payment_id: UUID, since: datetime) -> GatewayPayment | None:
        """The payment that was asked for with this id at ``since`` or later."""

    def payments_since(self, since: datetime) -> Iterator[GatewayPayment]:
        """Every payment made at ``since`` or later, newest first, of this portal or not."""

    def cancel(self, reference: str) -> GatewayPayment:
        """End it; :class:`Rejected` when it is too late for that."""

    def refund(self, reference: str, *, key: UUID, amount: Decimal, currency: str, description: str) -> str:
        """Give back ``amount`` once per key; the reference of the refund."""

    def is_reference(self, text: str) -> bool:
        """Whether this can be a reference of this service at all; asked before it goes anywhere."""
