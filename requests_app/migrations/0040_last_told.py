"""Keep when a holder was last told, also while the notice is planned anew: whoever checks the letter is told the truth."""

from django.db import migrations, models
from django.db.models import F


def from_what_was_sent(apps, schema_editor):
    rows = apps.get_model("requests_app", "UserNotice").objects.filter(sent_at__isnull=False)
    rows.update(last_told_at=F("sent_at"))


class Migration(migrations.Migration):
    dependencies = [("requests_app", "0039_renewals")]

    operations = [
        migrations.AddField(
            model_name="usernotice",
            name="last_told_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.RunPython(from_what_was_sent, migrations.RunPython.noop, elidable=True),
    ]
