import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import foundation.providers.models


class Migration(migrations.Migration):
    dependencies = [("providers", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="provider",
            name="answers_enquiries",
            field=models.CharField(
                choices=[("never", "Never"), ("vetted", "To vetted officers")], default="never", max_length=10
            ),
        ),
        migrations.AddField(
            model_name="provider",
            name="restricted_team",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="providers.team",
            ),
        ),
        migrations.AddField(
            model_name="provider",
            name="languages",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=10), default=foundation.providers.models._english, size=None
            ),
        ),
        migrations.AddField(
            model_name="provider",
            name="follower_limit",
            field=models.PositiveSmallIntegerField(default=5),
        ),
        migrations.AddField(
            model_name="provider",
            name="sealed_channel",
            field=models.TextField(blank=True, default=""),
            preserve_default=False,
        ),
        *[
            migrations.AddField(
                model_name="entrypoint",
                name=name,
                field=field,
                preserve_default=not isinstance(field, (models.TextField, models.CharField)),
            )
            for name, field in (
                ("redirects", models.BooleanField(default=False)),
                ("title", models.CharField(blank=True, default="", max_length=150)),
                ("law", models.TextField(blank=True, default="")),
                ("victims", models.TextField(blank=True, default="")),
                ("allows_filing", models.BooleanField(default=False)),
                ("lock_version", models.PositiveIntegerField(default=0)),
            )
        ],
        migrations.CreateModel(
            name="ProcessPolicy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=40)),
                ("accepted", models.BooleanField()),
                ("needs_counsel", models.BooleanField()),
                ("note", models.CharField(blank=True, max_length=300)),
                ("changed_at", models.DateTimeField()),
                ("lock_version", models.PositiveIntegerField(default=1)),
                (
                    "provider",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="process_policies",
                        to="providers.provider",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("provider", "code"), name="processpolicy_once")],
            },
        ),
    ]
