"""Files added by hand keep what the guard saw in them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add what lies outside of the line, as it is kept of collected files."""

    dependencies = [("requests_app", "0040_last_told")]

    operations = [
        migrations.AddField(
            model_name="addedrecord",
            name="findings",
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.AddField(
            model_name="addedrecord",
            name="outside",
            field=models.PositiveBigIntegerField(default=0),
        ),
    ]
