"""When something asked for on an answered request is needed, as a moment."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """One column, empty where no day was named."""

    dependencies = [("requests_app", "0050_what_was_issued")]

    operations = [
        migrations.AddField(
            model_name="laterask", name="due_at", field=models.DateTimeField(blank=True, null=True)
        )
    ]
