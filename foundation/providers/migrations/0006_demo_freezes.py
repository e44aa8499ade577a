"""The book in which the demo company keeps what its systems froze."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("providers", "0005_freeze_acts"),
    ]

    operations = [
        migrations.CreateModel(
            name="DemoFreeze",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("idempotency_key", models.CharField(max_length=100, unique=True)),
                ("freeze", models.CharField(max_length=40)),
                ("account", models.CharField(max_length=100)),
                ("asset", models.CharField(max_length=100)),
                ("balance", models.DecimalField(decimal_places=18, max_digits=38)),
                ("amount", models.DecimalField(decimal_places=18, max_digits=38)),
                ("frozen_at", models.DateTimeField()),
                ("lifted_at", models.DateTimeField(blank=True, null=True)),
                (
                    "provider",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="providers.provider"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("lifted_at", None)), fields=["account", "asset"], name="demofreeze_now"
                    )
                ],
            },
        ),
    ]
