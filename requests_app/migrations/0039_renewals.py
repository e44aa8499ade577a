"""Renewals of a bar: when they were filed and by whom, what was declined; and what an analyst looks at."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def _user() -> models.ForeignKey:
    return models.ForeignKey(
        blank=True,
        null=True,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to=settings.AUTH_USER_MODEL,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("requests_app", "0038_company_asks"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField("nondisclosureorder", "stated_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("nondisclosureorder", "stated_by", _user()),
        migrations.AddField("nondisclosureorder", "declined_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("nondisclosureorder", "declined_by", _user()),
        migrations.AddField("nondisclosureorder", "declined_reason", models.TextField(blank=True)),
        migrations.AddField(
            "usernotice",
            "looks",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=20), blank=True, default=list, size=None
            ),
        ),
        migrations.AddConstraint(
            model_name="nondisclosureorder",
            constraint=models.CheckConstraint(
                condition=models.Q(declined_at=None, declined_by=None)
                | models.Q(declined_at__isnull=False, declined_by__isnull=False, confirmed_at=None),
                name="nondisclosure_declined_pair",
            ),
        ),
        migrations.AddConstraint(
            model_name="nondisclosureorder",
            constraint=models.CheckConstraint(
                condition=models.Q(stated_at=None, stated_by=None)
                | models.Q(stated_at__isnull=False, stated_by__isnull=False),
                name="nondisclosure_stated_pair",
            ),
        ),
    ]
