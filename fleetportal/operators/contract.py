"""What the portal asks of an operator: operations, the shapes that travel, and the four ways it can go wrong.

Framework-free and synchronous. An adapter is a class without arguments that implements :class:`Operator`; the setting
``OPERATOR`` names it. Numbers are E.164 text, ICCIDs digits as text, moments are aware datetimes in UTC.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from fleetportal.operators.helpdesk import DeskNote, DeskPage, DeskTicket, TicketRequest


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
    SWAP_SIM = "swap_sim"
    SUSPEND = "suspend"
    RESUME = "resume"
    CHANGE_PLAN = "change_plan"
    SET_BARRINGS = "set_barrings"
    SET_THIRD_PARTY_LIMIT = "set_third_party_limit"
    SET_ROAMING_LIMIT = "set_roaming_limit"
    SET_BILLING_ACCOUNT = "set_billing_account"
    SET_SPLIT_BILL = "set_split_bill"
    CHANGE_USER = "change_user"
    TERMINATE = "terminate"
    RELEASE_NUMBER = "release_number"
    CREATE_BUNDLE = "create_bundle"
    CHANGE_BUNDLE = "change_bundle"
    END_BUNDLE = "end_bundle"


class OrderStatus(StrEnum):
    """Where the operator is with an order."""

    ACKNOWLEDGED = "acknowledged"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    REJECTED = "rejected"
    FAILED = "failed"
    CANCELLED = "cancelled"


class PortStage(StrEnum):
    """How far a number transfer is; the donor can be asked to stop only before it validated."""

    ELIGIBILITY = "eligibility"
    VALIDATED = "validated"
    SLOT_FIXED = "slot_fixed"
    CUT_OVER = "cut_over"


class SimStatus(StrEnum):
    """What the operator knows of a SIM card."""

    AVAILABLE = "available"
    IN_USE = "in_use"
    RETIRED = "retired"
    UNKNOWN = "unknown"


class UsageKind(StrEnum):
    """What was used."""

    DATA = "data"
    VOICE = "voice"
    SMS = "sms"
    SERVICE = "service"


class UsageZone(StrEnum):
    """Where, or with whom."""

    BE = "BE"
    EU = "EU"
    WORLD = "WORLD"
    PREMIUM = "PREMIUM"
    THIRD_PARTY = "THIRD_PARTY"


class ServiceStatus(StrEnum):
    """State of a line at the operator."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    TERMINATED = "terminated"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What this operator can do; ``max_answer_seconds`` is its stated maximum for answering a call.

    ``barrings`` are the codes of the kinds of traffic it can bar; ``has_usage`` says whether it hands out usage
    records, ``has_bills`` whether it hands out invoices.
    """

    actions: frozenset[OrderAction]
    max_answer_seconds: float
    poll_seconds: float
    barrings: frozenset[str] = frozenset()
    has_usage: bool = False
    has_bills: bool = False


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

    ``number`` names the line; it is empty on a new line (the operator takes one from its pool) and the number to bring
    on a port-in. What else is read depends on the action:

    - activate, port in: ``iccid``, ``plan_code``, ``option_codes``, ``billing_account``, ``port_in``;
    - swap: ``iccid`` is the new card, ``reason`` why; suspend: ``reason``;
    - change plan: ``plan_code`` and ``option_codes``, all that the line is to have;
    - barrings: ``barrings``, all that are to be barred;
    - limits: ``amount`` in euro, None for no limit of its own; ``is_once`` until the end of the billing period;
    - billing account: ``billing_account``; split bill: ``split_bill``, the terms of the profile, None for none;
    - change user: ``user_name``; release: ``user_name``, whose the number becomes, and ``reason``;
    - create bundle: ``bundle_offer``, ``add_numbers`` and ``billing_account``; change bundle: ``bundle_code``, the new
      ``bundle_offer`` or empty for the same, ``add_numbers`` and ``remove_numbers``; end bundle: ``bundle_code``.
      ``number`` is empty then.
    """

    external_id: UUID
    action: OrderAction
    customer_reference: str
    iccid: str = ""
    plan_code: str = ""
    option_codes: tuple[str, ...] = ()
    number: str = ""
    billing_account: str = ""
    requested_on: date | None = None
    port_in: PortInDetails | None = None
    barrings: tuple[str, ...] = ()
    amount: Decimal | None = None
    is_once: bool = False
    reason: str = ""
    user_name: str = ""
    split_bill: Mapping[str, str] | None = None
    bundle_code: str = ""
    bundle_offer: str = ""
    add_numbers: tuple[str, ...] = ()
    remove_numbers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OperatorOrder:
    """An order as the operator sees it. ``number`` is known once one was reserved or taken over.

    ``stage`` is told of number transfers only; their ``promised_for`` is the slot, once it is fixed. ``line``
    is the line read back after the order was completed, for kinds whose effect has to be verified. ``bundle_code`` is
    the operator's name of the bundle that a completed order made.
    """

    reference: str
    external_id: UUID
    status: OrderStatus
    number: str = ""
    promised_for: datetime | None = None
    completed_at: datetime | None = None
    error_code: str = ""
    error_message: str = ""
    stage: PortStage | None = None
    line: "OperatorLine | None" = None
    bundle_code: str = ""


@dataclass(frozen=True, slots=True)
class OperatorLine:
    """A line as the operator has it. Amounts are euro; None is no limit of its own, or a figure that is not known."""

    number: str
    iccid: str
    status: ServiceStatus
    plan_code: str
    option_codes: tuple[str, ...] = ()
    customer_reference: str = ""
    activated_on: date | None = None
    barrings: tuple[str, ...] = ()
    third_party_limit: Decimal | None = None
    third_party_spent: Decimal | None = None
    roaming_limit: Decimal | None = None
    billing_account: str = ""
    user_name: str = ""
    suspension_reason: str = ""


@dataclass(frozen=True, slots=True)
class OperatorBundle:
    """A group bundle as the operator has it; ``offer`` is the code of what was chosen, ``numbers`` are its members."""

    code: str
    offer: str
    starts_on: date
    numbers: tuple[str, ...] = ()
    ends_on: date | None = None
    billing_account: str = ""


@dataclass(frozen=True, slots=True)
class OperatorEvent:
    """Word that something happened to the order or ticket with our id; a reason to ask, never a fact."""

    event_id: str
    external_id: UUID
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class UsageRecord:
    """One use of a line. ``record_id`` names it for ever and has at most 64 characters; ``charge`` is without VAT.

    ``quantity`` is in ``unit``: data in "B" (bytes), calls in "s", the rest in "1" (pieces). ``bundle`` is "own" for
    the line's own allowance, the code of a group bundle, or empty for what is outside both.
    """

    record_id: str
    number: str
    started_at: datetime
    kind: UsageKind
    zone: UsageZone
    quantity: int
    unit: str
    bundle: str = ""
    charge: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class UsagePage:
    """Some thousands of records. ``cursor`` leads to what follows; ``is_last`` when there is nothing more now.

    A cursor is the operator's own text of at most 200 characters.
    """

    records: tuple[UsageRecord, ...]
    cursor: str
    is_last: bool


@dataclass(frozen=True, slots=True)
class Bill:
    """An invoice or a credit note that can be fetched; ``reference`` names it at the operator, in 100 characters."""

    reference: str
    number: str
    billing_account: str
    issued_on: date


@dataclass(frozen=True, slots=True)
class BillPage:
    """Some invoices in the order in which they were made; ``cursor`` and ``is_last`` as in :class:`UsagePage`."""

    bills: tuple[Bill, ...]
    cursor: str
    is_last: bool


class Operator(Protocol):
    """The operations. Every call may raise :class:`Busy`, :class:`Uncertain` or :class:`ContractError`."""

    def capabilities(self) -> Capabilities: ...

    def check_sim(self, iccid: str) -> SimStatus:
        """What the operator knows of a card, before an order is placed with it."""

    def list_lines(self, customer_reference: str) -> Iterator[OperatorLine]:
        """Every line of a company, in no particular order."""

    def get_line(self, number: str) -> OperatorLine | None: ...

    def list_bundles(self, customer_reference: str) -> Iterator[OperatorBundle]:
        """Every group bundle of a company, ended ones too, in no particular order."""

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

    def send_text(self, number: str, text: str) -> None:
        """A text message to the SIM card that is on this line now; at most once per call."""

    def activation_code(self, iccid: str) -> str:
        """The LPA code of an eSIM profile that waits to be installed; raises :class:`Rejected` when there is none."""

    def usage(self, customer_reference: str, cursor: str) -> UsagePage:
        """What a company's lines used, past ``cursor``; an empty one starts as far back as the operator tells.

        Asked again with the same cursor it begins at the same place. A record may come more than once, and late.
        """

    def bills(self, customer_reference: str, cursor: str) -> BillPage:
        """The invoices and credit notes of a company past ``cursor``; an empty one starts with the oldest it has.

        Asked again with the same cursor it begins at the same place.
        """

    def bill_document(self, reference: str) -> bytes:
        """One of them in UBL, always the same bytes. Raises :class:`Rejected` for one that it does not have."""

    def open_ticket(self, request: TicketRequest) -> DeskTicket:
        """Ask the help desk; a second call with the same ``external_id`` answers the first one's ticket.

        Raises :class:`Rejected` when the desk does not take it.
        """

    def add_note(self, note: DeskNote) -> DeskTicket:
        """Say something on a ticket, once per ``external_id``. Raises :class:`Rejected` when it is not taken."""

    def close_ticket(self, note: DeskNote) -> DeskTicket:
        """Nothing has to be done any more; else as :meth:`add_note`."""

    def reopen_ticket(self, note: DeskNote) -> DeskTicket:
        """It is not solved after all; else as :meth:`add_note`."""

    def get_ticket(self, external_id: UUID) -> DeskTicket | None:
        """The ticket with this id of ours as it is now, or None when the desk never received it."""

    def ticket_changes(self, customer_reference: str, cursor: str) -> DeskPage:
        """The tickets of a company on which something happened past ``cursor``; an empty one starts at the beginning.

        A ticket may come more than once.
        """

    def parse_event(self, body: bytes, headers: Mapping[str, str]) -> OperatorEvent:
        """What a callback is about; its signature was verified. Raises :class:`ContractError`, touches no network."""
