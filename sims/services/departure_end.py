"""What is left after the plan: the checklist, the employee's own access, and the end of a leave."""

from typing import Any

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts.permissions import Permission
from accounts.queries import may
from accounts.services import remove_member
from fleetportal.audit import services as audit
from fleetportal.audit.actors import Actor
from fleetportal.web.errors import Refusal
from sims.enums import OPEN_ORDER_STATES, AuditKind, DepartureState
from sims.models import Departure, DepartureItem, Order
from sims.queries.departures import membership_of

PORTAL = Actor.system("portal")

logger = structlog.get_logger(__name__)


def tick(*, item: DepartureItem, is_done: bool, by: Actor) -> DepartureItem:
    """Done, by this person and now; or not done after all. The same tick twice is one."""
    with transaction.atomic():
        items = DepartureItem.objects.for_customer(item.customer_id).select_for_update(of=("self",))
        locked: DepartureItem = items.select_related("departure__subscriber").get(pk=item.pk)
        if (locked.done_at is not None) == is_done:
            return locked
        locked.done_at = timezone.now() if is_done else None
        locked.done_by_name = by.name if is_done else ""
        locked.save()
        _record(AuditKind.DEPARTURE_CHECKED, locked.departure, by, after={"item": locked.kind, "done": is_done})
    return locked


def finish_departures() -> int:
    """Take away the access of who left and close what is over; how many were closed. Safe to run at any time."""
    due = Departure.objects.across_customers(reason="the sweep serves every company").filter(
        state=DepartureState.PLANNED, due_at__lte=timezone.now()
    )
    closed = 0
    for departure in due.select_related("subscriber", "customer"):
        if departure.ends_access and departure.access_ended_at is None:
            _end_access(departure)
        closed += _close(departure)
    return closed


def _end_access(departure: Departure) -> None:
    """Only what the one who planned it may still decide; a refusal is for people to look at."""
    if departure.planned_by_id is not None and not may(
        departure.planned_by_id, departure.customer_id, Permission.MANAGE_PEOPLE
    ):
        return
    with transaction.atomic():
        departures = Departure.objects.for_customer(departure.customer_id).select_for_update(of=("self",))
        locked: Departure = departures.select_related("subscriber", "customer").get(pk=departure.pk)
        membership = membership_of(locked.customer, locked.subscriber)
        try:
            if membership is not None:
                remove_member(membership=membership, by=Actor(kind="system", name=locked.planned_by_name))
        except Refusal as refusal:
            logger.warning("access_not_ended", departure=str(locked.public_id), reason=str(refusal))
            return
        locked.access_ended_at = timezone.now()
        locked.save(update_fields=["access_ended_at", "updated_at"])


def _close(departure: Departure) -> bool:
    """Done once nothing of it is open at the operator any more."""
    with transaction.atomic():
        open_orders = Order.objects.for_customer(departure.customer_id).filter(
            departure=OuterRef("pk"), state__in=OPEN_ORDER_STATES
        )
        planned = Departure.objects.for_customer(departure.customer_id).filter(
            ~Exists(open_orders), pk=departure.pk, state=DepartureState.PLANNED
        )
        if not planned.update(state=DepartureState.DONE, updated_at=timezone.now()):
            return False
        _record(AuditKind.DEPARTURE_DONE, departure, PORTAL, after={"state": DepartureState.DONE})
    return True


def _record(kind: AuditKind, departure: Departure, by: Actor, *, after: dict[str, Any]) -> None:
    label = departure.subscriber.full_name
    audit.record(kind, by=by, customer_id=departure.customer_id, subject=departure, label=label, after=after)
