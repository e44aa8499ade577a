"""The register of breaches of personal data, and the steps in which facts come."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('providers', '0013_what_leaves'),
        ('requests_app', '0053_granted_on_grounds'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Breach',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('number', models.PositiveIntegerField()),
                ('noted_at', models.DateTimeField()),
                ('kind', models.CharField(choices=[('device', 'Lost or stolen device or paper'), ('backup', 'Lost or stolen backup'), ('account', 'Account taken over'), ('attack', 'Attack on a system'), ('sent', 'Sent or shown to the wrong person'), ('lost', 'Data destroyed, changed or out of reach'), ('processor', 'At one of our processors'), ('other', 'Something else')], max_length=10)),
                ('known_at', models.DateTimeField()),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('part', models.CharField(choices=[('controller', 'Controller'), ('processor', 'Processor')], max_length=10)),
                ('controller', models.CharField(blank=True, max_length=200)),
                ('happened', models.TextField()),
                ('concerned', models.TextField()),
                ('consequences', models.TextField(blank=True)),
                ('measures', models.TextField(blank=True)),
                ('risk', models.CharField(blank=True, choices=[('none', 'None is likely'), ('risk', 'A risk'), ('high', 'A high risk')], max_length=4)),
                ('controller_told_at', models.DateTimeField(blank=True, null=True)),
                ('authority_told_at', models.DateTimeField(blank=True, null=True)),
                ('authority_reference', models.CharField(blank=True, max_length=100)),
                ('late_reason', models.TextField(blank=True)),
                ('not_told_reason', models.TextField(blank=True)),
                ('people_told_at', models.DateTimeField(blank=True, null=True)),
                ('people_reason', models.TextField(blank=True)),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('closed_reason', models.TextField(blank=True)),
                ('version', models.PositiveIntegerField(default=0)),
                ('closed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('noted_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('provider', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='providers.provider')),
            ],
        ),
        migrations.CreateModel(
            name='BreachStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('at', models.DateTimeField()),
                ('says', models.JSONField()),
                ('breach', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='requests_app.breach')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['number'],
            },
        ),
        migrations.AddIndex(
            model_name='breach',
            index=models.Index(condition=models.Q(('closed_at', None)), fields=['due_at'], name='breach_open'),
        ),
        migrations.AddIndex(
            model_name='breach',
            index=models.Index(fields=['closed_at'], name='breach_closed'),
        ),
        migrations.AddConstraint(
            model_name='breach',
            constraint=models.UniqueConstraint(fields=('provider', 'number'), name='breach_number'),
        ),
        migrations.AddConstraint(
            model_name='breach',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at', None), ('closed_by', None)), models.Q(('closed_at__isnull', False), ('closed_by__isnull', False)), _connector='OR'), name='breach_closed_pair'),
        ),
        migrations.AddConstraint(
            model_name='breach',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('due_at__isnull', False), ('part', 'controller')), models.Q(('due_at', None), ('part', 'processor')), _connector='OR'), name='breach_due_of_controller'),
        ),
        migrations.AddConstraint(
            model_name='breachstep',
            constraint=models.UniqueConstraint(fields=('breach', 'number'), name='breachstep_number'),
        ),
    ]
