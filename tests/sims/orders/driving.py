"""Moves an order through its life in tests: time passes when the test says so."""

from datetime import timedelta

from django.db.models.functions import Now

from sims.enums import OrderState
from sims.models import Order
from sims.orders.engine import run_due


def rows(order: Order):
    return Order.objects.for_customer(order.customer_id).filter(pk=order.pk)


def make_due(order: Order) -> None:
    """The next look at it is due now."""
    rows(order).filter(due_at__isnull=False).update(due_at=Now())


def end_lease(order: Order) -> None:
    """The worker that had it has been silent for too long."""
    rows(order).update(lease_until=Now() - timedelta(seconds=1), due_at=Now() - timedelta(seconds=1))


def step(order: Order) -> str:
    """One wake-up at the moment it is due; answers the state it led to."""
    make_due(order)
    run_due(order.pk)
    order.refresh_from_db()
    return order.state


def drive(order: Order, *, most: int = 40) -> str:
    """Wake up until nothing more happens by itself."""
    for _turn in range(most):
        step(order)
        if not order.is_open or order.state == OrderState.NEEDS_ATTENTION:
            return order.state
    raise AssertionError(f"still {order.state} after {most} steps: {steps(order)}")


def steps(order: Order) -> list[str]:
    return list(order.transitions.values_list("after", flat=True))
