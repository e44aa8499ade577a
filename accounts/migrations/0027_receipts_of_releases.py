"""Receipts of the release of a hold, and of what follows an emergency."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0026_more_receipts")]

    operations = [
        migrations.AlterField(
            model_name="filingreceipt",
            name="kind",
            field=models.CharField(
                choices=[
                    ("request", "Request received"),
                    ("answer", "Answer received"),
                    ("download", "File downloaded"),
                    ("hold", "Preservation request received"),
                    ("extension", "Request for more time received"),
                    ("change", "Change received"),
                    ("appeal", "Appeal received"),
                    ("withdrawal", "Withdrawal received"),
                    ("release", "Release of a hold received"),
                    ("afterwards", "Papers after an emergency received"),
                ],
                max_length=10,
            ),
        ),
    ]
