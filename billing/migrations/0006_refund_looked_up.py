from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0005_payments"),
    ]

    operations = [
        migrations.AlterField(
            model_name="paymentrefund",
            name="state",
            field=models.CharField(
                choices=[
                    ("new", "Being asked"),
                    ("asked", "Asked"),
                    ("refused", "Refused"),
                    ("unknown", "No answer: look at the payment service"),
                    ("checked", "No answer, looked up by staff"),
                ],
                default="new",
                max_length=8,
                verbose_name="state",
            ),
        ),
    ]
