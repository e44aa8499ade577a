"""Keep of what an export is, so that nothing is sealed after its lines were changed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("requests_app", "0041_despite_bars")]

    operations = [
        migrations.AddField(
            model_name="lineexport",
            name="scope",
            field=models.CharField(blank=True, max_length=64),
        ),
    ]
