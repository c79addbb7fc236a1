"""Tables of the simulated operator."""

from django.db import migrations, models

import fleetportal.operators.contract


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Faults",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "only_submit",
                    models.BooleanField(default=True, help_text="spoil only the placing of orders, not questions"),
                ),
                ("busy_times", models.PositiveIntegerField(default=0, help_text="answer that it is busy")),
                ("lose_requests", models.PositiveIntegerField(default=0, help_text="do nothing and give no answer")),
                ("drop_answers", models.PositiveIntegerField(default=0, help_text="do the work and give no answer")),
                ("wrong_answers", models.PositiveIntegerField(default=0, help_text="do the work and answer nonsense")),
                ("delay_before_seconds", models.FloatField(default=0)),
                ("delay_after_seconds", models.FloatField(default=0, help_text="between the work and the answer")),
                ("clock_offset_seconds", models.FloatField(default=0, help_text="how far its clock is ahead")),
            ],
            options={
                "verbose_name": "faults",
                "verbose_name_plural": "faults",
            },
        ),
        migrations.CreateModel(
            name="NumberPool",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("prefix", models.CharField(default="+32456", max_length=9)),
                ("next_number", models.PositiveIntegerField(default=100000)),
            ],
            options={
                "verbose_name": "number pool",
                "verbose_name_plural": "number pools",
            },
        ),
        migrations.CreateModel(
            name="SimulatedSim",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("iccid", models.CharField(max_length=22, unique=True)),
                ("customer_reference", models.CharField(max_length=40)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("available", "available"),
                            ("in_use", "in_use"),
                            ("retired", "retired"),
                            ("unknown", "unknown"),
                        ],
                        default=fleetportal.operators.contract.SimStatus["AVAILABLE"],
                        max_length=12,
                    ),
                ),
            ],
            options={
                "verbose_name": "simulated SIM card",
                "verbose_name_plural": "simulated SIM cards",
            },
        ),
        migrations.CreateModel(
            name="SimulatedLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=16)),
                ("iccid", models.CharField(max_length=22)),
                ("customer_reference", models.CharField(db_index=True, max_length=40)),
                ("plan_code", models.CharField(max_length=40)),
                ("option_codes", models.JSONField(blank=True, default=list)),
                (
                    "status",
                    models.CharField(
                        choices=[("active", "active"), ("suspended", "suspended"), ("terminated", "terminated")],
                        default=fleetportal.operators.contract.ServiceStatus["ACTIVE"],
                        max_length=12,
                    ),
                ),
                ("activated_on", models.DateField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "simulated line",
                "verbose_name_plural": "simulated lines",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("status", fleetportal.operators.contract.ServiceStatus["TERMINATED"]), _negated=True
                        ),
                        fields=("number",),
                        name="simulated_number_on_one_living_line",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("status", fleetportal.operators.contract.ServiceStatus["TERMINATED"]), _negated=True
                        ),
                        fields=("iccid",),
                        name="simulated_iccid_on_one_living_line",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SimulatedOrder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("external_id", models.UUIDField(unique=True)),
                ("action", models.CharField(choices=[("activate", "activate"), ("port_in", "port_in")], max_length=20)),
                ("customer_reference", models.CharField(max_length=40)),
                ("iccid", models.CharField(max_length=22)),
                ("number", models.CharField(blank=True, max_length=16)),
                ("plan_code", models.CharField(max_length=40)),
                ("option_codes", models.JSONField(blank=True, default=list)),
                ("port_in", models.JSONField(blank=True, null=True)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("acknowledged", "acknowledged"),
                            ("in_progress", "in_progress"),
                            ("completed", "completed"),
                            ("rejected", "rejected"),
                            ("failed", "failed"),
                            ("cancelled", "cancelled"),
                        ],
                        default=fleetportal.operators.contract.OrderStatus["ACKNOWLEDGED"],
                        max_length=12,
                    ),
                ),
                ("error_code", models.CharField(blank=True, max_length=60)),
                ("error_message", models.TextField(blank=True)),
                ("received_at", models.DateTimeField()),
                ("done_at", models.DateTimeField(help_text="when the work on it ends, or ended")),
            ],
            options={
                "verbose_name": "simulated order",
                "verbose_name_plural": "simulated orders",
                "indexes": [models.Index(fields=["status", "done_at"], name="simulated_order_done")],
            },
        ),
    ]
