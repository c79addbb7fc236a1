"""Numbers that are brought from another operator, and the mandates to do so."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fleetportal.tenancy.models import CustomerOwned
from sims.models.lines import Line


class PortMandate(CustomerOwned):
    """The document in which somebody gave the mandate to bring one or more numbers along, as it was agreed to.

    ``document`` is HTML in the holder's language; ``document_hash`` its SHA-256 (64 hexadecimal digits) at that moment,
    so that it can be proven unchanged. ``scan`` is a signed copy, if one was added.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES, default="nl")
    document = models.TextField()
    document_hash = models.CharField(max_length=64)
    scan = models.FileField(upload_to="mandates", blank=True)
    scan_name = models.CharField(max_length=150, blank=True)
    scan_type = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(CustomerOwned.Meta):
        verbose_name = _("mandate")
        verbose_name_plural = _("mandates")

    def __str__(self) -> str:
        return str(self.public_id)


class PortBatch(CustomerOwned):
    """Several numbers that are brought along in one request: the draft of one person until it is sent, then for good.

    ``answers`` are what was typed so far, per question, in the fields' own raw form; ``reached`` is the furthest
    question, counted from 0. Sent, it has one mandate for all of its numbers and no answers any more.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    answers = models.JSONField(default=dict)
    reached = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    asked_by_id = models.BigIntegerField(null=True)
    asked_by_name = models.CharField(max_length=200, blank=True)
    mandate = models.OneToOneField(PortMandate, on_delete=models.PROTECT, null=True, related_name="batch")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(CustomerOwned.Meta):
        verbose_name = _("request for several numbers")
        verbose_name_plural = _("requests for several numbers")
        ordering = ["-updated_at"]
        indexes = [models.Index(fields=["customer", "-sent_at"], name="port_batch_sent")]
        constraints = [
            models.CheckConstraint(
                condition=Q(sent_at=None, mandate=None) | Q(sent_at__isnull=False, mandate__isnull=False),
                name="sent_numbers_have_a_mandate",
            )
        ]

    def __str__(self) -> str:
        return str(self.public_id)


class PortInRequest(CustomerOwned):
    """What the present operator of a number checks before letting it go, and the mandate to ask for it.

    The donor validates on its customer number or on the serial of the old SIM card; one of the two is enough. What was
    asked in earlier tries stands in the orders of the line. ``batch`` is the request for several numbers it is a part
    of. ``late_claimed_at`` is when somebody told that the compensation for a late transfer was claimed.
    """

    line = models.OneToOneField(Line, on_delete=models.CASCADE, related_name="port_in")
    batch = models.ForeignKey(PortBatch, on_delete=models.PROTECT, null=True, related_name="numbers")
    number = models.CharField(_("number"), max_length=16)
    donor = models.CharField(_("present operator"), max_length=60)
    is_prepaid = models.BooleanField(_("prepaid"), default=False)
    donor_customer_number = models.CharField(_("customer number"), max_length=40, blank=True)
    donor_iccid = models.CharField(_("old SIM number"), max_length=22, blank=True)
    holder_name = models.CharField(_("name of the holder"), max_length=120)
    holder_enterprise_number = models.CharField(_("enterprise number of the holder"), max_length=10, blank=True)
    mandate_by_name = models.CharField(max_length=200)
    mandate_by_id = models.BigIntegerField(null=True)
    mandate_at = models.DateTimeField()
    mandate_ip = models.GenericIPAddressField(null=True)
    mandate_text_version = models.CharField(max_length=20)
    mandate = models.ForeignKey(PortMandate, on_delete=models.PROTECT, null=True, related_name="requests")
    late_claimed_at = models.DateTimeField(_("compensation claimed"), null=True, blank=True)
    late_claimed_by_name = models.CharField(max_length=200, blank=True)

    class Meta(CustomerOwned.Meta):
        verbose_name = _("number transfer")
        verbose_name_plural = _("number transfers")
        constraints = [
            models.CheckConstraint(
                condition=~Q(donor_customer_number="") | ~Q(donor_iccid=""), name="port_in_has_proof_for_the_donor"
            )
        ]

    def __str__(self) -> str:
        return f"{self.number} ← {self.donor}"
