"""The indexes that readers of the trail use."""

import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0003_nodes'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='auditevent',
            name='audit_event_actor',
        ),
        migrations.RemoveIndex(
            model_name='auditevent',
            name='audit_event_time',
        ),
        migrations.AddIndex(
            model_name='auditevent',
            index=models.Index(fields=['occurred_at', 'id'], name='audit_event_moment'),
        ),
        migrations.AddIndex(
            model_name='auditevent',
            index=models.Index(fields=['actor_id', 'occurred_at', 'id'], name='audit_event_by'),
        ),
        migrations.AddIndex(
            model_name='auditevent',
            index=models.Index(fields=['action', 'occurred_at', 'id'], name='audit_event_action', opclasses=['text_pattern_ops', 'timestamptz_ops', 'int8_ops']),
        ),
        migrations.AddIndex(
            model_name='auditevent',
            index=models.Index(condition=models.Q(('outcome', 'ok'), _negated=True), fields=['occurred_at', 'id'], name='audit_event_not_done'),
        ),
        migrations.AddIndex(
            model_name='auditevent',
            index=django.contrib.postgres.indexes.BrinIndex(autosummarize=True, fields=['session'], name='audit_event_session', opclasses=['text_bloom_ops'], pages_per_range=32),
        ),
        migrations.AddIndex(
            model_name='auditevent',
            index=django.contrib.postgres.indexes.BrinIndex(autosummarize=True, fields=['request_id'], name='audit_event_request', opclasses=['text_bloom_ops'], pages_per_range=32),
        ),
        migrations.AddIndex(
            model_name='auditevent',
            index=django.contrib.postgres.indexes.BrinIndex(autosummarize=True, fields=['ip'], name='audit_event_ip', opclasses=['text_bloom_ops'], pages_per_range=32),
        ),
    ]
