"""The key of a record begins with its id, which tells records apart at once; the company never does."""

from django.db import migrations, models

ID_FIRST = """
ALTER TABLE groupbundles_usagekey DROP CONSTRAINT groupbundles_usagekey_pkey;
ALTER TABLE groupbundles_usagekey ADD CONSTRAINT groupbundles_usagekey_pkey PRIMARY KEY (record_id, customer_id);
"""
COMPANY_FIRST = """
ALTER TABLE groupbundles_usagekey DROP CONSTRAINT groupbundles_usagekey_pkey;
ALTER TABLE groupbundles_usagekey ADD CONSTRAINT groupbundles_usagekey_pkey PRIMARY KEY (customer_id, record_id);
"""


class Migration(migrations.Migration):
    dependencies = [("groupbundles", "0005_usage_cursor_due")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(ID_FIRST, COMPANY_FIRST)],
            state_operations=[
                migrations.AlterField(
                    model_name="usagekey",
                    name="pk",
                    field=models.CompositePrimaryKey(
                        "record_id", "customer", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
            ],
        ),
    ]
