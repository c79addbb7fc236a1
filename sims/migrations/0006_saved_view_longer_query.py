"""A search in other alphabets takes up to twelve characters of an address for each one typed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sims", "0005_search_index")]

    operations = [
        migrations.AlterField(
            model_name="savedview",
            name="query",
            field=models.CharField(blank=True, max_length=2000),
        ),
    ]
