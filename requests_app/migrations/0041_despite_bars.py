"""Which bars of other matters counsel decided about, so that one that comes later holds the notice again."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("requests_app", "0030_outside_of_added")]

    operations = [
        migrations.AddField(
            "usernotice",
            "despite_bars",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.TextField(), blank=True, default=list, size=None
            ),
        ),
    ]
