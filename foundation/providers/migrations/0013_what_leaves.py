"""How long files stay after a download, whether they are given one by one, and what a custodian says of the system."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('providers', '0011_connector_checks'),
    ]

    operations = [
        migrations.AddField(
            model_name='provider',
            name='purge_days',
            field=models.PositiveSmallIntegerField(default=30),
        ),
        migrations.AddField(
            model_name='provider',
            name='records_system',
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name='provider',
            name='single_files',
            field=models.BooleanField(default=True),
        ),
    ]
