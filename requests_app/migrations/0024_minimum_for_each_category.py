"""Why each kind of records averts the harm of an emergency, beside what was left out."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("requests_app", "0027_freeze_ends"),
    ]

    operations = [
        migrations.AddField(
            model_name="emergencycase",
            name="minimum_why",
            field=models.JSONField(blank=True, default=dict),
        ),
    ]
