"""Find each page, each clock and each request's holds among a million of them without reading the others."""

from django.db import migrations, models
from django.db.models.functions import Coalesce


class Migration(migrations.Migration):
    dependencies = [("preservation", "0007_filing_index")]

    operations = [
        migrations.AddIndex(
            model_name="preservationhold",
            index=models.Index(
                condition=models.Q(("status__in", ["active", "on_treaty", "process_served"])),
                fields=["expires_at", "id"],
                name="hold_open_by_end",
            ),
        ),
        migrations.AddIndex(
            model_name="preservationhold",
            index=models.Index(
                condition=models.Q(("status__in", ["declined", "destroyed", "expired", "released"])),
                fields=["expires_at", "id"],
                name="hold_over_by_end",
            ),
        ),
        migrations.AddIndex(
            model_name="preservationhold",
            index=models.Index(condition=models.Q(("status", "active")), fields=["starts_at"], name="hold_long"),
        ),
        migrations.AddIndex(
            model_name="preservationhold",
            index=models.Index(
                condition=models.Q(("released_at__isnull", False)), fields=["released_at"], name="hold_released_lately"
            ),
        ),
        migrations.AddIndex(
            model_name="preservationhold",
            index=models.Index(
                condition=models.Q(("expired_at__isnull", False)), fields=["expired_at"], name="hold_expired_lately"
            ),
        ),
        migrations.AddIndex(
            model_name="preservationhold",
            index=models.Index(condition=models.Q(("status", "draft")), fields=["saved_at"], name="hold_old_draft"),
        ),
        migrations.AddIndex(
            model_name="preservationhold",
            index=models.Index(
                condition=models.Q(("request_reference", ""), _negated=True),
                fields=["request_reference"],
                name="hold_of_request",
            ),
        ),
        migrations.AddIndex(
            model_name="preservationhold",
            index=models.Index(
                Coalesce("released_at", "declined_at", "grace_until", "expired_at", "expires_at"),
                condition=models.Q(("status__in", ("active", "released", "expired", "declined"))),
                name="hold_copies_over",
            ),
        ),
    ]
