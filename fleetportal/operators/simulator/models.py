"""What the simulated operator remembers, in tables of its own: the portal reaches them through the adapter alone."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fleetportal.operators.contract import OrderAction, OrderStatus, ServiceStatus, SimStatus
from fleetportal.operators.helpdesk import DeskStatus


def _choices(enum: type[OrderAction | OrderStatus | ServiceStatus | SimStatus | DeskStatus]) -> list[tuple[str, str]]:
    return [(member.value, member.value) for member in enum]


class SimulatedSim(models.Model):
    """A card the operator delivered to a company."""

    iccid = models.CharField(max_length=22, unique=True)
    customer_reference = models.CharField(max_length=40)
    status = models.CharField(max_length=12, choices=_choices(SimStatus), default=SimStatus.AVAILABLE)
    is_esim = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("simulated SIM card")
        verbose_name_plural = _("simulated SIM cards")

    def __str__(self) -> str:
        return self.iccid


class SimulatedLine(models.Model):
    """A line in the operator's network; a number and a card are on one living line at most."""

    number = models.CharField(max_length=16)
    iccid = models.CharField(max_length=22)
    customer_reference = models.CharField(max_length=40, db_index=True)
    plan_code = models.CharField(max_length=40)
    option_codes = models.JSONField(default=list, blank=True)
    status = models.CharField(max_length=12, choices=_choices(ServiceStatus), default=ServiceStatus.ACTIVE)
    activated_on = models.DateField(null=True, blank=True)
    suspension_reason = models.CharField(max_length=12, blank=True)
    barrings = models.JSONField(default=list, blank=True)
    third_party_limit = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    third_party_spent = models.DecimalField(max_digits=9, decimal_places=2, null=True, blank=True)
    roaming_limit = models.DecimalField(max_digits=9, decimal_places=2, null=True, blank=True)
    billing_account = models.CharField(max_length=20, blank=True)
    user_name = models.CharField(max_length=200, blank=True)
    split_bill = models.JSONField(null=True, blank=True)

    class Meta:
        verbose_name = _("simulated line")
        verbose_name_plural = _("simulated lines")
        constraints = [
            models.UniqueConstraint(
                fields=[column],
                condition=~Q(status=ServiceStatus.TERMINATED),
                name=f"simulated_{column}_on_one_living_line",
            )
            for column in ("number", "iccid")
        ]

    def __str__(self) -> str:
        return self.number


class SimulatedOrder(models.Model):
    """An order as the operator received it, once per external id, and what it made of it.

    The last four columns are of number transfers only.
    """

    external_id = models.UUIDField(unique=True)
    action = models.CharField(max_length=30, choices=_choices(OrderAction))
    customer_reference = models.CharField(max_length=40)
    iccid = models.CharField(max_length=22, blank=True)
    number = models.CharField(max_length=16, blank=True)
    plan_code = models.CharField(max_length=40, blank=True)
    option_codes = models.JSONField(default=list, blank=True)
    port_in = models.JSONField(null=True, blank=True)
    details = models.JSONField(default=dict, blank=True)
    status = models.CharField(max_length=12, choices=_choices(OrderStatus), default=OrderStatus.ACKNOWLEDGED)
    error_code = models.CharField(max_length=60, blank=True)
    error_message = models.TextField(blank=True)
    received_at = models.DateTimeField()
    done_at = models.DateTimeField(help_text=_("when the work on it ends, or ended"))
    validates_at = models.DateTimeField(null=True, blank=True)
    is_validated = models.BooleanField(default=False)
    slot_fixed_at = models.DateTimeField(null=True, blank=True)
    promised_for = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("simulated order")
        verbose_name_plural = _("simulated orders")
        indexes = [
            models.Index(fields=["status", "done_at"], name="simulated_order_done"),
            models.Index(fields=["number"], name="simulated_order_number"),
            models.Index(fields=["iccid"], name="simulated_order_iccid"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        return f"SO-{self.pk:08d}"


class SimulatedOffer(models.Model):
    """A group bundle that a company's contract allows; ``size`` is bytes or seconds per month."""

    customer_reference = models.CharField(max_length=40)
    code = models.CharField(max_length=40)
    kind = models.CharField(max_length=10)
    size = models.BigIntegerField()

    class Meta:
        verbose_name = _("simulated bundle offer")
        verbose_name_plural = _("simulated bundle offers")
        constraints = [
            models.UniqueConstraint(fields=["customer_reference", "code"], name="simulated_offer_once_per_customer")
        ]

    def __str__(self) -> str:
        return self.code


class SimulatedBundle(models.Model):
    """A group bundle; ``numbers`` are its members and ``used`` is bytes or seconds of this month."""

    code = models.CharField(max_length=40)
    customer_reference = models.CharField(max_length=40)
    offer = models.CharField(max_length=40)
    kind = models.CharField(max_length=10)
    numbers = models.JSONField(default=list, blank=True)
    used = models.BigIntegerField(default=0)
    billing_account = models.CharField(max_length=20, blank=True)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name = _("simulated bundle")
        verbose_name_plural = _("simulated bundles")
        constraints = [
            models.UniqueConstraint(fields=["customer_reference", "code"], name="simulated_bundle_once_per_customer")
        ]

    def __str__(self) -> str:
        return self.code


class SimulatedCustomer(models.Model):
    """Whom the operator sends invoices to, and at what prices.

    ``prices`` and ``names`` are by code, without VAT and in the language of the invoice; ``cost_centres`` is what the
    company wants to read beside a number. ``next_month`` is the first one that is not billed yet.
    """

    reference = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    enterprise_number = models.CharField(max_length=10)
    billing_accounts = models.JSONField(default=list)
    direct_debit_accounts = models.JSONField(default=list, blank=True)
    prices = models.JSONField(default=dict)
    names = models.JSONField(default=dict)
    cost_centres = models.JSONField(default=dict, blank=True)
    next_month = models.DateField()

    class Meta:
        verbose_name = _("simulated customer")
        verbose_name_plural = _("simulated customers")

    def __str__(self) -> str:
        return self.name


class SimulatedBill(models.Model):
    """An invoice or a credit note as it was sent; empty while it is being written."""

    customer_reference = models.CharField(max_length=40, db_index=True)
    number = models.CharField(max_length=40, blank=True)
    billing_account = models.CharField(max_length=20)
    issued_on = models.DateField()
    document = models.BinaryField(default=bytes)

    class Meta:
        verbose_name = _("simulated invoice")
        verbose_name_plural = _("simulated invoices")

    def __str__(self) -> str:
        return self.number

    @property
    def reference(self) -> str:
        return f"SB-{self.pk:08d}"


class SimulatedText(models.Model):
    """A text message as it reached the card that was on the line at that moment."""

    number = models.CharField(max_length=16)
    iccid = models.CharField(max_length=22)
    text = models.TextField()
    sent_at = models.DateTimeField()

    class Meta:
        verbose_name = _("simulated text message")
        verbose_name_plural = _("simulated text messages")

    def __str__(self) -> str:
        return self.number


class SimulatedTicket(models.Model):
    """A ticket as the help desk received it, once per external id."""

    external_id = models.UUIDField(unique=True)
    customer_reference = models.CharField(max_length=40, db_index=True)
    language = models.CharField(max_length=2)
    subject = models.CharField(max_length=30)
    title = models.CharField(max_length=300)
    text = models.TextField(blank=True)
    contact = models.CharField(max_length=200, blank=True)
    files = models.JSONField(default=list, blank=True)
    received_at = models.DateTimeField()

    class Meta:
        verbose_name = _("simulated ticket")
        verbose_name_plural = _("simulated tickets")

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        return f"HD-{self.pk:07d}"


class SimulatedTicketEvent(models.Model):
    """Something said on a ticket, by the customer (``external_id``) or by the desk, which may still be to come.

    ``status`` is where the ticket is from this moment on.
    """

    ticket = models.ForeignKey(SimulatedTicket, on_delete=models.CASCADE, related_name="events")
    external_id = models.UUIDField(null=True, blank=True, unique=True)
    at = models.DateTimeField()
    text = models.TextField(blank=True)
    author = models.CharField(max_length=200, blank=True)
    status = models.CharField(max_length=12, choices=_choices(DeskStatus))
    files = models.JSONField(default=list, blank=True)

    class Meta:
        verbose_name = _("message on a simulated ticket")
        verbose_name_plural = _("messages on simulated tickets")
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["ticket", "at"], name="simulated_ticket_event_at")]

    def __str__(self) -> str:
        return self.text[:60]


class NumberPool(models.Model):
    """Where new numbers come from: ``prefix`` and six digits. One row."""

    prefix = models.CharField(max_length=9, default="+32456")
    next_number = models.PositiveIntegerField(default=100_000)

    class Meta:
        verbose_name = _("number pool")
        verbose_name_plural = _("number pools")

    def __str__(self) -> str:
        return f"{self.prefix}{self.next_number:06d}"


class Faults(models.Model):
    """Switches that make the operator misbehave; counters go down with every call they spoil. One row."""

    only_submit = models.BooleanField(default=True, help_text=_("spoil only the placing of orders, not questions"))
    busy_times = models.PositiveIntegerField(default=0, help_text=_("answer that it is busy"))
    lose_requests = models.PositiveIntegerField(default=0, help_text=_("do nothing and give no answer"))
    drop_answers = models.PositiveIntegerField(default=0, help_text=_("do the work and give no answer"))
    wrong_answers = models.PositiveIntegerField(default=0, help_text=_("do the work and answer nonsense"))
    delay_before_seconds = models.FloatField(default=0)
    delay_after_seconds = models.FloatField(default=0, help_text=_("between the work and the answer"))
    swaps_lose_settings = models.BooleanField(default=False, help_text=_("a new SIM card forgets barrings and limits"))
    desk_is_down = models.BooleanField(default=False, help_text=_("the help desk does not answer at all"))
    clock_offset_seconds = models.FloatField(default=0, help_text=_("how far its clock is ahead"))

    class Meta:
        verbose_name = _("faults")
        verbose_name_plural = _("faults")

    def __str__(self) -> str:
        return "faults"
