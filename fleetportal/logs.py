"""What log lines must not hold."""

import re
from collections.abc import MutableMapping
from typing import Any

# The last part of these addresses lets whoever reads it in: invitations, new passwords, proof of an address.
_SECRET_ADDRESS = re.compile(r"(/invitations/|/password/reset/key/|/confirm-email/)[^/\s'\"?]{8,}")


def mask_secrets(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: one-time links lose their secret part."""
    for key, value in event.items():
        if isinstance(value, str) and "/" in value:
            event[key] = _SECRET_ADDRESS.sub(r"\1…", value)
    return event
