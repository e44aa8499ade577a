from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_authenticator_apps"),
    ]

    operations = [
        migrations.AlterField(
            model_name="vettingsignal",
            name="outcome",
            field=models.CharField(
                choices=[
                    ("pass", "Passed"),
                    ("warn", "Look"),
                    ("fail", "Failed"),
                    ("unknown", "Could not be checked"),
                    ("none", "Nothing to check"),
                ],
                default="unknown",
                max_length=8,
            ),
        ),
    ]
