"""The simulated operator behind the contract. Every call commits by itself, as a real operator's would."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q

from fleetportal.operators.contract import (
    BillPage,
    Capabilities,
    ContractError,
    OperatorBundle,
    OperatorEvent,
    OperatorLine,
    OperatorOrder,
    OrderAction,
    OrderRequest,
    OrderStatus,
    Rejected,
    ServiceStatus,
    SimStatus,
    UsagePage,
)
from fleetportal.operators.helpdesk import DeskNote, DeskPage, DeskTicket, TicketRequest
from fleetportal.operators.simulator import behaviour, bills, bundles, callbacks, changes, desk, ports, usage
from fleetportal.operators.simulator.faults import with_faults
from fleetportal.operators.simulator.models import (
    SimulatedBundle,
    SimulatedLine,
    SimulatedOrder,
    SimulatedSim,
    SimulatedText,
)

POLL_SECONDS = 1.0


class SimulatedOperator:
    """Implements :class:`fleetportal.operators.contract.Operator`. Called inside a transaction it refuses to work."""

    def capabilities(self) -> Capabilities:
        return Capabilities(
            actions=frozenset(OrderAction),
            max_answer_seconds=float(settings.OPERATOR_MAX_ANSWER_SECONDS),
            poll_seconds=min(POLL_SECONDS, settings.SIMULATOR_WORK_SECONDS),
            barrings=changes.BARRINGS,
            has_usage=True,
            has_bills=True,
        )

    def check_sim(self, iccid: str) -> SimStatus:
        self._catch_up()
        return behaviour.card_status(iccid)

    def list_lines(self, customer_reference: str) -> Iterator[OperatorLine]:
        self._catch_up()
        for line in SimulatedLine.objects.filter(customer_reference=customer_reference).iterator(chunk_size=1000):
            yield _line(line)

    def get_line(self, number: str) -> OperatorLine | None:
        self._catch_up(behaviour.about(number))
        line = SimulatedLine.objects.filter(number=number).order_by("-pk").first()
        return _line(line) if line else None

    def list_bundles(self, customer_reference: str) -> Iterator[OperatorBundle]:
        self._catch_up(behaviour.about("", bundles_of=customer_reference))
        for bundle in SimulatedBundle.objects.filter(customer_reference=customer_reference).order_by("pk"):
            yield OperatorBundle(
                code=bundle.code,
                offer=bundle.offer,
                starts_on=bundle.starts_on,
                numbers=tuple(bundle.numbers),
                ends_on=bundle.ends_on,
                billing_account=bundle.billing_account,
            )

    def submit(self, request: OrderRequest) -> OperatorOrder:
        return with_faults(lambda at: self._submit(request, at), is_submit=True)

    def get_order(self, reference: str) -> OperatorOrder:
        return with_faults(lambda at: self._get_order(reference, at), is_submit=False)

    def find_order(self, external_id: UUID) -> OperatorOrder | None:
        return with_faults(lambda at: self._look_at(at, external_id=external_id), is_submit=False)

    def cancel(self, reference: str) -> OperatorOrder:
        return with_faults(lambda at: self._cancel(reference, at), is_submit=False)

    def send_text(self, number: str, text: str) -> None:
        line = SimulatedLine.objects.filter(number=number).exclude(status=ServiceStatus.TERMINATED).first()
        if line is None:
            raise Rejected("line_unknown", f"{number} is not a line of this operator.")
        SimulatedText.objects.create(number=number, iccid=line.iccid, text=text, sent_at=behaviour.now())

    def activation_code(self, iccid: str) -> str:
        card = SimulatedSim.objects.filter(iccid=iccid, is_esim=True).exclude(status=SimStatus.RETIRED).first()
        if card is None:
            raise Rejected("esim_unknown", f"{iccid} is not an eSIM profile that can be installed.")
        return f"LPA:1$smdp.simulator.example${iccid[-12:]}"

    def usage(self, customer_reference: str, cursor: str) -> UsagePage:
        return with_faults(lambda at: usage.page(customer_reference, cursor, at), is_submit=False)

    def bills(self, customer_reference: str, cursor: str) -> BillPage:
        return with_faults(lambda at: bills.page(customer_reference, cursor, at), is_submit=False)

    def bill_document(self, reference: str) -> bytes:
        return with_faults(lambda _at: bills.document(reference), is_submit=False)

    def open_ticket(self, request: TicketRequest) -> DeskTicket:
        return desk.call(lambda at: desk.open_ticket(request, at), is_submit=True)

    def add_note(self, note: DeskNote) -> DeskTicket:
        return desk.call(lambda at: desk.add_note(note, at), is_submit=True)

    def close_ticket(self, note: DeskNote) -> DeskTicket:
        return desk.call(lambda at: desk.close_ticket(note, at), is_submit=True)

    def reopen_ticket(self, note: DeskNote) -> DeskTicket:
        return desk.call(lambda at: desk.reopen_ticket(note, at), is_submit=True)

    def get_ticket(self, external_id: UUID) -> DeskTicket | None:
        return desk.call(lambda at: desk.find(external_id, at), is_submit=False)

    def ticket_changes(self, customer_reference: str, cursor: str) -> DeskPage:
        return desk.call(lambda at: desk.changes(customer_reference, cursor, at), is_submit=False)

    def parse_event(self, body: bytes, headers: Mapping[str, str]) -> OperatorEvent:
        return callbacks.parse(body)

    def _submit(self, request: OrderRequest, at: datetime) -> OperatorOrder:
        with transaction.atomic(durable=True):
            _one_at_a_time(request.external_id)
            behaviour.bring_up_to_date(at, _concerned(request))
            known = SimulatedOrder.objects.filter(external_id=request.external_id).first()
            return _order(known or behaviour.receive(request, at), at)

    def _get_order(self, reference: str, at: datetime) -> OperatorOrder:
        found = self._look_at(at, pk=_key(reference))
        if found is None:
            raise ContractError(f"there is no order {reference!r}")
        return found

    def _cancel(self, reference: str, at: datetime) -> OperatorOrder:
        with transaction.atomic(durable=True):
            order = SimulatedOrder.objects.select_for_update().filter(pk=_key(reference)).first()
            if order is None:
                raise ContractError(f"there is no order {reference!r}")
            behaviour.advance(order, at)
            behaviour.cancel(order)
            return _order(order, at)

    def _look_at(self, at: datetime, **which: object) -> OperatorOrder | None:
        with transaction.atomic(durable=True):
            order = SimulatedOrder.objects.select_for_update().filter(**which).first()
            if order is None:
                return None
            behaviour.advance(order, at)
            return _order(order, at)

    def _catch_up(self, which: Q | None = None) -> None:
        with transaction.atomic():
            behaviour.bring_up_to_date(behaviour.now(), which)


def _one_at_a_time(external_id: UUID) -> None:
    """The same order twice at once: the second call waits and then finds the first one's order."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"simulator:{external_id}"])


def _concerned(request: OrderRequest) -> Q:
    """The orders that have to be brought up to date before this one is looked at."""
    of_bundles = request.customer_reference if bundles.is_bundle(request.action) else ""
    return behaviour.about(request.number, request.iccid, bundles_of=of_bundles)


def _key(reference: str) -> int:
    try:
        return int(reference.removeprefix("SO-"))
    except ValueError:
        raise ContractError(f"{reference!r} is not a reference of this operator") from None


def _order(order: SimulatedOrder, at: datetime) -> OperatorOrder:
    status = OrderStatus(order.status)
    return OperatorOrder(
        reference=order.reference,
        external_id=order.external_id,
        status=status,
        number=order.number,
        promised_for=ports.promise(order, at),
        completed_at=order.done_at if status == OrderStatus.COMPLETED else None,
        error_code=order.error_code,
        error_message=order.error_message,
        stage=ports.stage_of(order, at),
        bundle_code=order.details.get("bundle_code", "") if status == OrderStatus.COMPLETED else "",
    )


def _line(line: SimulatedLine) -> OperatorLine:
    return OperatorLine(
        number=line.number,
        iccid=line.iccid,
        status=ServiceStatus(line.status),
        plan_code=line.plan_code,
        option_codes=tuple(line.option_codes),
        customer_reference=line.customer_reference,
        activated_on=line.activated_on,
        barrings=tuple(line.barrings),
        third_party_limit=line.third_party_limit,
        third_party_spent=line.third_party_spent,
        roaming_limit=line.roaming_limit,
        billing_account=line.billing_account,
        user_name=line.user_name,
        suspension_reason=line.suspension_reason,
    )
