"""What lines used: the records as the operator delivered them, the counters made of them, and the imports.

Data is in bytes, calls in seconds, the rest in pieces; charges are euro without VAT. A day and a period (the first day
of a month) are those of Europe/Brussels. Rows are written set by set (``groupbundles.services``), never one by one.
"""

import uuid

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from fleetportal.operators.models import FeedCursor
from fleetportal.tenancy.models import CustomerOwned
from groupbundles.enums import UsageImportState, UsageKind, UsageSource, UsageZone
from sims.models import Line


class UsageImport(CustomerOwned):
    """One delivery of records and what became of its rows.

    Counts and ``position``, the last line of the file they speak of, grow with every batch in the batch's transaction:
    an import that was cut off goes on after ``position``. Until ``leased_until`` (the clock of the database) it is the
    ``attempts``-th process' that took it on. ``sha256`` is that of the unpacked content, by which the same
    file is known again. ``refusals`` are the first refused rows as ``[line of the file, UsageRefusal]``.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    source = models.CharField(_("source"), max_length=8, choices=UsageSource.choices)
    name = models.CharField(_("name"), max_length=200)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.BigIntegerField(_("bytes"), default=0)
    state = models.CharField(
        _("state"), max_length=8, choices=UsageImportState.choices, default=UsageImportState.RUNNING
    )
    position = models.BigIntegerField(default=0)
    rows = models.BigIntegerField(_("rows"), default=0)
    accepted = models.BigIntegerField(_("counted"), default=0)
    duplicates = models.BigIntegerField(_("already there"), default=0)
    conflicts = models.BigIntegerField(_("other content"), default=0)
    unmatched = models.BigIntegerField(_("set aside"), default=0)
    refused = models.BigIntegerField(_("refused"), default=0)
    refusals = models.JSONField(default=list, blank=True)
    message = models.TextField(blank=True)
    by_name = models.CharField(_("by"), max_length=200)
    attempts = models.PositiveIntegerField(default=0, db_default=0)
    leased_until = models.DateTimeField(null=True)
    started_at = models.DateTimeField(_("started"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta(CustomerOwned.Meta):
        verbose_name = _("import of usage")
        verbose_name_plural = _("imports of usage")
        ordering = ["-started_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "sha256"],
                condition=models.Q(state=UsageImportState.RUNNING) & ~models.Q(sha256=""),
                name="usage_file_imported_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    rows=models.F("accepted")
                    + models.F("duplicates")
                    + models.F("conflicts")
                    + models.F("unmatched")
                    + models.F("refused")
                ),
                name="usage_import_accounts_for_every_row",
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "-finished_at"], name="usage_import_finished"),
            models.Index(fields=["customer", "sha256"], name="usage_import_content"),
            models.Index(
                fields=["source"],
                condition=models.Q(state=UsageImportState.RUNNING),
                name="usage_import_running",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class UsageCursor(FeedCursor):
    """How far a company's records were fetched."""

    class Meta(FeedCursor.Meta):
        verbose_name = _("usage feed")
        verbose_name_plural = _("usage feeds")
        constraints = [models.UniqueConstraint(fields=["customer"], name="usage_cursor_once_per_company")]


class UsageKey(CustomerOwned):
    """That a record was taken, whatever its month: what makes it count once.

    ``content`` is a hash of what it said, by which a second delivery is a duplicate or a conflict. Not a foreign key to
    the record: the record's table has a partition per month, and a key has to be unique over all of them.
    """

    # The id first: it tells rows apart at once, which the company never does.
    pk = models.CompositePrimaryKey("record_id", "customer")
    # No constraint: a million rows would each be checked, and they come with their company.
    customer = models.ForeignKey(
        "accounts.Customer", on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    record_id = models.CharField(max_length=64, db_collation="C")
    period = models.DateField()
    content = models.BigIntegerField()

    class Meta(CustomerOwned.Meta):
        pass

    def __str__(self) -> str:
        return self.record_id


class UsageRecord(CustomerOwned):
    """One use of a line. ``line`` is empty while no line has the number: set aside, and not in any counter.

    The table has a partition per month, made by ``groupbundles.services.partitions``. What makes a record unique is its
    :class:`UsageKey`; there is no index on ``record_id`` here.
    """

    pk = models.CompositePrimaryKey("customer", "period", "record_id")
    customer = models.ForeignKey(
        "accounts.Customer", on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    period = models.DateField()
    record_id = models.CharField(max_length=64, db_collation="C")
    msisdn = models.CharField(max_length=16, db_collation="C")
    line = models.ForeignKey(
        Line, on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False, db_index=False
    )
    started_at = models.DateTimeField()
    day = models.DateField()
    kind = models.CharField(max_length=8, choices=UsageKind.choices)
    zone = models.CharField(max_length=12, choices=UsageZone.choices)
    quantity = models.BigIntegerField()
    bundle = models.CharField(max_length=40, blank=True)
    charge = models.DecimalField(max_digits=14, decimal_places=4)

    class Meta(CustomerOwned.Meta):
        managed = False
        db_table = "groupbundles_usagerecord"

    def __str__(self) -> str:
        return self.record_id

    @property
    def unit(self) -> str:
        return UsageKind(self.kind).unit


class PurgedMonth(models.Model):
    """A month whose records were removed; nothing of it is taken in again, whatever the settings become."""

    period = models.DateField(primary_key=True)
    purged_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.period.isoformat()


class LineUsageDay(CustomerOwned):
    """What a line used on a day, per kind and zone, and what it counts towards.

    ``bundle`` is "own" for the line's own allowance, the code of a group bundle, or empty: outside any of them.
    """

    pk = models.CompositePrimaryKey("line", "day", "kind", "zone", "bundle")
    customer = models.ForeignKey(
        "accounts.Customer", on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    line = models.ForeignKey(Line, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False)
    day = models.DateField()
    kind = models.CharField(max_length=8, choices=UsageKind.choices, db_collation="C")
    zone = models.CharField(max_length=12, choices=UsageZone.choices, db_collation="C")
    bundle = models.CharField(max_length=40, blank=True, db_collation="C")
    quantity = models.BigIntegerField()
    records = models.IntegerField()
    charge = models.DecimalField(max_digits=14, decimal_places=4)

    class Meta(CustomerOwned.Meta):
        indexes = [
            # An import writes a company's days side by side, so the small index finds them as well as a large one.
            BrinIndex(
                fields=["customer", "day"], pages_per_range=16, autosummarize=True, name="line_usage_customer_days"
            ),
            models.Index(
                fields=["customer", "bundle", "day"],
                condition=~models.Q(bundle__in=["", "own"]),
                name="line_usage_bundle_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line_id} {self.day} {self.kind}"


class LineUsageMonth(CustomerOwned):
    """What a line used in a period. ``out_of_bundle`` is the sum of all charges; the other amounts are parts of it.

    ``roaming_charge`` is that of all kinds in the zones EU and WORLD, ``data_roaming_charge`` that of data alone.
    """

    line = models.ForeignKey(Line, on_delete=models.CASCADE, related_name="+", db_index=False)
    period = models.DateField()
    data_bytes = models.BigIntegerField(default=0)
    own_data_bytes = models.BigIntegerField(default=0)
    voice_seconds = models.BigIntegerField(default=0)
    sms = models.BigIntegerField(default=0)
    services = models.BigIntegerField(default=0)
    out_of_bundle = models.DecimalField(max_digits=14, decimal_places=4, default=0)
    roaming_charge = models.DecimalField(max_digits=14, decimal_places=4, default=0)
    data_roaming_charge = models.DecimalField(max_digits=14, decimal_places=4, default=0)
    third_party_charge = models.DecimalField(max_digits=14, decimal_places=4, default=0)
    premium_charge = models.DecimalField(max_digits=14, decimal_places=4, default=0)
    premium_records = models.BigIntegerField(default=0)
    first_used_at = models.DateTimeField()
    last_used_at = models.DateTimeField()

    class Meta(CustomerOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["line", "period"], name="line_usage_once_per_month")]
        indexes = [models.Index(fields=["customer", "period"], name="line_usage_customer_month")]

    def __str__(self) -> str:
        return f"{self.line_id} {self.period}"


class BundleUsageDay(CustomerOwned):
    """What all lines together used of a group bundle on a day; ``code`` need not be that of a bundle we know."""

    code = models.CharField(max_length=40)
    kind = models.CharField(max_length=8, choices=UsageKind.choices)
    day = models.DateField()
    quantity = models.BigIntegerField()
    records = models.IntegerField()

    class Meta(CustomerOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["customer", "code", "kind", "day"], name="bundle_usage_once_per_day")
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.day}"
