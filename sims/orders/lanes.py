"""How bulk orders are worked through: a small hand at a time, in few lanes, so that single orders overtake them.

A lane is a chain of messages. Each one takes a hand of due bulk orders, dealt over the companies, and sends the next
message to the end of the queue; between two hands a worker is free for what people do one by one.
"""

import time

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.db.models.functions import Now

from fleetportal.wakeup import wake
from sims.models import BulkLane
from sims.orders import patience
from sims.orders.dealing import deal, give_back, seconds_until_next, waiting
from sims.orders.engine import run_due
from sims.orders.waking import SLACK

TASK = "sims.run_bulk_orders"
QUEUE = "bulk"
HAND = 20
# A worker does nothing else meanwhile; what is left of the hand goes back.
LONGEST_HAND_SECONDS = 5.0
# A lane that finds nothing waits so long for what becomes due next; for anything later the sweep starts it.
LONGEST_WAIT_SECONDS = 15.0

logger = structlog.get_logger(__name__)


def start_lanes() -> None:
    """Send a message for every lane that stands still, once the transaction has committed."""
    lanes = BulkLane.objects.filter(number__lte=settings.ORDER_BULK_LANES)
    with transaction.atomic():
        if lanes.count() < settings.ORDER_BULK_LANES:
            every = [BulkLane(number=number) for number in range(1, settings.ORDER_BULK_LANES + 1)]
            BulkLane.objects.bulk_create(every, ignore_conflicts=True)
        for lane in lanes.filter(busy_until__lte=Now()).select_for_update(skip_locked=True):
            lanes.filter(pk=lane.pk).update(turn=lane.turn + 1, busy_until=_lease())
            wake(TASK, lane.number, lane.turn + 1, queue=QUEUE)


def start_lanes_if_due() -> None:
    """What the sweep does for bulk orders."""
    if waiting(is_bulk=True).exists():
        start_lanes()


def run_lane(number: int, turn: int) -> int:
    """Take one hand and say how many orders were looked at; nothing when this message is not the lane's latest."""
    mine = BulkLane.objects.filter(number=number, turn=turn)
    if not mine.update(turn=turn + 1, busy_until=_lease()):
        return 0
    done = play_hand()
    wait = 0.0 if done else seconds_until_next(LONGEST_WAIT_SECONDS, is_bulk=True)
    _go_on(number, turn + 1, wait)
    return done


def play_hand() -> int:
    """The next step of a few due bulk orders; says of how many."""
    hand = deal(HAND, is_bulk=True)
    end = time.monotonic() + LONGEST_HAND_SECONDS
    for place, order in enumerate(hand):
        if time.monotonic() > end:
            give_back(hand[place:])
            logger.warning("bulk_hand_too_slow", done=place)
            return place
        try:
            run_due(order.pk)
        except (OperationalError, InterfaceError):
            # Somebody holds its line for long, or the database went away: it is looked at again.
            logger.warning("bulk_order_put_off", order_id=str(order.pk), exc_info=True)
    return len(hand)


def _go_on(number: int, turn: int, wait: float | None) -> None:
    """The lane's next message; or the lane stands still until somebody starts it."""
    mine = BulkLane.objects.filter(number=number, turn=turn)
    with transaction.atomic():
        if wait is None:
            mine.update(busy_until=Now())
        elif mine.update(busy_until=_lease(wait)):
            wake(TASK, number, turn, queue=QUEUE, after=wait + SLACK if wait > 0 else 0)


def _lease(wait: float = 0) -> object:
    return patience.from_now(wait + settings.ORDER_LEASE_SECONDS)
