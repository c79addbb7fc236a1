"""Fixed lists of the group bundles: what is shared, and how far a bundle is."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class BundleKind(models.TextChoices):
    """What the members of a bundle use together: bytes of data, or seconds of calls."""

    DATA = "data", _("Data")
    VOICE = "voice", _("Calls")


class BundleState(models.TextChoices):
    """What the operator has confirmed about a bundle; one that is only asked for is an order and no bundle yet."""

    ACTIVE = "active", _("Active")
    ENDED = "ended", _("Ended")
