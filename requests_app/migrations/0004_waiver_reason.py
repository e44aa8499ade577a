"""A waiver is proposed with its reason before a second person approves it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("requests_app", "0003_review_terms")]

    operations = [
        migrations.AddField(
            model_name="usernotice",
            name="waiver_reason",
            field=models.TextField(blank=True),
        ),
    ]
