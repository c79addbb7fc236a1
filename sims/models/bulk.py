"""One change for many lines: what was wished for which lines, what its dry run found, and what became of each line."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from fleetportal.jobs.models import Job
from fleetportal.tenancy.models import CustomerOwned
from sims.enums import BulkOutcome, BulkState
from sims.models.lines import Line
from sims.models.orders import Order


class BulkChange(CustomerOwned):
    """``change`` is a key of ``sims.bulk.changes.CHANGES``, ``wish`` what was chosen, as JSON, None where each row of a
    workbook has its own.

    ``selection`` says which lines: ``scope`` is "selection" with ``ids`` (public ids of lines), "query" with ``query``
    (the list's filter as in its address) or "file" with ``file`` (a name); ``retry_of`` is the bulk change whose failed
    lines these are. ``not_before`` is the day it takes effect, None as soon as possible. Figures are those of the dry
    run; costs are euro per month without VAT of the lines that change. ``job`` is the work that is at it now or was
    last. ``message`` tells why it failed as a whole.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    change = models.CharField(_("change"), max_length=30)
    wish = models.JSONField(null=True)
    selection = models.JSONField(default=dict)
    state = models.CharField(_("state"), max_length=12, choices=BulkState.choices, default=BulkState.CHECKING)
    not_before = models.DateField(_("from"), null=True, blank=True)
    retry_of = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="retries")
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    message = models.TextField(blank=True)
    total = models.PositiveIntegerField(_("lines"), default=0)
    changing = models.PositiveIntegerField(default=0)
    already = models.PositiveIntegerField(default=0)
    impossible = models.PositiveIntegerField(default=0)
    cost_before = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    cost_after = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    requested_by_id = models.BigIntegerField(null=True)
    requested_by_name = models.CharField(_("asked by"), max_length=200)
    applied_by_id = models.BigIntegerField(null=True)
    applied_by_name = models.CharField(_("applied by"), max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    checked_at = models.DateTimeField(null=True)
    applied_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta(CustomerOwned.Meta):
        verbose_name = _("bulk change")
        verbose_name_plural = _("bulk changes")
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["customer", "-created_at"], name="bulk_customer_created")]

    def __str__(self) -> str:
        return f"{self.change} {self.id}"


class BulkRow(CustomerOwned):
    """One line of a bulk change, or one row of its workbook that no line could be found for.

    ``number`` is the line's number or what was typed, ``cell`` where that or the mistake stands in the workbook.
    ``wish`` is a row's own wish, empty where the bulk change's counts. ``reason`` is a text of the code when it has no
    names in it, so that it is read in every language, else the text in the language of the person who asked.
    """

    bulk = models.ForeignKey(BulkChange, on_delete=models.CASCADE, related_name="rows")
    position = models.PositiveIntegerField()
    line = models.ForeignKey(Line, on_delete=models.PROTECT, null=True, related_name="+")
    number = models.CharField(max_length=60, blank=True)
    cell = models.CharField(max_length=10, blank=True)
    wish = models.JSONField(default=dict)
    outcome = models.CharField(max_length=10, choices=BulkOutcome.choices)
    reason = models.TextField(blank=True)
    cost_before = models.DecimalField(max_digits=9, decimal_places=2, null=True)
    cost_after = models.DecimalField(max_digits=9, decimal_places=2, null=True)
    order = models.OneToOneField(Order, on_delete=models.PROTECT, null=True, related_name="bulk_row")

    class Meta(CustomerOwned.Meta):
        verbose_name = _("line of a bulk change")
        verbose_name_plural = _("lines of a bulk change")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["bulk", "position"], name="bulk_row_position"),
            models.UniqueConstraint(
                fields=["bulk", "line"], condition=models.Q(line__isnull=False), name="line_once_in_a_bulk_change"
            ),
        ]
        indexes = [models.Index(fields=["bulk", "outcome", "position"], name="bulk_row_outcome")]

    def __str__(self) -> str:
        return self.number or str(self.line_id)
