"""Keep why a file added by hand was taken out again, as it is kept why it was added."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("requests_app", "0042_scope_of_export")]

    operations = [
        migrations.AddField(
            model_name="addedrecord",
            name="removed_reason",
            field=models.TextField(blank=True),
        ),
    ]
