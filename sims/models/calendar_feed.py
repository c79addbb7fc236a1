"""The private address under which a calendar program reads what is planned."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from fleetportal.tenancy.models import CustomerOwned


class CalendarFeed(CustomerOwned):
    """One person's feed in one company. The token itself is only in the address; here stands its hash."""

    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(CustomerOwned.Meta):
        verbose_name = _("calendar feed")
        verbose_name_plural = _("calendar feeds")
        constraints = [models.UniqueConstraint(fields=["customer", "user"], name="one_calendar_feed_per_person")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.customer_id}"
