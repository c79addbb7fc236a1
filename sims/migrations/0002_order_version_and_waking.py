"""A version that fences off late workers, when a wake-up may be sent again, when the last call began."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sims", "0001_initial")]

    operations = [
        migrations.AddField("order", "version", models.PositiveIntegerField(default=0)),
        migrations.AddField("order", "wake_after", models.DateTimeField(null=True)),
        migrations.AddField("order", "sent_at", models.DateTimeField(null=True)),
    ]
