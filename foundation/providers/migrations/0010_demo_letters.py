"""The letters that account holders find in the demo company's own pages."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("providers", "0012_calls_of_the_company"),
    ]

    operations = [
        migrations.CreateModel(
            name='DemoLetter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('idempotency_key', models.CharField(max_length=100, unique=True)),
                ('account', models.CharField(max_length=100)),
                ('reference', models.CharField(max_length=60)),
                ('language', models.CharField(max_length=10)),
                ('subject', models.CharField(max_length=300)),
                ('text', models.TextField()),
                ('arrived_at', models.DateTimeField()),
                ('provider', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='providers.provider')),
            ],
        ),
    ]
