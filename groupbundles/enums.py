"""Fixed lists of the group bundles: what is shared, how far a bundle is, what usage records may say."""

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


class Sureness(models.TextChoices):
    """How sure a forecast is that a bundle runs out this month, or that it does not."""

    CERTAIN = "certain", _("Almost certain")
    LIKELY = "likely", _("Likely")
    ROUGH = "rough", _("Rough estimate")


class UsageSource(models.TextChoices):
    """How usage records came in."""

    FILE = "file", _("File")
    FOLDER = "folder", _("Watched folder")
    FEED = "feed", _("Operator")


class UsageImportState(models.TextChoices):
    """How far an import is. One that was cut off stays running and goes on where it was when it is started again."""

    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


class UsageKind(models.TextChoices):
    """What was used; each kind is measured in one unit."""

    DATA = "data", _("Data")
    VOICE = "voice", _("Calls")
    SMS = "sms", _("Text messages")
    SERVICE = "service", _("Services of third parties")

    @property
    def unit(self) -> str:
        """The unit as records write it: bytes, seconds or pieces."""
        return {"data": "B", "voice": "s"}.get(self.value, "1")


class UsageZone(models.TextChoices):
    """Where, or with whom, it was used."""

    BE = "BE", _("Belgium")
    EU = "EU", _("European Union")
    WORLD = "WORLD", _("Outside the European Union")
    PREMIUM = "PREMIUM", _("Premium-rate numbers")
    THIRD_PARTY = "THIRD_PARTY", _("Third parties")


class UsageRefusal(models.TextChoices):
    """Why a row of usage was refused, in the order in which it is looked for."""

    FIELDS = "fields", _("The row does not have nine fields.")
    RECORD_ID = "record_id", _("The id is missing or is not one.")
    NUMBER = "number", _("The phone number is not an international one, such as +32468123456.")
    STARTED_AT = "started_at", _("The moment is not a date and time with a difference to UTC.")
    KIND = "kind", _("The kind is not known.")
    ZONE = "zone", _("The zone is not known.")
    UNIT = "unit", _("The unit does not fit the kind.")
    QUANTITY = "quantity", _("The quantity is not a whole number, or is too large to be true.")
    BUNDLE = "bundle", _("The code of the bundle is not one.")
    CHARGE = "charge", _("The charge is not an amount in euro.")
    TOO_OLD = "too_old", _("The month is past the time that usage records are kept.")
    FUTURE = "future", _("The moment has not come yet.")


class AlertKind(models.TextChoices):
    """What somebody can be told about. Alerts only tell; nothing is blocked."""

    OUT_OF_BUNDLE = "out_of_bundle", _("Amount outside the bundle")
    ALLOWANCE = "allowance", _("Data of the plan")
    ROAMING = "roaming", _("Roaming data limit")
    THIRD_PARTY = "third_party", _("Services of third parties")
    FIRST_PREMIUM = "first_premium", _("First premium-rate number")
    BUNDLE_PERCENT = "bundle_percent", _("Group bundle")
    BUNDLE_AMOUNT = "bundle_amount", _("Amount outside a group bundle")

    @property
    def is_of_a_line(self) -> bool:
        """About one line; the others are about a group bundle."""
        return self.value in LINE_ALERTS

    @property
    def is_percentage(self) -> bool:
        """Its threshold is per cent; else euro without VAT."""
        return self.value in PERCENT_ALERTS


LINE_ALERTS = ("out_of_bundle", "allowance", "roaming", "third_party", "first_premium")
BUNDLE_ALERTS = ("bundle_percent", "bundle_amount")
PERCENT_ALERTS = ("allowance", "roaming", "bundle_percent")
# Active ones that concern one line, its own and the company's together.
MOST_ALERTS_OF_A_LINE = 5


class AuditKind(models.TextChoices):
    """What can happen to group bundles and usage."""

    BUNDLE_STARTED = "bundle.started", _("Group bundle started")
    BUNDLE_CHANGED = "bundle.changed", _("Group bundle changed")
    BUNDLE_ENDED = "bundle.ended", _("Group bundle ended")
    BUNDLE_LINE_JOINED = "bundle.line_joined", _("Line came into a group bundle")
    BUNDLE_LINE_LEFT = "bundle.line_left", _("Line left a group bundle")
    USAGE_IMPORTED = "usage.imported", _("Usage imported")
    USAGE_IMPORT_FAILED = "usage.import_failed", _("Usage could not be imported")
    USAGE_CLAIMED = "usage.claimed", _("Usage set aside was counted")
    USAGE_PURGED = "usage.purged", _("Old usage removed")
    USAGE_EXPORTED = "usage.exported", _("Usage exported to a file")
    ALERTS_CHANGED = "alerts.changed", _("Usage alerts changed")
    ITEMISED_USE_ON = "usage.itemised_on", _("Single usage records switched on")
    ITEMISED_USE_OFF = "usage.itemised_off", _("Single usage records switched off")
    RECORDS_SEEN = "usage.records_seen", _("Single usage records looked at")
