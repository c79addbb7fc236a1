"""Takes what the operator tells unasked: each event once, and only about orders there are."""

from datetime import timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils.module_loading import import_string

from fleetportal.operators.contract import ContractError, OperatorEvent
from fleetportal.operators.models import ReceivedEvent

KEPT_DAYS = 30
LONGEST_EVENT_ID = 200

logger = structlog.get_logger(__name__)


class UnknownOrder(Exception):
    """No order has this id. Nothing of the event is kept, so that it counts as new when it is sent again."""


def receive(event: OperatorEvent) -> bool:
    """Tell the setting ``OPERATOR_EVENT_RECEIVER`` of an event; False when it was taken before.

    Raises :class:`UnknownOrder`, and :class:`ContractError` for an event that cannot be kept. Of two calls with the
    same event at once the second waits for the first one's transaction.
    """
    if not 0 < len(event.event_id) <= LONGEST_EVENT_ID or not event.event_id.isprintable():
        raise ContractError(f"an event needs an id of 1 to {LONGEST_EVENT_ID} characters that can be printed")
    values = {"external_id": event.external_id, "occurred_at": event.occurred_at}
    with transaction.atomic():
        _row, is_new = ReceivedEvent.objects.get_or_create(event_id=event.event_id, defaults=values)
        if is_new and not import_string(settings.OPERATOR_EVENT_RECEIVER)(event):
            raise UnknownOrder(str(event.external_id))
    logger.info("operator_event", event_id=event.event_id, order_id=str(event.external_id), is_new=is_new)
    return is_new


def expire() -> int:
    """Forget events after 30 days: a signature is worth nothing after five minutes."""
    old = ReceivedEvent.objects.filter(received_at__lt=Now() - timedelta(days=KEPT_DAYS))
    return old.delete()[0]
