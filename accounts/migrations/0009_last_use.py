"""Access lapses after 90 days without use: count from the last sign-in where there is no better moment yet."""

from django.db import migrations
from django.db.models import F


def take_over(apps, _schema_editor):
    """Take the last sign-in as the last use; only for people of an agency."""
    user = apps.get_model("accounts", "User")
    users = user.objects.filter(last_verified_at=None, last_login__isnull=False, memberships__isnull=False)
    user.objects.filter(pk__in=users.values("pk")).update(last_verified_at=F("last_login"))


class Migration(migrations.Migration):
    """Data only."""

    dependencies = [("accounts", "0008_nothing_to_check")]

    operations = [migrations.RunPython(take_over, migrations.RunPython.noop)]
