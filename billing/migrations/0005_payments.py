import uuid
from decimal import Decimal

import django.db.models.deletion
import django.db.models.manager
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_account_limits"),
        ("billing", "0004_invoice_feed"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SimulatedPayment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reference", models.CharField(max_length=40, unique=True)),
                ("key", models.UUIDField(unique=True)),
                ("payment", models.UUIDField(default=uuid.uuid4)),
                ("amount", models.DecimalField(decimal_places=2, max_digits=14)),
                ("currency", models.CharField(max_length=3)),
                ("method", models.CharField(max_length=40)),
                ("description", models.CharField(max_length=200)),
                ("return_url", models.CharField(max_length=500)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("new", "Being prepared"),
                            ("open", "Started"),
                            ("pending", "Waiting for the bank"),
                            ("paid", "Paid"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                            ("expired", "Expired"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("pays_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("expires_at", models.DateTimeField()),
                ("paid_at", models.DateTimeField(null=True)),
                ("refunded", models.DecimalField(decimal_places=2, default=Decimal("0"), max_digits=14)),
            ],
            options={
                "verbose_name": "simulated payment",
            },
        ),
        migrations.CreateModel(
            name="BankStatement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("account", models.CharField(max_length=34, verbose_name="account")),
                ("number", models.CharField(max_length=10, verbose_name="number")),
                ("dated_on", models.DateField(verbose_name="date")),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("opening", models.DecimalField(decimal_places=3, max_digits=16, verbose_name="balance before")),
                ("closing", models.DecimalField(decimal_places=3, max_digits=16, verbose_name="balance after")),
                ("file_name", models.CharField(blank=True, max_length=200, verbose_name="file")),
                ("uploaded_by_name", models.CharField(max_length=200, verbose_name="uploaded by")),
                ("uploaded_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="uploaded")),
            ],
            options={
                "verbose_name": "bank statement",
                "verbose_name_plural": "bank statements",
                "ordering": ["-dated_on", "-pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("account", "number", "dated_on"), name="bank_statement_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="BankEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sequence", models.CharField(max_length=8)),
                ("amount", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="amount")),
                ("valued_on", models.DateField(verbose_name="value date")),
                ("reference", models.CharField(blank=True, max_length=12, verbose_name="structured communication")),
                ("communication", models.CharField(blank=True, max_length=500, verbose_name="communication")),
                ("payer_name", models.CharField(blank=True, max_length=70, verbose_name="payer")),
                ("payer_account", models.CharField(blank=True, max_length=37, verbose_name="account of the payer")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "To be matched"),
                            ("matched", "Matched"),
                            ("set_aside", "Not for an invoice"),
                        ],
                        default="open",
                        max_length=9,
                        verbose_name="state",
                    ),
                ),
                (
                    "matched",
                    models.DecimalField(decimal_places=2, default=Decimal("0"), max_digits=14, verbose_name="matched"),
                ),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="note")),
                (
                    "statement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="entries", to="billing.bankstatement"
                    ),
                ),
            ],
            options={
                "verbose_name": "bank transfer",
                "verbose_name_plural": "bank transfers",
                "ordering": ["-statement_id", "sequence"],
            },
        ),
        migrations.CreateModel(
            name="Payment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("idempotency_key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("gateway", models.CharField(max_length=20, verbose_name="payment service")),
                (
                    "gateway_reference",
                    models.CharField(blank=True, max_length=60, verbose_name="reference at the payment service"),
                ),
                (
                    "mode",
                    models.CharField(choices=[("test", "Test"), ("live", "Real")], max_length=4, verbose_name="mode"),
                ),
                ("method", models.CharField(max_length=40, verbose_name="method")),
                ("amount", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="amount")),
                ("currency", models.CharField(default="EUR", max_length=3, verbose_name="currency")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("new", "Being prepared"),
                            ("open", "Started"),
                            ("pending", "Waiting for the bank"),
                            ("paid", "Paid"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                            ("expired", "Expired"),
                        ],
                        default="new",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="reason")),
                (
                    "problem",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("amount", "The payment service names another amount"),
                            ("currency", "The payment service names another currency"),
                            ("mode", "A test payment stands for a real one, or the other way round"),
                            ("metadata", "The payment service says that it belongs to something else"),
                            ("missing", "The payment service does not know it"),
                        ],
                        max_length=10,
                        verbose_name="does not fit",
                    ),
                ),
                ("checkout_url", models.CharField(blank=True, max_length=2000)),
                ("language", models.CharField(default="nl", max_length=2)),
                ("created_by_name", models.CharField(max_length=200, verbose_name="started by")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="started")),
                ("expires_at", models.DateTimeField(blank=True, null=True, verbose_name="expires")),
                ("paid_at", models.DateTimeField(blank=True, null=True, verbose_name="paid")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="ended")),
                (
                    "refunded",
                    models.DecimalField(decimal_places=2, default=Decimal("0"), max_digits=14, verbose_name="refunded"),
                ),
                (
                    "charged_back",
                    models.DecimalField(
                        decimal_places=2, default=Decimal("0"), max_digits=14, verbose_name="charged back"
                    ),
                ),
                ("version", models.PositiveIntegerField(default=0)),
                ("check_at", models.DateTimeField(blank=True, null=True, verbose_name="asked again")),
                ("checks", models.PositiveIntegerField(default=0)),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.customer"
                    ),
                ),
            ],
            options={
                "verbose_name": "payment",
                "verbose_name_plural": "payments",
                "ordering": ["-created_at", "-pk"],
                "abstract": False,
                "base_manager_name": "unscoped",
                "default_manager_name": "unscoped",
            },
            managers=[
                ("unscoped", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="InvoiceBooking",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("payment", "Online payment"),
                            ("given_back", "Refund or chargeback"),
                            ("restored", "Refund or chargeback undone"),
                            ("transfer", "Bank transfer"),
                            ("undone", "Match of a bank transfer undone"),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="amount")),
                ("sequence", models.PositiveIntegerField()),
                ("booked_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="booked")),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.customer"
                    ),
                ),
                (
                    "entry",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bookings",
                        to="billing.bankentry",
                    ),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="bookings", to="billing.invoice"
                    ),
                ),
                (
                    "payment",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bookings",
                        to="billing.payment",
                    ),
                ),
            ],
            options={
                "verbose_name": "booking on an invoice",
                "verbose_name_plural": "bookings on invoices",
                "ordering": ["pk"],
                "abstract": False,
                "base_manager_name": "unscoped",
                "default_manager_name": "unscoped",
            },
            managers=[
                ("unscoped", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="PaymentRefund",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("amount", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="amount")),
                ("note", models.CharField(max_length=200, verbose_name="why")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("new", "Being asked"),
                            ("asked", "Asked"),
                            ("refused", "Refused"),
                            ("unknown", "No answer: look at the payment service"),
                        ],
                        default="new",
                        max_length=8,
                        verbose_name="state",
                    ),
                ),
                (
                    "gateway_reference",
                    models.CharField(blank=True, max_length=60, verbose_name="reference at the payment service"),
                ),
                ("message", models.CharField(blank=True, max_length=200, verbose_name="answer")),
                ("asked_by_name", models.CharField(max_length=200, verbose_name="asked by")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="asked")),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.customer"
                    ),
                ),
                (
                    "payment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="refunds", to="billing.payment"
                    ),
                ),
            ],
            options={
                "verbose_name": "refund",
                "verbose_name_plural": "refunds",
                "ordering": ["-pk"],
                "abstract": False,
                "base_manager_name": "unscoped",
                "default_manager_name": "unscoped",
            },
            managers=[
                ("unscoped", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="PaymentShare",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("amount", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="amount")),
                ("is_open", models.BooleanField(default=True)),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.customer"
                    ),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="shares", to="billing.invoice"
                    ),
                ),
                (
                    "payment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="shares", to="billing.payment"
                    ),
                ),
            ],
            options={
                "verbose_name": "share of a payment",
                "verbose_name_plural": "shares of payments",
                "ordering": ["pk"],
                "abstract": False,
                "base_manager_name": "unscoped",
                "default_manager_name": "unscoped",
            },
            managers=[
                ("unscoped", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="SimulatedRefund",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reference", models.CharField(max_length=40, unique=True)),
                ("key", models.UUIDField(unique=True)),
                ("amount", models.DecimalField(decimal_places=2, max_digits=14)),
                (
                    "payment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="refunds",
                        to="billing.simulatedpayment",
                    ),
                ),
            ],
            options={
                "verbose_name": "simulated refund",
            },
        ),
        migrations.AddIndex(
            model_name="bankentry",
            index=models.Index(condition=models.Q(("state", "open")), fields=["state"], name="bank_entry_open"),
        ),
        migrations.AddIndex(
            model_name="bankentry",
            index=models.Index(fields=["reference"], name="bank_entry_reference"),
        ),
        migrations.AddConstraint(
            model_name="bankentry",
            constraint=models.UniqueConstraint(fields=("statement", "sequence"), name="bank_entry_once"),
        ),
        migrations.AddConstraint(
            model_name="bankentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("matched", 0), models.Q(("matched__gt", 0), ("matched__lte", models.F("amount"))), _connector="OR"
                ),
                name="bank_entry_not_matched_twice",
            ),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(fields=["customer", "-created_at"], name="payment_newest"),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(
                condition=models.Q(("check_at__isnull", False)), fields=["check_at"], name="payment_check_due"
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("gateway_reference", ""), _negated=True),
                fields=("gateway", "gateway_reference"),
                name="payment_once_per_reference",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gt", 0), ("charged_back__gte", 0), ("refunded__gte", 0)),
                name="payment_amounts_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("paid_at__isnull", False), ("state", "paid")),
                    models.Q(models.Q(("state", "paid"), _negated=True), ("paid_at__isnull", True)),
                    _connector="OR",
                ),
                name="payment_paid_has_its_moment",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoicebooking",
            constraint=models.UniqueConstraint(
                fields=("payment", "invoice", "sequence"), name="booking_of_payment_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="invoicebooking",
            constraint=models.UniqueConstraint(fields=("entry", "invoice", "sequence"), name="booking_of_entry_once"),
        ),
        migrations.AddConstraint(
            model_name="invoicebooking",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "payment")),
                fields=("payment", "invoice"),
                name="booking_counts_a_payment_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoicebooking",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("entry__isnull", True), ("payment__isnull", False)),
                    models.Q(("entry__isnull", False), ("payment__isnull", True)),
                    _connector="OR",
                ),
                name="booking_has_one_source",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoicebooking",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount", 0), _negated=True), name="booking_is_of_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentrefund",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "new")), fields=("payment",), name="payment_one_refund_at_a_time"
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentrefund",
            constraint=models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="payment_refund_positive"),
        ),
        migrations.AddConstraint(
            model_name="paymentshare",
            constraint=models.UniqueConstraint(fields=("payment", "invoice"), name="payment_share_once"),
        ),
        migrations.AddConstraint(
            model_name="paymentshare",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_open", True)), fields=("invoice",), name="payment_open_once_per_invoice"
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentshare",
            constraint=models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="payment_share_positive"),
        ),
    ]
