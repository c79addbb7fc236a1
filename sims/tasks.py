"""Background work on SIM cards and lines: thin wrappers that a worker calls, ids only, safe to run twice."""

from uuid import UUID

from celery import shared_task

from sims.orders.engine import run_due
from sims.orders.lanes import run_lane
from sims.orders.sweeping import sweep


@shared_task(name="sims.run_order", queue="orders", max_retries=3, default_retry_delay=5)
def run_order(order_id: str) -> None:
    """The next step of one order, if it is due."""
    run_due(UUID(order_id))


@shared_task(name="sims.run_bulk_orders", queue="bulk", max_retries=3, default_retry_delay=5)
def run_bulk_orders(lane: int, turn: int) -> None:
    """The next few of the due bulk orders."""
    run_lane(lane, turn)


@shared_task(name="sims.sweep_orders", queue="orders", max_retries=0, default_retry_delay=5)
def sweep_orders() -> None:
    """Wakes workers up for every order that is due."""
    sweep()
