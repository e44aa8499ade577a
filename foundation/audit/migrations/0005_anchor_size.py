"""The index by which the page of an entry finds the first anchor over it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_anchors")]

    operations = [
        migrations.AddIndex(
            model_name="auditanchor",
            index=models.Index(fields=["tree_size"], name="audit_anchor_size"),
        ),
    ]
