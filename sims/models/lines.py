"""SIM cards, the lines they carry and the employees who use them."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Collate
from django.utils.translation import gettext_lazy as _

from fleetportal.tenancy.models import CustomerOwned
from sims.enums import (
    LineState,
    NumberProvenance,
    OpenRequest,
    SimState,
    SuspensionReason,
)
from sims.models.catalogue import PlanOption, TariffPlan
from sims.models.split_bill import SplitBillProfile


class Sim(CustomerOwned):
    """A SIM card or eSIM profile. ``iccid`` is as printed, ``iccid_core`` without check digit, for matching."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    iccid = models.CharField(_("SIM number"), max_length=22)
    iccid_core = models.CharField(max_length=21, unique=True)
    state = models.CharField(_("state"), max_length=12, choices=SimState.choices, default=SimState.IN_STOCK)
    is_esim = models.BooleanField(_("eSIM"), default=False)
    eid = models.CharField(_("EID of the phone"), max_length=32, blank=True)
    batch = models.CharField(_("batch"), max_length=40, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(CustomerOwned.Meta):
        verbose_name = _("SIM card")
        verbose_name_plural = _("SIM cards")
        indexes = [models.Index(fields=["customer", "state", "iccid"], name="sim_customer_state")]

    def __str__(self) -> str:
        return self.iccid


class Subscriber(CustomerOwned):
    """The employee who uses a line. Once ``confirmed_at`` is set only he changes his details."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    first_name = models.CharField(_("first name"), max_length=60)
    last_name = models.CharField(_("last name"), max_length=60)
    email = models.EmailField(_("e-mail"), blank=True)
    employee_number = models.CharField(_("employee number"), max_length=30, blank=True)
    department = models.CharField(_("department"), max_length=60, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES, default="nl")
    street = models.CharField(_("street and number"), max_length=120, blank=True)
    postcode = models.CharField(_("postcode"), max_length=12, blank=True)
    city = models.CharField(_("town"), max_length=80, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(CustomerOwned.Meta):
        verbose_name = _("employee")
        verbose_name_plural = _("employees")
        ordering = ["last_name", "first_name"]
        indexes = [models.Index(fields=["customer", "last_name", "first_name"], name="subscriber_customer_name")]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "employee_number"],
                condition=~Q(employee_number=""),
                name="employee_number_once_per_company",
            )
        ]

    def __str__(self) -> str:
        return self.full_name

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def initials(self) -> str:
        return (self.first_name[:1] + self.last_name[:1]).upper()


# Euro per month: what the law lets pass through an operator's bill (PSD2, electronic communications exclusion).
HIGHEST_THIRD_PARTY_LIMIT = 300
# Euro without VAT per billing month, unless somebody chooses another one (Royal Decree of 9 July 2013).
USUAL_ROAMING_LIMIT = 50
# What can be chosen at most; above it there is only no limit at all.
HIGHEST_ROAMING_LIMIT = 1000


class Line(CustomerOwned):
    """A mobile line: columns hold what the operator has confirmed, open orders what was asked.

    ``number`` is E.164 and empty until the operator gave or took over one. ``open_request`` and ``search_text`` are
    derived columns for the list, written by the services that change what they derive from; ``search_text`` starts
    with the employee's name, so it is the order by name as well. ``barrings`` are codes of ``sims.barrings``. Limits
    are euro per month; ``roaming_limit`` None is no limit, and a raise for once ends with ``roaming_raised_until``.
    Through ``reclaim_until`` the employee who brought the number may ask it back (``sims.orders.holds``).
    With ``is_card_locked`` a second person has to approve another SIM card.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # NULL, not "": a line without a number must not collide with another one.
    number = models.CharField(_("number"), max_length=16, null=True, blank=True)  # noqa: DJ001
    number_provenance = models.CharField(
        max_length=10, choices=NumberProvenance.choices, default=NumberProvenance.UNKNOWN
    )
    sim = models.OneToOneField(Sim, on_delete=models.PROTECT, null=True, blank=True, related_name="line")
    plan = models.ForeignKey(TariffPlan, on_delete=models.PROTECT, null=True, related_name="+")
    options = models.ManyToManyField(PlanOption, through="LineOption", related_name="+")
    subscriber = models.ForeignKey(Subscriber, on_delete=models.PROTECT, null=True, related_name="lines")
    billing_account = models.ForeignKey(
        "accounts.BillingAccount", on_delete=models.PROTECT, null=True, related_name="+"
    )
    cost_centre = models.ForeignKey(
        "accounts.CostCentre", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    split_bill = models.BooleanField(_("split bill"), default=False)
    split_bill_profile = models.ForeignKey(
        SplitBillProfile, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    state = models.CharField(_("state"), max_length=12, choices=LineState.choices, default=LineState.NEW)
    open_request = models.CharField(
        max_length=10, choices=OpenRequest.choices, default=OpenRequest.NONE, blank=True, editable=False
    )
    suspension_reason = models.CharField(
        _("reason of the block"), max_length=12, choices=SuspensionReason.choices, blank=True
    )
    barrings = ArrayField(models.CharField(max_length=20), verbose_name=_("barrings"), default=list, blank=True)
    third_party_limit = models.DecimalField(
        _("PayByMobile limit"),
        max_digits=5,
        decimal_places=2,
        default=HIGHEST_THIRD_PARTY_LIMIT,
        validators=[MinValueValidator(0), MaxValueValidator(HIGHEST_THIRD_PARTY_LIMIT)],
    )
    third_party_spent = models.DecimalField(
        _("PayByMobile spend this month"), max_digits=9, decimal_places=2, null=True, blank=True
    )
    third_party_spent_at = models.DateTimeField(null=True, blank=True)
    roaming_limit = models.DecimalField(
        _("roaming data limit"), max_digits=9, decimal_places=2, null=True, blank=True, default=USUAL_ROAMING_LIMIT
    )
    roaming_raised_until = models.DateField(_("raised until"), null=True, blank=True)
    activated_on = models.DateField(_("active since"), null=True, blank=True)
    ended_on = models.DateField(_("ended on"), null=True, blank=True)
    reclaim_until = models.DateField(null=True, blank=True)
    is_card_locked = models.BooleanField(_("card replaced only with a second person"), default=False)
    search_text = models.TextField(default="", blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(CustomerOwned.Meta):
        verbose_name = _("line")
        verbose_name_plural = _("lines")
        constraints = [
            models.UniqueConstraint(
                fields=["number"],
                condition=Q(number__isnull=False) & ~Q(state=LineState.TERMINATED),
                name="number_on_one_living_line",
            ),
            models.CheckConstraint(
                condition=~Q(state=LineState.ACTIVE) | Q(number__isnull=False), name="active_line_has_a_number"
            ),
            models.CheckConstraint(
                condition=Q(third_party_limit__range=(0, HIGHEST_THIRD_PARTY_LIMIT)), name="third_party_limit_is_legal"
            ),
            models.CheckConstraint(
                condition=Q(roaming_limit=None) | Q(roaming_limit__range=(0, HIGHEST_ROAMING_LIMIT)),
                name="roaming_limit_can_be_chosen",
            ),
            models.CheckConstraint(
                condition=Q(third_party_spent=None) | Q(third_party_spent_at__isnull=False),
                name="third_party_spend_has_a_moment",
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "number", "id"], name="line_customer_number"),
            models.Index("customer", Collate("search_text", "C"), "id", name="line_customer_name"),
            models.Index(fields=["customer", "state", "open_request"], name="line_customer_state"),
            models.Index(fields=["customer", "plan"], name="line_customer_plan"),
            models.Index(fields=["customer", "cost_centre"], name="line_customer_cost_centre"),
        ]

    def __str__(self) -> str:
        return self.number or (self.sim.iccid if self.sim else str(self.public_id))


class LineOption(models.Model):
    """An option on a line as the operator confirmed it."""

    line = models.ForeignKey(Line, on_delete=models.CASCADE, related_name="line_options")
    option = models.ForeignKey(PlanOption, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["line", "option"], name="option_once_per_line")]

    def __str__(self) -> str:
        return f"{self.line_id} {self.option_id}"
