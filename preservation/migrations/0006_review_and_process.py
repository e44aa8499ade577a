"""When the officer was asked whether a long hold is still needed, and when process came."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("preservation", "0005_extension_ground"),
    ]

    operations = [
        migrations.AddField(
            model_name="preservationhold",
            name="needed_asked_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="preservationhold",
            name="process_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
