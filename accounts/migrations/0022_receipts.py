"""Receipts of what officers send and take."""

import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0024_browser_reports'),
    ]

    operations = [
        migrations.CreateModel(
            name='FilingReceipt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('kind', models.CharField(choices=[('request', 'Request received'), ('answer', 'Answer received'), ('download', 'File downloaded'), ('hold', 'Preservation request received'), ('extension', 'Request for more time received')], max_length=10)),
                ('object_type', models.CharField(max_length=60)),
                ('object_id', models.CharField(max_length=20)),
                ('words', models.TextField()),
                ('entry', models.BigIntegerField(unique=True)),
                ('issued_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['object_type', 'object_id', 'issued_at'], name='receipt_by_object')],
            },
        ),
    ]
