"""What the simulated operator does with group bundles: refuse for reasons of its own records, make, change, end.

A line is in one living bundle of a kind. A line that has ended is nobody's member, and no reason to refuse the others.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

from fleetportal.operators.contract import OrderAction, OrderRequest, OrderStatus, Rejected, ServiceStatus
from fleetportal.operators.simulator.models import SimulatedBundle, SimulatedLine, SimulatedOffer, SimulatedOrder

BRUSSELS = ZoneInfo("Europe/Brussels")
ACTIONS = frozenset({OrderAction.CREATE_BUNDLE, OrderAction.CHANGE_BUNDLE, OrderAction.END_BUNDLE})
UNFINISHED = (OrderStatus.ACKNOWLEDGED, OrderStatus.IN_PROGRESS)

Refusal = tuple[str, str]


def is_bundle(action: str) -> bool:
    return action in ACTIONS


def done_at(request: OrderRequest, at: datetime) -> datetime:
    """When the work is over: never before the day that was asked for begins in Belgium."""
    work = timedelta(seconds=settings.SIMULATOR_WORK_SECONDS)
    day = request.requested_on
    begins = datetime.combine(day, time.min, BRUSSELS).astimezone(UTC) if day else at
    return max(at, begins) + work


def refuse_at_once(request: OrderRequest) -> None:
    """Raises ``Rejected`` for what can be seen without any work."""
    order = SimulatedOrder(
        external_id=request.external_id,
        action=request.action,
        customer_reference=request.customer_reference,
        details=details_of(request),
    )
    if refusal := refusal_of(order):
        raise Rejected(*refusal)


def details_of(request: OrderRequest) -> dict[str, object]:
    return {
        "bundle_code": request.bundle_code,
        "bundle_offer": request.bundle_offer,
        "add_numbers": list(request.add_numbers),
        "remove_numbers": list(request.remove_numbers),
        "billing_account": request.billing_account,
    }


def refusal_of(order: SimulatedOrder) -> Refusal | None:
    """Why it cannot be done as things stand, at the beginning and at the end of the work."""
    _one_at_a_time(order.customer_reference)
    reference, details = order.customer_reference, order.details
    offer = SimulatedOffer.objects.filter(customer_reference=reference, code=details["bundle_offer"]).first()
    if offer is None and (details["bundle_offer"] or order.action == OrderAction.CREATE_BUNDLE):
        return "bundle_offer_unknown", f"{details['bundle_offer'] or 'Nothing'} is not a bundle of this contract."
    bundle = None
    if order.action != OrderAction.CREATE_BUNDLE:
        bundle = _bundle(reference, details["bundle_code"])
        if bundle is None:
            return "bundle_unknown", f"{details['bundle_code']} is not a bundle of this customer."
        if bundle.ends_on is not None:
            return "bundle_ended", f"{bundle.code} has ended."
        if _others(order).exists():
            return "bundle_has_an_order", f"Another order for {bundle.code} is being worked on."
        if offer is not None and offer.kind != bundle.kind:
            return "bundle_offer_unknown", f"{bundle.code} cannot become {offer.code}."
        if offer is not None and offer.size < bundle.used:
            return "bundle_too_small", f"{bundle.used} of {bundle.code} are used this month already."
    kind = bundle.kind if bundle else offer.kind if offer else ""
    return _refusal_of_numbers(reference, kind, details["add_numbers"], bundle)


def _others(order: SimulatedOrder) -> "QuerySet[SimulatedOrder]":
    """Earlier orders for the same bundle that are still being worked on."""
    mine = SimulatedOrder.objects.filter(
        customer_reference=order.customer_reference,
        action__in=ACTIONS,
        status__in=UNFINISHED,
        details__bundle_code=order.details["bundle_code"],
    )
    return mine.filter(pk__lt=order.pk) if order.pk else mine


def _refusal_of_numbers(
    reference: str, kind: str, numbers: Iterable[str], bundle: SimulatedBundle | None
) -> Refusal | None:
    wanted = set(numbers)
    mine = SimulatedLine.objects.filter(customer_reference=reference, number__in=wanted)
    if unknown := wanted - set(mine.values_list("number", flat=True)):
        return "bundle_line_unknown", f"{min(unknown)} is not a line of this customer."
    others = SimulatedBundle.objects.filter(customer_reference=reference, kind=kind, ends_on=None)
    for other in others.exclude(pk=bundle.pk) if bundle else others:
        if taken := wanted.intersection(other.numbers):
            return "line_in_another_bundle", f"{min(taken)} is in {other.code} already."
    return None


def carry_out(order: SimulatedOrder) -> None:
    """Do it; the caller made sure that nothing refuses it. The order knows the code of what it made."""
    _CARRY_OUT[OrderAction(order.action)](order, order.done_at.astimezone(BRUSSELS).date())


def _make(order: SimulatedOrder, day: date) -> None:
    offer = SimulatedOffer.objects.get(customer_reference=order.customer_reference, code=order.details["bundle_offer"])
    bundle = SimulatedBundle.objects.create(
        code=order.reference,
        customer_reference=order.customer_reference,
        offer=offer.code,
        kind=offer.kind,
        numbers=_living(order.details["add_numbers"]),
        billing_account=order.details["billing_account"],
        starts_on=day,
    )
    bundle.code = f"GB-{offer.kind.upper()}-{bundle.pk + 100}"
    bundle.save(update_fields=["code"])
    order.details["bundle_code"] = bundle.code


def _change(order: SimulatedOrder, _day: date) -> None:
    bundle = _bundle(order.customer_reference, order.details["bundle_code"])
    assert bundle is not None
    bundle.offer = order.details["bundle_offer"] or bundle.offer
    stay = [number for number in bundle.numbers if number not in set(order.details["remove_numbers"])]
    bundle.numbers = list(dict.fromkeys([*stay, *_living(order.details["add_numbers"])]))
    bundle.save(update_fields=["offer", "numbers"])


def _end(order: SimulatedOrder, day: date) -> None:
    bundle = _bundle(order.customer_reference, order.details["bundle_code"])
    assert bundle is not None
    bundle.ends_on, bundle.numbers = day, []
    bundle.save(update_fields=["ends_on", "numbers"])


def leave_all(line: SimulatedLine) -> None:
    """A line that ends leaves its bundles."""
    _one_at_a_time(line.customer_reference)
    mine = SimulatedBundle.objects.filter(
        customer_reference=line.customer_reference, numbers__contains=[line.number], ends_on=None
    )
    for bundle in mine:
        bundle.numbers = [number for number in bundle.numbers if number != line.number]
        bundle.save(update_fields=["numbers"])


def _living(numbers: Iterable[str]) -> list[str]:
    wanted = list(numbers)
    lines = SimulatedLine.objects.filter(number__in=wanted).exclude(status=ServiceStatus.TERMINATED)
    living = set(lines.values_list("number", flat=True))
    return [number for number in wanted if number in living]


def _one_at_a_time(reference: str) -> None:
    """Two orders about one line in bundles of a customer: the second waits for the first, and then sees it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"simulator bundles:{reference}"])


def _bundle(reference: str, code: str) -> SimulatedBundle | None:
    return SimulatedBundle.objects.select_for_update().filter(customer_reference=reference, code=code).first()


_CARRY_OUT: dict[OrderAction, Callable[[SimulatedOrder, date], None]] = {
    OrderAction.CREATE_BUNDLE: _make,
    OrderAction.CHANGE_BUNDLE: _change,
    OrderAction.END_BUNDLE: _end,
}
