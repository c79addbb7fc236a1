"""What was asked of the operator. The order's row is the outbox: a queue message only wakes a worker up."""

import uuid
from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fleetportal.tenancy.models import CustomerOwned
from sims.enums import CANCELLABLE_ORDER_STATES, OPEN_ORDER_STATES, OrderKind, OrderState
from sims.models.lines import Line, Sim


class Order(CustomerOwned):
    """One intention of a manager, performed by a worker and confirmed by the operator.

    It is about a ``line``, or about something of an app above this one: ``subject`` is then its public id, perhaps of
    what is still to be made, and ``subject_label`` what it is called.
    ``id`` is the idempotency key at the operator (its ``externalId``). ``due_at`` is when a worker should next look at
    it; ``lease_until`` keeps a second worker away from a call that is under way; ``wake_after`` is when the sweeper may
    send another wake-up for it. ``version`` counts every write, so that a worker who comes late changes nothing.
    ``attempts`` counts the tries since the operator last answered well. ``sent_at`` is when the last call to place it
    began. Two open orders about the same with the same ``conflict_group``, or for one ``new_sim``, are refused by the
    database, and so is an order for a line that has ended. ``note`` is what the person who asked added in words.
    ``confirmation`` is what the person confirmed this with, good for one order only.
    ``is_bulk``: one of many that were asked at once; workers take it from a lane of its own.

    ``cancel_asked_at`` is when somebody asked to stop an order that the operator has, until the operator answered;
    ``cancel_refused_at`` when it was too late; ``then_on`` the day for which it is asked anew once it is stopped.
    ``stage`` is how far a number transfer is (``PortStage``), ``stages`` the moment each stage was reached as ISO text,
    ``slot_at`` the moment first promised for the cut-over.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    line = models.ForeignKey(Line, on_delete=models.PROTECT, null=True, related_name="orders")
    subject = models.UUIDField(null=True, editable=False)
    subject_label = models.CharField(_("about"), max_length=120, blank=True)
    kind = models.CharField(_("kind"), max_length=20, choices=OrderKind.choices)
    conflict_group = models.CharField(max_length=20)
    state = models.CharField(_("state"), max_length=20, choices=OrderState.choices)
    payload = models.JSONField(default=dict)
    not_before = models.DateTimeField(_("planned for"))
    due_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    wake_after = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    version = models.PositiveIntegerField(default=0)
    operator_reference = models.CharField(_("operator's reference"), max_length=80, blank=True)
    promised_for = models.DateTimeField(null=True, blank=True)
    answer = models.JSONField(default=dict)
    error_code = models.CharField(max_length=60, blank=True)
    error_message = models.TextField(blank=True)
    requested_by_id = models.BigIntegerField(null=True)
    requested_by_name = models.CharField(_("asked by"), max_length=200)
    approved_by_id = models.BigIntegerField(null=True)
    approved_by_name = models.CharField(_("approved by"), max_length=200, blank=True)
    new_sim = models.ForeignKey(Sim, on_delete=models.PROTECT, null=True, related_name="+")
    departure = models.ForeignKey("sims.Departure", on_delete=models.PROTECT, null=True, related_name="orders")
    note = models.TextField(_("note"), blank=True)
    confirmation = models.UUIDField(null=True, editable=False)
    is_bulk = models.BooleanField(default=False)
    cancel_asked_at = models.DateTimeField(null=True, blank=True)
    cancel_refused_at = models.DateTimeField(null=True, blank=True)
    then_on = models.DateField(null=True, blank=True)
    stage = models.CharField(max_length=12, blank=True)
    stages = models.JSONField(default=dict, blank=True)
    slot_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    first_sent_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta(CustomerOwned.Meta):
        verbose_name = _("request")
        verbose_name_plural = _("requests")
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["line", "conflict_group"],
                condition=Q(state__in=sorted(OPEN_ORDER_STATES)),
                name="one_open_order_per_line_and_group",
            ),
            models.UniqueConstraint(
                fields=["customer", "subject", "conflict_group"],
                condition=Q(state__in=sorted(OPEN_ORDER_STATES)),
                name="one_open_order_per_subject_and_group",
            ),
            models.CheckConstraint(
                condition=Q(line__isnull=False, subject=None)
                | (Q(line=None, subject__isnull=False) & ~Q(subject_label="")),
                name="order_is_about_one_thing",
            ),
            models.UniqueConstraint(
                fields=["new_sim"],
                condition=Q(state__in=sorted(OPEN_ORDER_STATES)),
                name="one_open_order_per_new_card",
            ),
            models.UniqueConstraint(
                fields=["confirmation"],
                condition=Q(confirmation__isnull=False),
                name="one_order_per_confirmation",
            ),
            models.CheckConstraint(condition=Q(state__in=sorted(OrderState.values)), name="order_state_is_known"),
        ]
        indexes = [
            models.Index(fields=["is_bulk", "due_at"], condition=Q(due_at__isnull=False), name="order_due"),
            models.Index(fields=["customer", "state", "-created_at"], name="order_customer_state"),
            models.Index(fields=["line", "-created_at"], name="order_line"),
            models.Index(fields=["subject", "-created_at"], condition=Q(line=None), name="order_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.id}"

    @property
    def about(self) -> str:
        """What it is about, in a word: the line's number or card, or the name of what is no line."""
        return self.subject_label if self.line is None else str(self.line)

    @property
    def own_line(self) -> Line:
        """The line, for code that is about lines alone."""
        assert self.line is not None
        return self.line

    @property
    def of_the_same(self) -> Q:
        """The orders about what this one is about."""
        return Q(subject=self.subject) if self.line_id is None else Q(line=self.line_id)

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_ORDER_STATES

    @property
    def cut_over_at(self) -> datetime | None:
        """When the number of a transfer has moved."""
        moment = self.stages.get("cut_over")
        return datetime.fromisoformat(moment) if moment else None

    @property
    def is_cancellable(self) -> bool:
        """Nothing was sent yet: cancelling costs nothing and always works."""
        return self.state in CANCELLABLE_ORDER_STATES


class OrderTransition(models.Model):
    """One row per step of an order's life."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="transitions")
    before = models.CharField(max_length=20, choices=OrderState.choices, blank=True)
    after = models.CharField(max_length=20, choices=OrderState.choices)
    at = models.DateTimeField(default=timezone.now)
    by_name = models.CharField(max_length=200)
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["order", "id"], name="transition_order")]

    def __str__(self) -> str:
        return f"{self.before} → {self.after}"
