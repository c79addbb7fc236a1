"""What people are told: the inbox, the outbox of its mails, and what each person wants to hear."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fleetportal.notifications.enums import MailTiming
from fleetportal.tenancy.models import CustomerOwned


class Digest(CustomerOwned):
    """One person's mail of one day with all that was to come together; never a second one for that day.

    ``mail_due_at`` is when a worker should next try to send it, None once it was sent or given up.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    mail_due_at = models.DateTimeField(null=True)
    mail_tries = models.PositiveSmallIntegerField(default=0)
    mailed_at = models.DateTimeField(null=True)

    class Meta(CustomerOwned.Meta):
        verbose_name = _("daily mail")
        verbose_name_plural = _("daily mails")
        constraints = [
            models.UniqueConstraint(fields=["customer", "user", "day"], name="one_digest_per_person_and_day")
        ]
        indexes = [models.Index(fields=["mail_due_at"], condition=Q(mail_due_at__isnull=False), name="digest_due")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.day}"


class Notification(CustomerOwned):
    """One thing one person is told, once: ``once_key`` says what, for ever.

    The person is ``user``, or for somebody without an account an address and a language. Texts are made from ``event``
    and ``params`` when somebody reads them; ``url`` is a page of the portal. The row is the outbox of its mail:
    ``mail_due_at`` is when a worker should next look, None when there is nothing (more) to send; what is to come
    together goes into ``digest``.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+")
    email = models.EmailField(blank=True)
    language = models.CharField(max_length=2, choices=settings.LANGUAGES, blank=True)
    event = models.CharField(max_length=60)
    once_key = models.CharField(max_length=200)
    params = models.JSONField(default=dict)
    url = models.CharField(max_length=300, blank=True)
    in_portal = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True)
    mail = models.CharField(max_length=8, choices=MailTiming.choices, default=MailTiming.NEVER)
    mail_due_at = models.DateTimeField(null=True)
    mail_tries = models.PositiveSmallIntegerField(default=0)
    mailed_at = models.DateTimeField(null=True)
    digest = models.ForeignKey(Digest, on_delete=models.SET_NULL, null=True, related_name="notifications")

    class Meta(CustomerOwned.Meta):
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "user", "once_key"],
                condition=Q(user__isnull=False),
                name="one_notification_per_person_and_key",
            ),
            models.UniqueConstraint(
                fields=["customer", "email", "once_key"],
                condition=Q(user__isnull=True),
                name="one_notification_per_address_and_key",
            ),
            models.CheckConstraint(
                condition=Q(user__isnull=False, email="") | (Q(user__isnull=True) & ~Q(email="") & ~Q(language="")),
                name="notification_has_a_recipient",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "customer", "-created_at"], name="notification_inbox"),
            models.Index(
                fields=["user", "customer"],
                condition=Q(read_at__isnull=True, in_portal=True),
                name="notification_unread",
            ),
            models.Index(fields=["mail_due_at"], condition=Q(mail_due_at__isnull=False), name="notification_due"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.public_id}"


class NotificationPreference(CustomerOwned):
    """What one person wants of one kind of event in one company, where it differs from what is usual."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    event = models.CharField(max_length=60)
    in_portal = models.BooleanField()
    mail = models.CharField(max_length=8, choices=MailTiming.choices)

    class Meta(CustomerOwned.Meta):
        verbose_name = _("notification setting")
        verbose_name_plural = _("notification settings")
        constraints = [
            models.UniqueConstraint(fields=["customer", "user", "event"], name="one_preference_per_person_and_event")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.event}"
