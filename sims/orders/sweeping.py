"""Finds the orders that are due and wakes workers up for them, so that no order depends on a message having arrived."""

import structlog
from django.db import transaction

from sims.orders.dealing import deal
from sims.orders.lanes import start_lanes_if_due
from sims.orders.waking import wake_worker

SWEEP_SIZE = 500

logger = structlog.get_logger(__name__)


def sweep(limit: int = SWEEP_SIZE) -> int:
    """Send a wake-up for up to ``limit`` due orders and say for how many; two sweeps at once share the work.

    Bulk orders are not counted: for them the lanes that stand still are started.
    """
    with transaction.atomic():
        hand = deal(limit, is_bulk=False)
        for order in hand:
            wake_worker(order)
    start_lanes_if_due()
    if hand:
        logger.info("orders_swept", count=len(hand))
    return len(hand)
