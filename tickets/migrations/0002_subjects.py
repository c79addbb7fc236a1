"""The subjects that come with the portal."""

from typing import Any

from django.db import migrations

from tickets.catalogue.loading import load


def add_subjects(apps: Any, _editor: Any) -> None:
    load(*(apps.get_model("tickets", name).objects for name in ("Subject", "Item", "ItemField")))


class Migration(migrations.Migration):
    dependencies = [("tickets", "0001_tickets")]

    operations = [migrations.RunPython(add_subjects, migrations.RunPython.noop)]
