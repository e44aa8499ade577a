"""Nothing is granted without its ground, that of the transfer and why it is necessary (GDPR Art. 5(2), 6, 44)."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("requests_app", "0052_unusual")]

    operations = [
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(
                condition=~Q(status="approved", result="grant")
                | (~Q(lawful_basis="") & (Q(route="") | (~Q(transfer_ground="") & ~Q(necessity="")))),
                name="proposal_granted_on_grounds",
            ),
        ),
    ]
