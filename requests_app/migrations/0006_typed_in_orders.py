from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("requests_app", "0005_following"),
    ]

    operations = [
        migrations.AddField(
            model_name="legalprocess",
            name="unread",
            field=models.JSONField(blank=True, default=dict),
        ),
    ]
