"""What a company demands before a SIM card is replaced."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from fleetportal.tenancy.models import CustomerOwned

MOST_COOL_DOWN_HOURS = 72


class FleetPolicy(CustomerOwned):
    """One row per company, made when somebody first looks for it; defaults are the usual demands.

    ``cool_down_hours`` lie between the request and its execution. Above the two numbers of replacements within 24
    hours a second person has to approve; with ``needs_second_person`` always.
    """

    cool_down_hours = models.PositiveSmallIntegerField(
        _("hours between request and replacement"), default=0, validators=[MaxValueValidator(MOST_COOL_DOWN_HOURS)]
    )
    needs_second_person = models.BooleanField(_("a second person approves every replacement"), default=False)
    swaps_per_person = models.PositiveSmallIntegerField(
        _("replacements per person and day without approval"),
        default=5,
        validators=[MinValueValidator(0), MaxValueValidator(50)],
    )
    swaps_per_company = models.PositiveSmallIntegerField(
        _("replacements per company and day without approval"),
        default=20,
        validators=[MinValueValidator(0), MaxValueValidator(500)],
    )

    class Meta(CustomerOwned.Meta):
        verbose_name = _("safety rules of a company")
        verbose_name_plural = _("safety rules of companies")
        constraints = [models.UniqueConstraint(fields=["customer"], name="one_policy_per_company")]

    def __str__(self) -> str:
        return f"policy of company {self.customer_id}"
