"""What lines use together, and what they used."""

from groupbundles.models.bundles import BundleMember, BundleOffer, GroupBundle

__all__ = [
    "BundleMember",
    "BundleOffer",
    "GroupBundle",
]
