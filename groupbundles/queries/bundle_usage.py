"""What the page of a bundle tells about its use."""

from collections.abc import Mapping
from typing import Any

from groupbundles.models import GroupBundle


def usage_context(_bundle: GroupBundle) -> Mapping[str, Any]:
    """What ``groupbundles/_bundle_usage.html`` shows, as ``usage``."""
    return {}
