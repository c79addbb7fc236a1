"""Deciding about everything a bulk change asked for: take back what was not sent, approve, decline."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Customer
from fleetportal.audit import services as audit
from fleetportal.audit.actors import Actor
from fleetportal.jobs.services import start as start_job
from fleetportal.web.errors import Refusal
from sims.bulk.changes import change_of
from sims.enums import CANCELLABLE_ORDER_STATES, AuditKind, BulkState, OrderState
from sims.models import BulkChange, Order
from sims.orders.many import approve_many, cancel_many, decline_many
from sims.orders.placing import may_decide
from sims.orders.telling import tell_bulk_decided
from sims.services.bulk import AT_ONCE
from sims.services.bulk_rows import lock, require_right

DECIDE = "sims.bulk_decide"
CANCEL, APPROVE, DECLINE = "cancel", "approve", "decline"


def cancel_unsent(*, bulk: BulkChange, by: Actor) -> None:
    """Take back all that was not sent yet, and ask for nothing more; what was sent goes on.

    Raises ``Refusal`` when everything was sent already.
    """
    with transaction.atomic():
        locked = lock(bulk.pk)
        require_right(by, locked.customer, change_of(locked.change))
        orders = _orders(locked, *CANCELLABLE_ORDER_STATES)
        is_stopped = locked.state == BulkState.PLACING
        if not orders and not is_stopped:
            raise Refusal(_("Everything was sent to the operator already, so nothing can be cancelled any more."))
        if is_stopped:
            locked.state, locked.finished_at = BulkState.PLACED, timezone.now()
            locked.save(update_fields=["state", "finished_at"])
        _decide(locked, CANCEL, AuditKind.BULK_CANCELLED, orders, by)
    bulk.refresh_from_db()


def approve(*, bulk: BulkChange, by: Actor) -> None:
    """A second person lets all of it go on; raises ``Refusal`` for the one who asked and for who may not decide."""
    with transaction.atomic():
        locked, orders = _awaiting(bulk, by)
        _decide(locked, APPROVE, AuditKind.BULK_APPROVED, orders, by)
        tell_bulk_decided(locked, len(orders), by=by, is_approved=True)


def decline(*, bulk: BulkChange, by: Actor, reason: str = "") -> None:
    """A second person says no to all of it, with a reason for the one who asked."""
    with transaction.atomic():
        locked, orders = _awaiting(bulk, by)
        _decide(locked, DECLINE, AuditKind.BULK_DECLINED, orders, by, reason)
        tell_bulk_decided(locked, len(orders), by=by, is_approved=False, reason=reason)


def _awaiting(bulk: BulkChange, by: Actor) -> tuple[BulkChange, list[UUID]]:
    locked = lock(bulk.pk)
    if not may_decide(by, locked.customer_id):
        raise Refusal(_("Only somebody who may change lines can decide about this request."))
    if by.id is not None and by.id == locked.applied_by_id:
        raise Refusal(_("You asked for this yourself. Somebody else has to approve it."))
    orders = _orders(locked, OrderState.AWAITING_APPROVAL)
    if locked.state == BulkState.PLACING or not orders:
        raise Refusal(_("Nothing of this waits for approval. Reload the page to see the result."))
    return locked, orders


def _orders(bulk: BulkChange, *states: str) -> list[UUID]:
    orders = Order.objects.for_customer(bulk.customer_id).filter(bulk_row__bulk=bulk, state__in=states)
    return list(orders.order_by("bulk_row__position").values_list("pk", flat=True))


def _decide(bulk: BulkChange, step: str, kind: AuditKind, orders: list[UUID], by: Actor, reason: str = "") -> None:
    audit.record(
        kind,
        by=by,
        customer_id=bulk.customer_id,
        subject=bulk,
        label=str(change_of(bulk.change).title),
        after={"lines": len(orders), "reason": reason},
    )
    if len(orders) > AT_ONCE:
        payload = {"bulk": str(bulk.pk), "step": step, "reason": reason}
        start_job(customer=bulk.customer, kind=DECIDE, payload=payload, by=by)
    else:
        _STEPS[step](customer=bulk.customer, orders=orders, by=by, **({"reason": reason} if reason else {}))


def carry_out(
    *, customer: Customer, bulk_id: UUID, step: str, reason: str, by: Actor, progress: Callable[[int, int], None]
) -> int:
    """The decision for thousands of orders; what an earlier worker did is done. Says how many were left to do."""
    bulk: BulkChange = BulkChange.objects.for_customer(customer).get(pk=bulk_id)
    states = CANCELLABLE_ORDER_STATES if step == CANCEL else {OrderState.AWAITING_APPROVAL}
    orders = _orders(bulk, *states)
    more: dict[str, Any] = {"reason": reason} if reason else {}
    progress(0, len(orders))
    return _STEPS[step](
        customer=customer, orders=orders, by=by, progress=lambda done: progress(done, len(orders)), **more
    )


_STEPS: dict[str, Callable[..., int]] = {CANCEL: cancel_many, APPROVE: approve_many, DECLINE: decline_many}
