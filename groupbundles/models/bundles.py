"""Group bundles: an amount that several lines use together, who they are, and which ones the contract has."""

import uuid

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from fleetportal.tenancy.models import CustomerOwned
from fleetportal.web.translated import TranslatedDescription, TranslatedName
from groupbundles.enums import BundleKind, BundleState
from sims.models import Line


class BundleOffer(TranslatedName, TranslatedDescription, CustomerOwned):
    """A bundle that the contract allows.

    ``size`` is bytes (a GB is 10^9) or seconds, the price euro per month without VAT. ``term_months`` is for how long
    at least it is taken, 0 when it can be ended every month.
    """

    code = models.CharField(_("code"), max_length=40)
    kind = models.CharField(_("kind"), max_length=10, choices=BundleKind.choices)
    size = models.BigIntegerField(_("size"), validators=[MinValueValidator(1)])
    price_month = models.DecimalField(
        _("price per month"), max_digits=9, decimal_places=2, validators=[MinValueValidator(0)]
    )
    term_months = models.PositiveSmallIntegerField(_("minimum term in months"), default=0)
    is_available = models.BooleanField(_("can be chosen"), default=True)

    class Meta(CustomerOwned.Meta):
        verbose_name = _("bundle of the contract")
        verbose_name_plural = _("bundles of the contract")
        ordering = ["kind", "size", "code"]
        constraints = [
            models.UniqueConstraint(fields=["customer", "code"], name="bundle_offer_code_once_per_company"),
            models.CheckConstraint(condition=Q(size__gt=0), name="bundle_offer_has_a_size"),
        ]

    def __str__(self) -> str:
        return self.name


class GroupBundle(CustomerOwned):
    """A bundle as the operator has confirmed it; open orders hold what was asked.

    ``code`` is the operator's, and what its usage records say; ``offer`` the code of what was chosen from the contract.
    ``size`` is bytes or seconds per calendar month in Belgium. A bundle that is asked for has its ``public_id`` from
    then on, as the subject of its order, and becomes a row when the operator has made it.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    code = models.CharField(_("code"), max_length=40)
    offer = models.CharField(_("bundle of the contract"), max_length=40, blank=True)
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=10, choices=BundleKind.choices)
    size = models.BigIntegerField(_("size"))
    price_month = models.DecimalField(
        _("price per month"), max_digits=9, decimal_places=2, validators=[MinValueValidator(0)]
    )
    billing_account = models.ForeignKey(
        "accounts.BillingAccount", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    state = models.CharField(_("state"), max_length=10, choices=BundleState.choices, default=BundleState.ACTIVE)
    starts_on = models.DateField(_("since"))
    ends_on = models.DateField(_("ended on"), null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(CustomerOwned.Meta):
        verbose_name = _("group bundle")
        verbose_name_plural = _("group bundles")
        ordering = ["state", "name", "code"]
        constraints = [
            models.UniqueConstraint(fields=["customer", "code"], name="bundle_code_once_per_company"),
            models.CheckConstraint(condition=Q(size__gt=0), name="bundle_has_a_size"),
            models.CheckConstraint(
                condition=Q(state=BundleState.ACTIVE) | Q(ends_on__isnull=False), name="ended_bundle_has_a_day"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_active(self) -> bool:
        return self.state == BundleState.ACTIVE


class BundleMember(CustomerOwned):
    """A line that uses a bundle together with others, from ``since`` until ``until``: the first day it no longer does.

    ``kind`` is the bundle's, written here so that the database can refuse a line in two bundles of one kind.
    """

    bundle = models.ForeignKey(GroupBundle, on_delete=models.CASCADE, related_name="members")
    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="bundle_memberships")
    kind = models.CharField(max_length=10, choices=BundleKind.choices)
    since = models.DateField(_("since"))
    until = models.DateField(_("until"), null=True, blank=True)

    class Meta(CustomerOwned.Meta):
        verbose_name = _("line in a bundle")
        verbose_name_plural = _("lines in bundles")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["line", "kind"], condition=Q(until=None), name="line_in_one_bundle_of_a_kind"
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("since")), name="member_leaves_after_it_came"
            ),
        ]
        indexes = [
            models.Index(fields=["bundle", "until"], name="member_bundle"),
            models.Index(fields=["line", "since"], name="member_line"),
        ]

    def __str__(self) -> str:
        return f"{self.line_id} {self.bundle_id}"
