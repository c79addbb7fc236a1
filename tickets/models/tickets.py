"""Tickets: what was asked of the help desk, every message in both directions, and attached files.

Messages of managers are the outbox: what has no ``received_at`` still has to reach the desk. A queue message only wakes
a worker up.
"""

import uuid
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.models import Invoice
from fleetportal.tenancy.models import CustomerOwned
from sims.models import Line, Order
from tickets.enums import Author, MessageAction, TicketState
from tickets.models.catalogue import Item, in_language


class Ticket(CustomerOwned):
    """One question to the help desk.

    ``public_id`` is our name of it at the desk, ``desk_reference`` the desk's. ``number`` counts per company. Subject,
    item and ``answers`` are copies, so that the ticket stays what it was when the catalogue changes: names by language,
    and per field ``{"code", "type", "label": {nl, fr, en}, "value", "texts": {nl, fr, en} or None}``.
    ``due_on`` is by when an answer was promised. ``due_at``, ``lease_until`` and ``attempts`` are the outbox's: when a
    worker should next send what is not sent, which worker has it, and tries since the last good answer.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.PositiveIntegerField(_("number"))
    item = models.ForeignKey(Item, on_delete=models.SET_NULL, null=True, related_name="+")
    subject_code = models.CharField(max_length=30)
    item_code = models.CharField(max_length=40)
    subject_names = models.JSONField(default=dict)
    item_names = models.JSONField(default=dict)
    answers = models.JSONField(default=list)
    lines = models.ManyToManyField(Line, related_name="tickets", blank=True)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, null=True, blank=True, related_name="tickets")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, null=True, blank=True, related_name="tickets")
    state = models.CharField(_("state"), max_length=12, choices=TicketState.choices, default=TicketState.OPEN)
    language = models.CharField(_("language"), max_length=2)
    opened_by_id = models.BigIntegerField(null=True)
    opened_by_name = models.CharField(_("asked by"), max_length=200)
    desk_reference = models.CharField(_("number at the help desk"), max_length=80, blank=True)
    due_on = models.DateField(_("answer expected by"))
    search_text = models.TextField(default="", blank=True, editable=False)
    created_at = models.DateTimeField(_("asked"), default=timezone.now)
    last_at = models.DateTimeField(_("last message"), default=timezone.now)
    answered_at = models.DateTimeField(_("last answer"), null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta(CustomerOwned.Meta):
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        ordering = ["-last_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["customer", "number"], name="ticket_number_once_per_company"),
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(order__isnull=False) & ~Q(state=TicketState.CLOSED),
                name="one_open_ticket_per_order",
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "-last_at", "-id"], name="ticket_newest"),
            models.Index(fields=["customer", "state"], name="ticket_state"),
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="ticket_due"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """Our number, as people say it on the phone."""
        return f"T-{self.number}"

    @property
    def subject_name(self) -> str:
        return in_language(self.subject_names)

    @property
    def item_name(self) -> str:
        return in_language(self.item_names)

    @property
    def look(self) -> str:
        return TicketState(self.state).look

    @property
    def is_settled(self) -> bool:
        return TicketState(self.state).is_settled


class TicketMessage(CustomerOwned):
    """Something said on a ticket; ``external_id`` is our UUID for what a manager wrote, else the desk's own name of it.

    ``tried_at`` is when a call began that has not been answered; ``received_at`` when the desk had it. ``refusal`` is
    why the desk does not take it, in the desk's words.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="messages")
    external_id = models.CharField(max_length=80)
    author = models.CharField(_("written by"), max_length=8, choices=Author.choices)
    author_id = models.BigIntegerField(null=True)
    author_name = models.CharField(_("name"), max_length=200, blank=True)
    action = models.CharField(max_length=8, choices=MessageAction.choices, default=MessageAction.NOTE)
    text = models.TextField(_("text"), blank=True)
    at = models.DateTimeField(_("moment"), default=timezone.now)
    tried_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField(_("received by the help desk"), null=True, blank=True)
    refusal = models.TextField(blank=True)

    class Meta(CustomerOwned.Meta):
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["at", "id"]
        constraints = [models.UniqueConstraint(fields=["ticket", "external_id"], name="ticket_message_once")]
        indexes = [
            models.Index(
                fields=["ticket", "id"], condition=Q(author="manager", received_at=None), name="ticket_message_unsent"
            )
        ]

    def __str__(self) -> str:
        return self.text[:60]

    @property
    def is_unsent(self) -> bool:
        return self.author == Author.MANAGER and self.received_at is None and not self.refusal


def attachment_path(attachment: Any, _name: str) -> str:
    """Named by what nobody typed; the name people see is a column."""
    return f"tickets/{attachment.public_id}"


class Attachment(CustomerOwned):
    """A file that was checked. Until its message is sent it is a draft of the person who added it.

    ``draft`` is the form it was added to; ``sha256`` tells the same file added twice.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    message = models.ForeignKey(TicketMessage, on_delete=models.CASCADE, null=True, related_name="attachments")
    draft = models.UUIDField()
    owner_id = models.BigIntegerField()
    file = models.FileField(upload_to=attachment_path)
    name = models.CharField(_("name"), max_length=150)
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField(_("size"))
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta(CustomerOwned.Meta):
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["draft", "owner_id", "sha256"], name="attachment_once_per_form")]
        indexes = [
            models.Index(fields=["created_at"], condition=Q(message=None), name="attachment_draft"),
            models.Index(fields=["customer", "created_at"], name="attachment_month"),
        ]

    def __str__(self) -> str:
        return self.name


class DeskCursor(CustomerOwned):
    """How far a company's answers were fetched from the desk."""

    cursor = models.CharField(max_length=200, blank=True)
    checked_at = models.DateTimeField(_("up to date"), null=True)

    class Meta(CustomerOwned.Meta):
        verbose_name = _("answers of the help desk")
        verbose_name_plural = _("answers of the help desk")
        constraints = [models.UniqueConstraint(fields=["customer"], name="desk_cursor_once_per_company")]

    def __str__(self) -> str:
        return self.cursor
