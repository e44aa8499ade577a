"""A network from which spam came as an emergency is not listened to for a day."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0020_urgent_applications"),
        ("requests_app", "0022_emergency_cases"),
    ]

    operations = [
        migrations.AddField(
            model_name="urgentcontact", name="blocks_until", field=models.DateTimeField(blank=True, null=True)
        ),
        migrations.AddIndex(
            model_name="urgentcontact",
            index=models.Index(
                condition=models.Q(("blocks_until__isnull", False)),
                fields=["place_hash", "blocks_until"],
                name="urgentcontact_blocks",
            ),
        ),
    ]
