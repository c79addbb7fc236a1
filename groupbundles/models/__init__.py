"""What lines use together, and what they used."""

from groupbundles.models.alerts import Alert, AlertRule
from groupbundles.models.bundles import BundleMember, BundleOffer, GroupBundle
from groupbundles.models.itemised import ItemisedUse
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
    "Alert",
    "AlertRule",
    "BundleMember",
    "BundleOffer",
    "BundleUsageDay",
    "GroupBundle",
    "ItemisedUse",
    "LineUsageDay",
    "LineUsageMonth",
    "PurgedMonth",
    "UsageCursor",
    "UsageImport",
    "UsageKey",
    "UsageRecord",
]
