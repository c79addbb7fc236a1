"""Employees who leave: what becomes of their lines, of their access and of what they have to give back."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fleetportal.tenancy.models import CustomerOwned
from sims.enums import (
    OPEN_DEPARTURE_STATES,
    RELEASES,
    DepartureItemKind,
    DepartureState,
    NumberFate,
    NumberProvenance,
)
from sims.models.lines import Line, Subscriber


class Departure(CustomerOwned):
    """One employee's leave: a draft until somebody plans it, then carried out by orders that name it.

    ``due_at`` is the moment its changes begin: the end of ``last_day``, or the moment it was planned when that day was
    not in the future. ``ends_access``: the employee manages the fleet too and stops doing so then.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    subscriber = models.ForeignKey(Subscriber, on_delete=models.PROTECT, related_name="departures")
    state = models.CharField(_("state"), max_length=10, choices=DepartureState.choices, default=DepartureState.DRAFT)
    last_day = models.DateField(_("last day"))
    due_at = models.DateTimeField(null=True)
    ends_access = models.BooleanField(default=False)
    access_ended_at = models.DateTimeField(null=True)
    notes = models.TextField(_("remarks"), blank=True)
    planned_by_id = models.BigIntegerField(null=True)
    planned_by_name = models.CharField(max_length=200, blank=True)
    approved_by_name = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(CustomerOwned.Meta):
        verbose_name = _("departure")
        verbose_name_plural = _("departures")
        ordering = ["last_day", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["subscriber"],
                condition=Q(state__in=sorted(OPEN_DEPARTURE_STATES)),
                name="one_open_departure_per_employee",
            )
        ]
        indexes = [models.Index(fields=["customer", "state", "last_day"], name="departure_customer_state")]

    def __str__(self) -> str:
        return f"{self.subscriber} {self.last_day}"


class DepartureLine(CustomerOwned):
    """What becomes of one of his numbers.

    ``to_name`` is whose a released number becomes, ``colleague`` who gets the line, ``end_on`` the day it ends.
    ``override`` is why a number that may be asked back is taken all the same. ``reclaim_until`` is the last day he may
    ask for it, None for a number of the company; ``asked_back_on`` the date of his letter.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    departure = models.ForeignKey(Departure, on_delete=models.CASCADE, related_name="lines")
    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="departure_lines")
    fate = models.CharField(max_length=12, choices=NumberFate.choices, default=NumberFate.SUSPEND)
    to_name = models.CharField(max_length=120, blank=True)
    colleague = models.ForeignKey(Subscriber, on_delete=models.PROTECT, null=True, related_name="+")
    end_on = models.DateField(null=True)
    ends_split_bill = models.BooleanField(default=True)
    provenance = models.CharField(max_length=10, choices=NumberProvenance.choices, default=NumberProvenance.UNKNOWN)
    override = models.CharField(max_length=200, blank=True)
    reclaim_until = models.DateField(null=True)
    asked_back_on = models.DateField(null=True)
    asked_back_by_name = models.CharField(max_length=200, blank=True)
    letter = models.FileField(upload_to="departures/letters", blank=True)

    class Meta(CustomerOwned.Meta):
        verbose_name = _("line of a departure")
        verbose_name_plural = _("lines of a departure")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["departure", "line"], name="line_once_per_departure"),
            models.CheckConstraint(
                condition=~Q(asked_back_on__gt=models.F("reclaim_until")), name="asked_back_within_the_month"
            ),
        ]
        indexes = [
            models.Index(
                fields=["customer", "reclaim_until"], condition=Q(reclaim_until__isnull=False), name="reclaim_until"
            )
        ]

    def __str__(self) -> str:
        return f"{self.line} {self.fate}"

    @property
    def is_released(self) -> bool:
        return self.fate in RELEASES


class DepartureItem(CustomerOwned):
    """Something to do or to collect; ticked by a person, with his name and the moment."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    departure = models.ForeignKey(Departure, on_delete=models.CASCADE, related_name="items")
    kind = models.CharField(max_length=16, choices=DepartureItemKind.choices)
    line = models.ForeignKey(Line, on_delete=models.PROTECT, null=True, related_name="+")
    done_at = models.DateTimeField(null=True)
    done_by_name = models.CharField(max_length=200, blank=True)

    class Meta(CustomerOwned.Meta):
        verbose_name = _("item of a checklist")
        verbose_name_plural = _("items of a checklist")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.get_kind_display()
