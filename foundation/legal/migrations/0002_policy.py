from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("legal", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="processtype",
            name="rank_at_least",
            field=models.CharField(blank=True, default="", max_length=30),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="processtype",
            name="prospective",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="processtype",
            name="value_sources",
            field=models.JSONField(blank=True, default=dict),
        ),
    ]
