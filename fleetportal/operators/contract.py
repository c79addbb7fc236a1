"""What the portal asks of an operator: operations, the shapes that travel, and the four ways it can go wrong.

Framework-free and synchronous. An adapter is a class without arguments that implements :class:`Operator`; the setting
``OPERATOR`` names it. Numbers are E.164 text, ICCIDs digits as text, moments are aware datetimes in UTC.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID


class OperatorError(Exception):
    """Base of the four errors below; an adapter raises no other."""


class Rejected(OperatorError):
    """The operator refuses for a business reason; asking again gives the same answer."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class Busy(OperatorError):
    """The operator did nothing and asks to come back after ``retry_after`` seconds."""

    def __init__(self, retry_after: float) -> None:
        super().__init__(f"busy, try again in {retry_after:g} s")
        self.retry_after = retry_after


class Uncertain(OperatorError):
    """No answer: the operator may or may not have done it. Settled by :meth:`Operator.find_order`, not by resending."""


class ContractError(OperatorError):
    """The answer does not fit the contract: a fault in the adapter or a change at the operator; a person must look."""


class OrderAction(StrEnum):
    """What an order asks for."""

    ACTIVATE = "activate"
    PORT_IN = "port_in"


class OrderStatus(StrEnum):
    """Where the operator is with an order."""

    ACKNOWLEDGED = "acknowledged"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    REJECTED = "rejected"
    FAILED = "failed"
    CANCELLED = "cancelled"


class SimStatus(StrEnum):
    """What the operator knows of a SIM card."""

    AVAILABLE = "available"
    IN_USE = "in_use"
    RETIRED = "retired"
    UNKNOWN = "unknown"


class ServiceStatus(StrEnum):
    """State of a line at the operator."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    TERMINATED = "terminated"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What this operator can do; ``max_answer_seconds`` is its stated maximum for answering a call."""

    actions: frozenset[OrderAction]
    max_answer_seconds: float
    poll_seconds: float


@dataclass(frozen=True, slots=True)
class PortInDetails:
    """What the donor validates on; customer number or SIM serial, at least one of the two."""

    donor: str
    is_prepaid: bool
    donor_customer_number: str
    donor_iccid: str
    holder_name: str
    holder_enterprise_number: str


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """One order. ``external_id`` is the portal's id of it and its idempotency key at the operator.

    ``number`` is empty on a new line (the operator takes one from its pool) and the number to bring on a port-in.
    """

    external_id: UUID
    action: OrderAction
    customer_reference: str
    iccid: str
    plan_code: str
    option_codes: tuple[str, ...] = ()
    number: str = ""
    billing_account: str = ""
    requested_on: date | None = None
    port_in: PortInDetails | None = None


@dataclass(frozen=True, slots=True)
class OperatorOrder:
    """An order as the operator sees it. ``number`` is known once one was reserved or taken over."""

    reference: str
    external_id: UUID
    status: OrderStatus
    number: str = ""
    promised_for: datetime | None = None
    completed_at: datetime | None = None
    error_code: str = ""
    error_message: str = ""


@dataclass(frozen=True, slots=True)
class OperatorLine:
    """A line as the operator has it."""

    number: str
    iccid: str
    status: ServiceStatus
    plan_code: str
    option_codes: tuple[str, ...] = ()
    customer_reference: str = ""
    activated_on: date | None = None


class Operator(Protocol):
    """The operations. Every call may raise :class:`Busy`, :class:`Uncertain` or :class:`ContractError`."""

    def capabilities(self) -> Capabilities: ...

    def check_sim(self, iccid: str) -> SimStatus:
        """What the operator knows of a card, before an order is placed with it."""

    def list_lines(self, customer_reference: str) -> Iterator[OperatorLine]:
        """Every line of a company, in no particular order."""

    def get_line(self, number: str) -> OperatorLine | None: ...

    def submit(self, request: OrderRequest) -> OperatorOrder:
        """Place an order; a second call with the same ``external_id`` answers the first one's order.

        Raises :class:`Rejected` when it is refused at once.
        """

    def get_order(self, reference: str) -> OperatorOrder:
        """The present state of an order the operator acknowledged."""

    def find_order(self, external_id: UUID) -> OperatorOrder | None:
        """The order with this id of ours, or None when the operator never received it."""

    def cancel(self, reference: str) -> OperatorOrder:
        """Ask to cancel; the answer says whether it still could."""
