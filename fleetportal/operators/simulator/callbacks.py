"""The callbacks of the simulated operator: how it writes and signs an event, and how the adapter reads one."""

import json
from datetime import UTC, datetime
from uuid import UUID, uuid4

from django.utils import timezone

from fleetportal.operators.contract import ContractError, OperatorEvent
from fleetportal.operators.signing import SIGNATURE_HEADER, TIMESTAMP_HEADER, sign


def parse(body: bytes) -> OperatorEvent:
    """Raises :class:`ContractError` for anything but the three texts it needs."""
    try:
        told = json.loads(body)
        event_id, external_id, moment = told["eventId"], UUID(told["externalId"]), told["occurredAt"]
        occurred_at = datetime.fromisoformat(moment)
        in_utc = occurred_at.astimezone(UTC)
    except (ValueError, OverflowError, TypeError, KeyError, AttributeError, RecursionError) as problem:
        raise ContractError(f"not an event: {type(problem).__name__}") from None
    if not isinstance(event_id, str) or occurred_at.utcoffset() is None:
        raise ContractError("not an event: an id that is no text, or a moment without its zone")
    return OperatorEvent(event_id=event_id, external_id=external_id, occurred_at=in_utc)


def signed_event(
    external_id: UUID,
    *,
    secret: str,
    event_id: str = "",
    occurred_at: datetime | None = None,
    sent_at: datetime | None = None,
) -> tuple[bytes, dict[str, str]]:
    """Body and headers of an event about the order with our id ``external_id``; both moments are now unless told."""
    told = {
        "eventId": event_id or str(uuid4()),
        "externalId": str(external_id),
        "occurredAt": (occurred_at or timezone.now()).isoformat(),
    }
    body = json.dumps(told).encode()
    timestamp = str(int((sent_at or timezone.now()).timestamp()))
    return body, {TIMESTAMP_HEADER: timestamp, SIGNATURE_HEADER: sign(secret, timestamp, body)}
