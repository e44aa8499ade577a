"""Have an index for the order of each tab of the list and for what waits for a choice, and none that nothing asks."""

from django.db import migrations, models
from django.db.models.functions import Coalesce


class Migration(migrations.Migration):
    dependencies = [("preservation", "0009_accept_by_index")]

    operations = [
        migrations.RemoveIndex(model_name="preservationhold", name="hold_by_expiry"),
        migrations.RemoveIndex(model_name="preservationhold", name="hold_to_accept"),
        migrations.RemoveIndex(model_name="preservationhold", name="hold_over_by_end"),
        migrations.RemoveIndex(model_name="preservationhold", name="hold_released_lately"),
        migrations.RemoveIndex(model_name="preservationhold", name="hold_expired_lately"),
        migrations.AddIndex(
            model_name="heldidentifier",
            index=models.Index(
                condition=models.Q(("chosen_at", None), ("match_result", "ambiguous"), ("released_at", None)),
                fields=["hold"],
                name="held_to_choose",
            ),
        ),
        migrations.AddIndex(
            model_name="preservationhold",
            index=models.Index(
                condition=models.Q(("status__in", ["on_treaty", "process_served"])),
                fields=["status", "expires_at", "id"],
                name="hold_stopped",
            ),
        ),
        migrations.AddIndex(
            model_name="preservationhold",
            index=models.Index(
                Coalesce("released_at", "declined_at", "expired_at", "expires_at"),
                models.F("id"),
                condition=models.Q(("status__in", ["declined", "destroyed", "expired", "released"])),
                name="hold_over",
            ),
        ),
    ]
