"""The roots of perfect subtrees, as append-only as the leaves; the sealer fills the table for trees that exist."""

from django.db import migrations, models

TABLE = "audit_auditnode"


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_append_only")]

    operations = [
        migrations.CreateModel(
            name="AuditNode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("end", models.BigIntegerField()),
                ("level", models.SmallIntegerField()),
                ("node_hash", models.BinaryField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("end", "level"), name="audit_node_once")],
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
