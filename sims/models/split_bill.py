"""How a line's cost is divided between company and employee, from which billing period, and what the cost was."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fleetportal.tenancy.models import CustomerOwned
from sims.enums import CostCategory, SplitBillKind


class SplitBillProfile(CustomerOwned):
    """One version of a way to divide the cost; its terms never change, only its name does.

    Which columns count depends on ``kind``: ``company_amount`` is euro per month, for "up to a maximum" that maximum;
    ``category_percentages`` is what the company pays of each :class:`CostCategory`, in per cent as text;
    ``employee_categories`` are the categories that the employee pays. A version with ``retired_at`` cannot be chosen
    any more; lines that have it keep it. ``replaces`` is the version before.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("kind"), max_length=16, choices=SplitBillKind.choices)
    company_amount = models.DecimalField(_("amount per month"), max_digits=9, decimal_places=2, null=True, blank=True)
    company_percentage = models.DecimalField(_("percentage"), max_digits=5, decimal_places=2, null=True, blank=True)
    category_percentages = models.JSONField(_("percentage per kind of cost"), default=dict, blank=True)
    employee_categories = ArrayField(
        models.CharField(max_length=16, choices=CostCategory.choices),
        verbose_name=_("paid by the employee"),
        default=list,
        blank=True,
    )
    replaces = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    retired_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta(CustomerOwned.Meta):
        verbose_name = _("split bill profile")
        verbose_name_plural = _("split bill profiles")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "name"], condition=Q(retired_at=None), name="split_bill_name_once_per_company"
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=[SplitBillKind.FIXED_AMOUNT, SplitBillKind.PERCENTAGE_MAX])
                | Q(company_amount__isnull=False),
                name="split_bill_has_its_amount",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=[SplitBillKind.PERCENTAGE, SplitBillKind.PERCENTAGE_MAX])
                | Q(company_percentage__isnull=False),
                name="split_bill_has_its_percentage",
            ),
            models.CheckConstraint(
                condition=Q(company_amount=None) | Q(company_amount__gte=0), name="split_bill_amount_not_below_zero"
            ),
            models.CheckConstraint(
                condition=Q(company_percentage=None) | Q(company_percentage__range=(0, 100)),
                name="split_bill_percentage_is_one",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class SplitBillAssignment(CustomerOwned):
    """From the billing period that begins on ``since`` the line's cost is divided so; ``profile`` None: not divided.

    The row that was written last among those with the latest ``since`` counts. Rows are only added, never before the
    last one: what held for a period that has begun stays as it was, and the database makes sure of it.
    """

    line = models.ForeignKey("sims.Line", on_delete=models.PROTECT, related_name="split_bill_assignments")
    profile = models.ForeignKey(SplitBillProfile, on_delete=models.PROTECT, null=True, related_name="assignments")
    since = models.DateField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(CustomerOwned.Meta):
        verbose_name = _("split bill of a line")
        verbose_name_plural = _("split bills of lines")
        ordering = ["-since", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(since__day=1), name="split_bill_begins_with_a_period"),
        ]
        indexes = [models.Index(fields=["line", "-since", "-id"], name="split_bill_line")]

    def __str__(self) -> str:
        return f"{self.line_id} {self.since:%Y-%m}"
