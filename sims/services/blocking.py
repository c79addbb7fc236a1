"""Lifting a block now, whether or not it would end by itself on a later day."""

from django.db import transaction

from fleetportal.audit.actors import Actor
from sims.enums import OrderKind, OrderState
from sims.models import Line, Order
from sims.orders.kinds.block import UnblockWish
from sims.orders.placing import ask, cancel, may_decide
from sims.orders.transitions import lock_line

SOONER = "unblocked_sooner"


def unblock(*, line: Line, wish: UnblockWish, by: Actor) -> Order:
    """Ask for it as soon as possible; a planned end of the block gives way. Raises ``Refusal``."""
    with transaction.atomic():
        locked = lock_line(line.pk)
        if may_decide(by, locked.customer_id):
            planned = Order.objects.for_customer(locked.customer_id).filter(
                line=locked, kind=OrderKind.UNBLOCK, state=OrderState.SCHEDULED
            )
            for order in planned:
                cancel(order=order, by=by, reason=SOONER)
        return ask(line=locked, kind=OrderKind.UNBLOCK, wish=wish, by=by)
