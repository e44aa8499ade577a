"""Keep with a mistaken disclosure why each is told or not, when the holders were told, and who closed it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("requests_app", "0048_later_due"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField("mistakendisclosure", "authority_reason", models.TextField(blank=True)),
        migrations.AddField("mistakendisclosure", "late_reason", models.TextField(blank=True)),
        migrations.AddField("mistakendisclosure", "holders_reason", models.TextField(blank=True)),
        migrations.AddField("mistakendisclosure", "holders_told_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField(
            "mistakendisclosure",
            "closed_by",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            "mistakendisclosure",
            models.CheckConstraint(
                condition=models.Q(closed_at=None, closed_by=None)
                | models.Q(closed_at__isnull=False, closed_by__isnull=False),
                name="mistake_closed_pair",
            ),
        ),
    ]
