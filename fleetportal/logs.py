"""What log lines must not hold."""

import re
from collections.abc import MutableMapping
from typing import Any

# The last part of these addresses lets whoever reads it in: invitations, details of an employee, new passwords, proof
# of an address.
# A slash may be written as %2F, in the address to come back to after signing in.
_SECRET_ADDRESS = re.compile(
    r"((?:/|%2F)(?:invitations|notices|esim|my-details|password(?:/|%2F)reset(?:/|%2F)key|confirm-email)(?:/|%2F))"
    r"[^/%\s'\"?&]{8,}",
    re.IGNORECASE,
)


def mask_secrets(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: one-time links lose their secret part."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = _SECRET_ADDRESS.sub(r"\1…", value)
    return event
