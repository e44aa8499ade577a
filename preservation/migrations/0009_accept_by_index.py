"""Find what has to be accepted by now without reading everything that waits."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("preservation", "0008_scale_indexes")]

    operations = [
        migrations.AddIndex(
            model_name="preservationhold",
            index=models.Index(
                fields=["accept_by"], condition=models.Q(("acceptance", "pending")), name="hold_accept_by"
            ),
        ),
    ]
