"""A proposal can be taken back by who proposed it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """One more state of a proposal."""

    dependencies = [
        ("requests_app", "0017_package_lines"),
    ]

    operations = [
        migrations.AlterField(
            model_name="proposal",
            name="status",
            field=models.CharField(
                choices=[
                    ("proposed", "Waiting for approval"),
                    ("approved", "Approved"),
                    ("sent_back", "Sent back"),
                    ("taken_back", "Taken back by who proposed it"),
                ],
                default="proposed",
                max_length=10,
            ),
        ),
    ]
