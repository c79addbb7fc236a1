"""The signature of a callback: HMAC-SHA256, in hexadecimal, over the Unix time in seconds, a full stop and the body."""

import hmac
import re
from datetime import datetime

TIMESTAMP_HEADER = "X-Operator-Timestamp"
SIGNATURE_HEADER = "X-Operator-Signature"
MOST_SECONDS_APART = 300

_SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)


def sign(secret: str, timestamp: str, body: bytes) -> str:
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, "sha256").hexdigest()


def is_genuine(secret: str, *, timestamp: str, signature: str, body: bytes, now: datetime) -> bool:
    """Whether the holder of the secret signed exactly this, at most five minutes before or after ``now``."""
    if not _SECONDS.fullmatch(timestamp):
        return False
    expected = sign(secret, timestamp, body)
    # As bytes: compare_digest refuses text that is not ASCII.
    is_signed = hmac.compare_digest(expected.encode(), signature.encode(errors="replace"))
    return is_signed and abs(now.timestamp() - int(timestamp)) <= MOST_SECONDS_APART
