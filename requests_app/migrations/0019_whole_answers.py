"""Whether the words of a question only lead to its points, and why there was no more time."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Two columns."""

    dependencies = [("requests_app", "0018_proposal_taken_back")]

    operations = [
        migrations.AddField(
            model_name="clarification",
            name="introduction",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="clarification",
            name="more_time_answer",
            field=models.CharField(blank=True, max_length=300),
        ),
    ]
