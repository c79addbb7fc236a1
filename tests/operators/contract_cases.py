"""Orders as the portal sends them, for tests of any adapter."""

import itertools
import uuid
from datetime import UTC, datetime, timedelta

from stdnum import luhn

from fleetportal.operators.contract import (
    Bill,
    Operator,
    OrderAction,
    OrderRequest,
    PortInDetails,
    UsageKind,
    UsageRecord,
    UsageZone,
)
from fleetportal.operators.helpdesk import DeskNote, DeskStatus, DeskTicket, TicketRequest

_numbers = itertools.count(5_000_000)


def card(ending: str = "") -> str:
    """A Belgian SIM number nobody has used; ``ending`` stands before the check digit."""
    number = f"{next(_numbers):012d}"
    body = f"893205{number[len(ending) :]}{ending}"
    return body + luhn.calc_check_digit(body)


def activation(**fields: object) -> OrderRequest:
    values = {
        "external_id": uuid.uuid4(),
        "action": OrderAction.ACTIVATE,
        "customer_reference": "0403019261",
        "iccid": card(),
        "plan_code": "MOB-PRO",
        "option_codes": ("INTL",),
    }
    return OrderRequest(**(values | fields))


def transfer(*, number: str = "+32470123456", iccid: str = "", **details: object) -> OrderRequest:
    values = {
        "donor": "Proximus",
        "is_prepaid": False,
        "donor_customer_number": "600123456",
        "donor_iccid": "",
        "holder_name": "Noordkaai Logistics NV",
        "holder_enterprise_number": "0403019261",
    }
    return activation(
        action=OrderAction.PORT_IN,
        number=number,
        iccid=iccid or card(),
        port_in=PortInDetails(**(values | details)),
    )


def usage_of(operator: Operator, customer_reference: str, cursor: str = "") -> tuple[list[UsageRecord], str]:
    """All that an operator has to tell past ``cursor``, and where it ends; fails for what is against the contract."""
    told: list[UsageRecord] = []
    while True:
        page = operator.usage(customer_reference, cursor)
        for record in page.records:
            assert 0 < len(record.record_id) <= 64
            assert record.number.startswith("+")
            assert record.started_at.utcoffset() == timedelta(0)
            assert record.kind in UsageKind and record.zone in UsageZone
            assert record.unit == {"data": "B", "voice": "s"}.get(record.kind, "1")
            assert record.quantity >= 0 and record.charge >= 0
        assert 0 < len(page.cursor) <= 200
        told += page.records
        assert page.cursor != cursor or page.is_last, "it would never come to an end"
        cursor = page.cursor
        if page.is_last:
            return told, cursor


def bills_of(operator: Operator, customer_reference: str, cursor: str = "") -> tuple[list[Bill], str]:
    """All invoices that an operator has past ``cursor``, and where it ends; fails for what is against the contract."""
    told: list[Bill] = []
    while True:
        page = operator.bills(customer_reference, cursor)
        assert operator.bills(customer_reference, cursor) == page
        for bill in page.bills:
            assert 0 < len(bill.reference) <= 100 and bill.number
        assert len(page.cursor) <= 200
        told += page.bills
        assert page.cursor != cursor or page.is_last, "it would never come to an end"
        cursor = page.cursor
        if page.is_last:
            return told, cursor


def bundle(**fields: object) -> OrderRequest:
    """A new bundle of the contract's 2 TB; other actions name their bundle."""
    values = {
        "external_id": uuid.uuid4(),
        "action": OrderAction.CREATE_BUNDLE,
        "customer_reference": "0403019261",
        "bundle_offer": "GB-DATA-2TB" if "action" not in fields else "",
    }
    return OrderRequest(**(values | fields))


def question(**fields: object) -> TicketRequest:
    """A question to the help desk about a SIM card."""
    values = {
        "external_id": uuid.uuid4(),
        "message_id": uuid.uuid4(),
        "customer_reference": "0403019261",
        "language": "nl",
        "subject": "sim",
        "item": "sim-not-working",
        "title": "Simkaarten: Een simkaart werkt niet",
        "text": "Geen signaal sinds gisteren.",
        "contact": "Alice Aerts",
        "opened_at": datetime(2026, 11, 20, 9, 0, tzinfo=UTC),
    }
    return TicketRequest(**(values | fields))


def note(request: TicketRequest, **fields: object) -> DeskNote:
    values = {
        "external_id": uuid.uuid4(),
        "ticket_id": request.external_id,
        "text": "Ook met een andere kaart.",
        "contact": "Alice Aerts",
        "written_at": datetime(2026, 11, 20, 10, 0, tzinfo=UTC),
    }
    return DeskNote(**(values | fields))


def tickets_of(
    operator: Operator, customer_reference: str, cursor: str = ""
) -> tuple[dict[uuid.UUID, DeskTicket], str]:
    """What happened past ``cursor``, and where it ends; fails for what is against the contract."""
    told: dict[uuid.UUID, DeskTicket] = {}
    while True:
        page = operator.ticket_changes(customer_reference, cursor)
        for ticket in page.tickets:
            assert ticket.status in DeskStatus and ticket.reference
            assert all(
                0 < len(one.message_id) <= 80 and one.written_at.utcoffset() is not None for one in ticket.messages
            )
            told[ticket.external_id] = ticket
        assert 0 < len(page.cursor) <= 200
        assert page.cursor != cursor or page.is_last, "it would never come to an end"
        cursor = page.cursor
        if page.is_last:
            return told, cursor
