"""The decision that extends a hold, where the law wants one."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Adds an empty text to each extension; no row is read or written."""

    dependencies = [
        ("preservation", "0004_accept_by"),
    ]

    operations = [
        migrations.AddField(
            model_name="holdextension",
            name="ground",
            field=models.CharField(blank=True, max_length=300),
        ),
    ]
