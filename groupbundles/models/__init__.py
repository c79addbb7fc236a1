"""What lines use together, and what they used."""

from groupbundles.models.bundles import BundleMember, BundleOffer, GroupBundle
from groupbundles.models.usage import (
    BundleUsageDay,
    LineUsageDay,
    LineUsageMonth,
    PurgedMonth,
    UsageCursor,
    UsageImport,
    UsageKey,
    UsageRecord,
)

__all__ = [
    "BundleMember",
    "BundleOffer",
    "BundleUsageDay",
    "GroupBundle",
    "LineUsageDay",
    "LineUsageMonth",
    "PurgedMonth",
    "UsageCursor",
    "UsageImport",
    "UsageKey",
    "UsageRecord",
]
