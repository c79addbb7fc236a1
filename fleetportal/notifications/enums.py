"""Fixed lists of the notification centre."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class MailTiming(models.TextChoices):
    """When a notification is also mailed."""

    NEVER = "never", _("No mail")
    NOW = "now", _("At once")
    DAILY = "daily", _("Once a day, together")


class AuditKind(models.TextChoices):
    """What can happen to the settings of a person."""

    PREFERENCES_CHANGED = "notifications.preferences", _("Notification settings changed")
