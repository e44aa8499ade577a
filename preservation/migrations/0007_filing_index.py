"""Find what falls without reading every hold that runs."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("preservation", "0006_review_and_process")]

    operations = [
        migrations.AddIndex(
            model_name="preservationhold",
            index=models.Index(
                condition=models.Q(
                    ("authority_must_file_by__isnull", False), ("filed_on__isnull", True), ("status", "active")
                ),
                fields=["authority_must_file_by"],
                name="hold_to_file",
            ),
        ),
    ]
