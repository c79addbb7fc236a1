"""Who is told what about requests: once for a request, a bulk change or a departure, however many orders it has.

Only ids, codes and names are kept; ``sims.announcements`` makes the texts when somebody reads them.
"""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from accounts.permissions import Permission
from accounts.queries import people_who
from fleetportal.audit.actors import Actor
from fleetportal.notifications.services import notify
from sims.enums import OrderState
from sims.models import BulkChange, BulkRow, Order
from sims.orders.kinds import page_of

WAITING, DECIDED, WRONG = "sims.approval_waiting", "sims.request_decided", "sims.request_wrong"
# What ended by itself is told when somebody had not just asked to stop it.
_WRONG = (OrderState.REJECTED, OrderState.FAILED, OrderState.NEEDS_ATTENTION, OrderState.CANCELLED)


@dataclass(frozen=True, slots=True)
class _Subject:
    """What a message is about: the key that keeps it to one, what the texts need, and the page."""

    key: str
    params: dict[str, Any]
    url: str


def tell_waiting(order: Order) -> None:
    """It waits for the approval of somebody else: those who may decide are told."""
    _waiting(_of(order), order.customer_id, order.requested_by_id, order.requested_by_name)


def tell_bulk_waiting(bulk: BulkChange, lines: int) -> None:
    """A whole bulk change waits."""
    _waiting(_of_bulk(bulk.pk, bulk.change, lines), bulk.customer_id, bulk.applied_by_id, bulk.applied_by_name)


def _waiting(subject: _Subject, customer_id: int, asked_by: int | None, name: str) -> None:
    notify(
        customer_id=customer_id,
        event=WAITING,
        recipients=[user for user in people_who(customer_id, Permission.MANAGE_LINES) if user != asked_by],
        once_key=f"waiting:{subject.key}",
        params={**subject.params, "who": name},
        url=subject.url,
    )


def tell_decided(order: Order, *, by: Actor, is_approved: bool, reason: str = "") -> None:
    """Somebody approved or declined it: who asked is told."""
    _decided(_of(order), order.customer_id, order.requested_by_id, by, is_approved, reason)


def tell_bulk_decided(bulk: BulkChange, lines: int, *, by: Actor, is_approved: bool, reason: str = "") -> None:
    subject = _of_bulk(bulk.pk, bulk.change, lines)
    _decided(subject, bulk.customer_id, bulk.applied_by_id, by, is_approved, reason)


def _decided(
    subject: _Subject, customer_id: int, asked_by: int | None, by: Actor, is_approved: bool, reason: str
) -> None:
    if asked_by is None:
        return
    notify(
        customer_id=customer_id,
        event=DECIDED,
        recipients=[asked_by],
        once_key=f"decided:{subject.key}:{is_approved}",
        params={**subject.params, "who": by.name, "approved": is_approved, "reason": reason},
        url=subject.url,
    )


def tell_wrong(order: Order) -> None:
    """It was refused, failed, was taken back by the portal or got stuck: who asked is told, once per outcome."""
    if order.requested_by_id is None or order.state not in _WRONG or order.cancel_asked_at is not None:
        return
    subject = (_bulk_of(order) if order.is_bulk else None) or _of_single(order)
    notify(
        customer_id=order.customer_id,
        event=WRONG,
        recipients=[order.requested_by_id],
        once_key=f"wrong:{subject.key}" if "bulk" in subject.params else f"wrong:{subject.key}:{order.state}",
        params={**subject.params, "state": order.state, "code": order.error_code, "message": order.error_message},
        url=subject.url,
    )


def _of(order: Order) -> _Subject:
    """The departure it belongs to, else the request itself."""
    if order.departure is None:
        return _of_single(order)
    departure = order.departure
    params = {"departure": departure.subscriber.full_name}
    return _Subject(f"departure:{departure.pk}", params, reverse("departure", args=[departure.public_id]))


def _of_single(order: Order) -> _Subject:
    line = order.line
    params = {"kind": order.kind, "number": "", "card": "", "name": order.subject_label}
    if line is not None:
        params["number"] = line.number or ""
        params["card"] = line.sim.iccid if line.sim and not line.number else ""
        params["name"] = line.subscriber.full_name if line.subscriber else ""
    return _Subject(str(order.pk), params, page_of(order))


def _bulk_of(order: Order) -> _Subject | None:
    row = BulkRow.objects.for_customer(order.customer_id).filter(order=order).select_related("bulk").first()
    return _of_bulk(row.bulk_id, row.bulk.change, row.bulk.changing) if row else None


def _of_bulk(key: Any, change: str, lines: int) -> _Subject:
    return _Subject(f"bulk:{key}", {"bulk": change, "lines": lines}, reverse("bulk_detail", args=[key]))
