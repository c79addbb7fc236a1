"""How the simulated operator decides: what it refuses at once, how long it works, what comes of it.

Time passes when somebody looks: every question first brings the orders it concerns up to the present moment. Refusals
follow from its own records, or from the made-up inputs at the top, so that a demonstration can show each of them.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone

from fleetportal.operators.contract import OrderAction, OrderRequest, OrderStatus, Rejected, ServiceStatus, SimStatus
from fleetportal.operators.simulator import bundles, changes, ports
from fleetportal.operators.simulator.models import Faults, NumberPool, SimulatedLine, SimulatedOrder, SimulatedSim

# Endings of a SIM number without its check digit.
UNKNOWN_CARD, DEFECTIVE_CARD, NETWORK_TROUBLE = "9999", "9998", "9997"
# Endings of a number to transfer.
NOT_ACTIVE_NUMBER, PENDING_NUMBER, BLOCKED_NUMBER = "9999", "9998", "9997"
WRONG_ACCOUNT_ENDING = "99"
UNKNOWN_HOLDERS = ("onbekend", "inconnu", "unknown")

BELGIAN_CARD = "8932"
NEW_LINES = (OrderAction.ACTIVATE, OrderAction.PORT_IN)
NEW_CARDS = (*NEW_LINES, OrderAction.SWAP_SIM)
UNFINISHED = (OrderStatus.ACKNOWLEDGED, OrderStatus.IN_PROGRESS)


def now() -> datetime:
    """The operator's clock, which a test or a demonstration may put forward."""
    offset = Faults.objects.values_list("clock_offset_seconds", flat=True).first() or 0
    return timezone.now() + timedelta(seconds=offset)


def card_status(iccid: str) -> SimStatus:
    """A card it delivered as recorded; any other Belgian card counts as one from a shop."""
    if SimulatedLine.objects.filter(iccid=iccid).exclude(status=ServiceStatus.TERMINATED).exists():
        return SimStatus.IN_USE
    card = SimulatedSim.objects.filter(iccid=iccid).first()
    if card is not None:
        return SimStatus(card.status)
    if not iccid.startswith(BELGIAN_CARD) or iccid[:-1].endswith(UNKNOWN_CARD):
        return SimStatus.UNKNOWN
    return SimStatus.AVAILABLE


def receive(request: OrderRequest, at: datetime) -> SimulatedOrder:
    """Take an order in, or refuse it at once; the caller made sure that it is new and holds a transaction."""
    _refuse_at_once(request)
    if bundles.is_bundle(request.action):
        bundles.refuse_at_once(request)
    elif request.action not in NEW_LINES:
        changes.refuse_at_once(request)
    order = SimulatedOrder(
        external_id=request.external_id,
        action=request.action,
        customer_reference=request.customer_reference,
        iccid=request.iccid,
        number=request.number,
        plan_code=request.plan_code,
        option_codes=list(request.option_codes),
        port_in=_port_facts(request),
        details=changes.details_of(request),
        received_at=at,
        done_at=at + timedelta(seconds=settings.SIMULATOR_WORK_SECONDS),
    )
    if ports.is_port(order):
        ports.plan(order, request)
    if bundles.is_bundle(order.action):
        order.details, order.done_at = bundles.details_of(request), bundles.done_at(request, at)
    order.save()
    return order


def _refuse_at_once(request: OrderRequest) -> None:
    """What concerns the card that an order brings into use."""
    if request.action in NEW_LINES and not request.plan_code:
        raise Rejected("plan_unknown", "No tariff plan was given.")
    if request.action not in NEW_CARDS:
        return
    status = card_status(request.iccid)
    if status == SimStatus.UNKNOWN:
        raise Rejected("sim_unknown", f"SIM card {request.iccid} is not one of ours.")
    if status == SimStatus.IN_USE:
        raise Rejected("sim_in_use", f"SIM card {request.iccid} is active already.")
    if status == SimStatus.RETIRED:
        raise Rejected("sim_retired", f"SIM card {request.iccid} was withdrawn.")
    others = SimulatedSim.objects.filter(iccid=request.iccid).exclude(customer_reference=request.customer_reference)
    if others.exists():
        raise Rejected("sim_of_another_customer", f"SIM card {request.iccid} was not delivered to this customer.")
    if SimulatedOrder.objects.filter(iccid=request.iccid, status__in=UNFINISHED).exists():
        raise Rejected("sim_has_an_order", f"Another order for SIM card {request.iccid} is being worked on.")


def _port_facts(request: OrderRequest) -> dict[str, str | bool] | None:
    details = request.port_in
    if request.action != OrderAction.PORT_IN or details is None:
        return None
    return {
        "is_prepaid": details.is_prepaid,
        "donor_customer_number": details.donor_customer_number,
        "donor_iccid": details.donor_iccid,
        "holder_name": details.holder_name,
    }


def about(number: str, iccid: str = "", *, bundles_of: str = "") -> Q:
    """The orders about a line or a card, and those about the bundles of a customer."""
    which = Q(customer_reference=bundles_of, action__in=bundles.ACTIONS) if bundles_of else Q(pk__in=[])
    if number:
        which |= Q(number=number)
    if iccid:
        which |= Q(iccid=iccid)
    return which


def bring_up_to_date(at: datetime, which: Q | None = None) -> None:
    """Bring on every order that something is due for; the caller holds a transaction. Two callers share the work.

    ``which`` leaves out orders that do not matter to who asks.
    """
    due = Q(done_at__lte=at) | Q(validates_at__lte=at, is_validated=False)
    over = SimulatedOrder.objects.filter(due, which or Q(), status__in=UNFINISHED)
    for order in over.select_for_update(skip_locked=True).order_by("pk"):
        advance(order, at)


def advance(order: SimulatedOrder, at: datetime) -> None:
    """Bring one locked order to the present moment."""
    if order.status not in UNFINISHED:
        return
    if order.validates_at and order.validates_at <= at and not order.is_validated and not _validate(order):
        return
    if order.done_at <= at:
        _finish(order)
    elif order.status == OrderStatus.ACKNOWLEDGED and at > order.received_at:
        order.status = OrderStatus.IN_PROGRESS
        order.save(update_fields=["status"])


def _validate(order: SimulatedOrder) -> bool:
    """The donor lets the number go, or refuses; after that nobody can stop it any more."""
    if refusal := _port_refusal(order, order.port_in or {}):
        order.error_code, order.error_message = refusal
        order.status, order.done_at = OrderStatus.REJECTED, order.validates_at or order.done_at
    else:
        order.is_validated = True
    order.save()
    return order.is_validated


def cancel(order: SimulatedOrder) -> None:
    """Stop it while that is possible: a transfer until the donor has validated it, anything else until it is done."""
    if order.status in UNFINISHED and not order.is_validated:
        order.status = OrderStatus.CANCELLED
        order.save(update_fields=["status"])


def _finish(order: SimulatedOrder) -> None:
    line = None
    if order.action not in NEW_LINES and not bundles.is_bundle(order.action):
        line = changes.living_line(order.number, order.customer_reference)
    refusal = _refusal_after_work(order, line)
    if refusal:
        order.error_code, order.error_message = refusal
        failed = order.error_code == "network_trouble"
        order.status = OrderStatus.FAILED if failed else OrderStatus.REJECTED
    else:
        if order.action in NEW_LINES:
            order.number = order.number or _take_number()
            _put_into_service(order)
        elif bundles.is_bundle(order.action):
            bundles.carry_out(order)
        elif line is not None:
            changes.carry_out(order, line)
        order.status = OrderStatus.COMPLETED
    order.save()


def _refusal_after_work(order: SimulatedOrder, line: SimulatedLine | None) -> tuple[str, str] | None:
    if bundles.is_bundle(order.action):
        return bundles.refusal_of(order)
    if order.action not in NEW_LINES and (refusal := changes.refusal_after_work(order, line)):
        return refusal
    if order.action not in NEW_CARDS:
        return None
    core = order.iccid[:-1]
    if card_status(order.iccid) == SimStatus.IN_USE:
        return "sim_in_use", f"SIM card {order.iccid} is active already."
    if core.endswith(DEFECTIVE_CARD):
        return "sim_defective", f"SIM card {order.iccid} does not answer."
    if core.endswith(NETWORK_TROUBLE):
        return "network_trouble", "The network could not do it."
    return None


def _port_refusal(order: SimulatedOrder, facts: dict[str, str | bool]) -> tuple[str, str] | None:
    """What the donor answers, in the order in which it checks."""
    number, holder = order.number, str(facts.get("holder_name", "")).lower()
    others = SimulatedOrder.objects.filter(action=OrderAction.PORT_IN, number=number, status__in=UNFINISHED)
    living = SimulatedLine.objects.filter(number=number).exclude(status=ServiceStatus.TERMINATED)
    if living.exists():
        return "port_number_already_here", f"{number} is in this network already."
    if number.endswith(NOT_ACTIVE_NUMBER):
        return "port_number_not_active", f"{number} is not active at the donor."
    if number.endswith(PENDING_NUMBER) or others.exclude(pk=order.pk).exists():
        return "port_already_pending", f"Another transfer of {number} is going on."
    if facts.get("is_prepaid") and not facts["donor_iccid"]:
        return "port_proof_missing", "A prepaid number is checked by the number of its SIM card."
    if str(facts.get("donor_customer_number", "")).endswith(WRONG_ACCOUNT_ENDING):
        return "port_wrong_account", "The donor knows another customer number."
    if any(word in holder for word in UNKNOWN_HOLDERS):
        return "port_wrong_holder", "The donor knows another holder."
    if number.endswith(BLOCKED_NUMBER):
        return "port_blocked_by_subscriber", "The subscriber stopped the transfer."
    return None


def _take_number() -> str:
    """The next number nobody has; the pool's row is locked, so two orders never get the same one."""
    pool, _made = NumberPool.objects.get_or_create(pk=1)
    while True:
        NumberPool.objects.filter(pk=pool.pk).update(next_number=F("next_number") + 1)
        pool.refresh_from_db()
        number = f"{pool.prefix}{pool.next_number:06d}"
        if not SimulatedLine.objects.filter(number=number).exists():
            return number


def _put_into_service(order: SimulatedOrder) -> None:
    SimulatedLine.objects.create(
        number=order.number,
        iccid=order.iccid,
        customer_reference=order.customer_reference,
        plan_code=order.plan_code,
        option_codes=order.option_codes,
        activated_on=timezone.localdate(order.done_at),
    )
    SimulatedSim.objects.update_or_create(
        iccid=order.iccid,
        defaults={"customer_reference": order.customer_reference, "status": SimStatus.IN_USE},
    )
