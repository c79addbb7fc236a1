"""What the simulated operator does to a line that exists: refuse, or carry out, each action in a few lines.

A line that has ended takes no order; everything else that is refused stands with its action.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from fleetportal.operators.contract import OrderAction, OrderRequest, Rejected, ServiceStatus, SimStatus
from fleetportal.operators.simulator import bundles
from fleetportal.operators.simulator.models import Faults, SimulatedLine, SimulatedOrder, SimulatedSim

BARRINGS = frozenset(
    {
        "INTL_CALLS",
        "ROAM_ALL",
        "ROAM_VOICE_OUT",
        "ROAM_VOICE_IN",
        "ROAM_DATA",
        "ROAM_DATA_NON_EU",
        "DATA_ALL",
        "DATA_OOB",
        "PREMIUM_ADULT",
        "PREMIUM_GAMES",
        "PREMIUM_ALL",
        "SMS_PAYMENT",
        "DCB",
        "SMS_MO",
        "MMS",
        "CALL_FWD_INTL",
    }
)
HIGHEST_THIRD_PARTY_LIMIT = 300

Refusal = tuple[str, str]


def living_line(number: str, customer_reference: str) -> SimulatedLine | None:
    """The company's line with this number, ended or not; the living one if there is one."""
    lines = SimulatedLine.objects.filter(number=number, customer_reference=customer_reference)
    return lines.exclude(status=ServiceStatus.TERMINATED).first() or lines.order_by("-pk").first()


def details_of(request: OrderRequest) -> dict[str, Any]:
    """The fields of a request that the columns of an order do not hold, as JSON."""
    return {
        "barrings": list(request.barrings),
        "amount": None if request.amount is None else str(request.amount),
        "is_once": request.is_once,
        "reason": request.reason,
        "user_name": request.user_name,
        "billing_account": request.billing_account,
        "split_bill": None if request.split_bill is None else dict(request.split_bill),
    }


def refuse_at_once(request: OrderRequest) -> None:
    """Raises ``Rejected`` for what can be seen without any work."""
    line = living_line(request.number, request.customer_reference)
    if line is None:
        raise Rejected("line_unknown", f"{request.number} is not a line of this customer.")
    if refusal := _refusal(request.action, line, details_of(request)):
        raise Rejected(*refusal)


def refusal_after_work(order: SimulatedOrder, line: SimulatedLine | None) -> Refusal | None:
    """The line may have changed while the order was being worked on."""
    if line is None:
        return "line_unknown", f"{order.number} is not a line of this customer."
    return _refusal(OrderAction(order.action), line, order.details)


def _refusal(action: OrderAction, line: SimulatedLine, details: dict[str, Any]) -> Refusal | None:
    if line.status == ServiceStatus.TERMINATED:
        return "line_ended_there", f"{line.number} has ended."
    if action == OrderAction.SUSPEND and line.status == ServiceStatus.SUSPENDED:
        return "line_blocked", f"{line.number} is suspended already."
    if action == OrderAction.RESUME and line.status != ServiceStatus.SUSPENDED:
        return "line_not_blocked", f"{line.number} is not suspended."
    if action == OrderAction.SET_BARRINGS and (unknown := set(details["barrings"]) - BARRINGS):
        return "barring_unknown", f"{sorted(unknown)} cannot be barred."
    if action == OrderAction.SET_THIRD_PARTY_LIMIT:
        amount = details["amount"]
        if amount is None or not 0 <= Decimal(amount) <= HIGHEST_THIRD_PARTY_LIMIT:
            return "amount_not_allowed", "The limit lies between 0 and 300 euro."
    return None


def carry_out(order: SimulatedOrder, line: SimulatedLine) -> None:
    """Change the line; the caller made sure that nothing refuses it."""
    _CARRY_OUT[OrderAction(order.action)](line, order)
    line.save()


def _swap(line: SimulatedLine, order: SimulatedOrder) -> None:
    SimulatedSim.objects.filter(iccid=line.iccid).update(status=SimStatus.RETIRED)
    SimulatedSim.objects.update_or_create(
        iccid=order.iccid, defaults={"customer_reference": order.customer_reference, "status": SimStatus.IN_USE}
    )
    line.iccid = order.iccid
    if Faults.objects.filter(swaps_lose_settings=True).exists():
        line.barrings, line.third_party_limit, line.roaming_limit = [], None, None


def _suspend(line: SimulatedLine, order: SimulatedOrder) -> None:
    line.status, line.suspension_reason = ServiceStatus.SUSPENDED, order.details["reason"]


def _resume(line: SimulatedLine, _order: SimulatedOrder) -> None:
    line.status, line.suspension_reason = ServiceStatus.ACTIVE, ""


def _plan(line: SimulatedLine, order: SimulatedOrder) -> None:
    line.plan_code, line.option_codes = order.plan_code, order.option_codes


def _barrings(line: SimulatedLine, order: SimulatedOrder) -> None:
    line.barrings = sorted(order.details["barrings"])


def _third_party_limit(line: SimulatedLine, order: SimulatedOrder) -> None:
    line.third_party_limit = Decimal(order.details["amount"])


def _roaming_limit(line: SimulatedLine, order: SimulatedOrder) -> None:
    amount = order.details["amount"]
    line.roaming_limit = None if amount is None else Decimal(amount)


def _billing_account(line: SimulatedLine, order: SimulatedOrder) -> None:
    line.billing_account = order.details["billing_account"]


def _split_bill(line: SimulatedLine, order: SimulatedOrder) -> None:
    line.split_bill = order.details["split_bill"]


def _user(line: SimulatedLine, order: SimulatedOrder) -> None:
    line.user_name = order.details["user_name"]


def _end(line: SimulatedLine, _order: SimulatedOrder) -> None:
    SimulatedSim.objects.filter(iccid=line.iccid).update(status=SimStatus.RETIRED)
    line.status = ServiceStatus.TERMINATED
    bundles.leave_all(line)


_CARRY_OUT: dict[OrderAction, Callable[[SimulatedLine, SimulatedOrder], None]] = {
    OrderAction.SWAP_SIM: _swap,
    OrderAction.SUSPEND: _suspend,
    OrderAction.RESUME: _resume,
    OrderAction.CHANGE_PLAN: _plan,
    OrderAction.SET_BARRINGS: _barrings,
    OrderAction.SET_THIRD_PARTY_LIMIT: _third_party_limit,
    OrderAction.SET_ROAMING_LIMIT: _roaming_limit,
    OrderAction.SET_BILLING_ACCOUNT: _billing_account,
    OrderAction.SET_SPLIT_BILL: _split_bill,
    OrderAction.CHANGE_USER: _user,
    OrderAction.TERMINATE: _end,
    OrderAction.RELEASE_NUMBER: _end,
}
