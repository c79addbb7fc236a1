"""Ending a line on a day, also against the wish of the law when there is a reason."""

from datetime import date

from django.db import transaction
from django.utils import timezone

from fleetportal.audit import services as audit
from fleetportal.audit.actors import Actor
from sims.enums import AuditKind, OrderKind
from sims.models import Line, Order
from sims.orders import calendar
from sims.orders.holds import is_held
from sims.orders.kinds.end import EndWish
from sims.orders.placing import ask


def end_line(*, line: Line, on: date | None = None, override: str = "", by: Actor) -> Order:
    """Ask for the end on this day (None: now); ``override`` is kept and recorded when the number is held that day.

    Raises ``Refusal``.
    """
    held = is_held(line, on or calendar.local_day(timezone.now()))
    with transaction.atomic():
        wish = EndWish(override=override if held else "")
        order = ask(line=line, kind=OrderKind.END, wish=wish, not_before=on, by=by)
        if wish.override:
            record_override(line=line, order=order, reason=override, by=by)
    return order


def record_override(*, line: Line, order: Order, reason: str, by: Actor) -> None:
    """Somebody decided to take a number that its employee may still ask back, and said why."""
    audit.record(
        AuditKind.HOLD_OVERRIDDEN,
        by=by,
        customer_id=line.customer_id,
        subject=line,
        label=line.number or "",
        after={
            "reason": reason,
            "reclaim_until": line.reclaim_until.isoformat() if line.reclaim_until else "",
            "order": str(order.pk),
        },
    )
