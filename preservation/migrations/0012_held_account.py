"""Find the holds on an account: a mark of compliance, or a law, on one of them forbids telling its holder."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("preservation", "0011_what_is_collected")]

    operations = [
        migrations.AddIndex(
            model_name="heldidentifier",
            index=models.Index(condition=~models.Q(account=""), fields=["account"], name="held_account"),
        ),
    ]
