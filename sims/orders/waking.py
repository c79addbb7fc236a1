"""Tells a worker that an order is due. The message may be lost: the sweep finds what is due in the database."""

from django.utils import timezone

from fleetportal.wakeup import wake
from sims.models import Order
from sims.orders.patience import LONGEST_MESSAGE

TASK = "sims.run_order"
QUEUE = "orders"
# A message that comes before the due moment is of no use: clocks of database and workers differ a little.
SLACK = 0.1


def wake_worker(order: Order) -> None:
    """Send the message once the transaction has committed; long waits are left to the sweep, bulk orders to a lane."""
    if order.is_bulk:
        return
    wait = (order.due_at - timezone.now()).total_seconds() if order.due_at else 0
    if wait <= LONGEST_MESSAGE:
        wake(TASK, str(order.pk), queue=QUEUE, after=wait + SLACK if wait > 0 else 0)
