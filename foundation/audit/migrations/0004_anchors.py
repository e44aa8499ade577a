"""What was handed out of the portal, as append-only as what it was taken from."""

import django.utils.timezone
from django.db import migrations, models

TABLE = "audit_auditanchor"


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_reading")]

    operations = [
        migrations.CreateModel(
            name="AuditAnchor",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("tree_size", models.BigIntegerField()),
                ("previous", models.BinaryField(blank=True)),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("stamp", models.BinaryField(blank=True)),
                ("stamped_at", models.DateTimeField(blank=True, null=True)),
                ("authority", models.TextField(blank=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("number__gt", 0)), name="audit_anchor_counts_from_one"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("stamp", b""), ("stamped_at", None)),
                            models.Q(models.Q(("stamp", b""), _negated=True), ("stamped_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="audit_anchor_time_with_stamp",
                    ),
                ],
            },
        ),
        migrations.RunSQL(
            f"""
            CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {TABLE}
                FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
            ALTER TABLE {TABLE} ENABLE ALWAYS TRIGGER append_only;
            """,
            f"DROP TRIGGER append_only ON {TABLE}",
        ),
    ]
