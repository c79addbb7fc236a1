"""How long anything waits: leases, the operator's longest answer, back-off and the pace of asking again."""

from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db.models import F
from django.db.models.functions import Greatest, Now
from django.utils import timezone

from fleetportal.operators.contract import OperatorError
from fleetportal.operators.registry import get_operator
from sims.enums import OrderState
from sims.models import Order

LONGEST_BACKOFF = 600.0
SLOWEST_POLL = 900.0
# Between two looks whether another order of the line is through.
WAIT_FOR_ANOTHER = 5.0
# Waits up to here are messages to a worker; longer ones are left to the sweep.
LONGEST_MESSAGE = 60.0

logger = structlog.get_logger(__name__)


def from_now(seconds: float) -> Any:
    """A moment by the database's clock: workers' clocks may differ."""
    return Now() + timedelta(seconds=seconds)


def backoff(attempts: int) -> float:
    return min(float(settings.ORDER_BACKOFF_SECONDS) * 2.0 ** max(attempts - 1, 0), LONGEST_BACKOFF)


def is_exhausted(attempts: int) -> bool:
    return attempts >= int(settings.ORDER_MAX_ATTEMPTS)


def longest_answer() -> float:
    """After so many seconds an unanswered call is over at the operator too, and may be asked about."""
    try:
        return get_operator().capabilities().max_answer_seconds
    except OperatorError:
        return float(settings.OPERATOR_MAX_ANSWER_SECONDS)


def may_be_asked_about() -> Any:
    """The moment from which ``find_order`` tells the truth about the last call; never in the past."""
    return Greatest(Now(), F("sent_at") + timedelta(seconds=longest_answer()))


def next_poll(order: Order, promised_for: datetime | None = None) -> float:
    """Often at first, then every tenth of the order's age, at least every quarter of an hour.

    A bulk order is asked about when the operator said it would be done, and not before.
    """
    try:
        shortest = get_operator().capabilities().poll_seconds
    except OperatorError:
        shortest = 1.0
    is_new = order.state == OrderState.SUBMITTING
    age = 0.0 if is_new else (timezone.now() - (order.sent_at or order.created_at)).total_seconds()
    promised = (promised_for - timezone.now()).total_seconds() if promised_for and order.is_bulk else 0
    return max(shortest, min(max(age / 10, promised), SLOWEST_POLL))
