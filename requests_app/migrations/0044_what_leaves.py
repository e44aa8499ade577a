"""Around what leaves: certificates, marks of copies, what was issued, recalls, what is asked for years later."""

import django.contrib.postgres.indexes
import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


# A recall of what nobody could download asks nobody for anything.
_NOBODY = """
UPDATE requests_app_recall AS recall SET status = 'done'
FROM requests_app_disclosurepackage AS package
WHERE package.id = recall.package_id AND package.released_at IS NULL
"""


class Migration(migrations.Migration):

    dependencies = [
        ('documents', '0005_drop_upload_head'),
        ('requests_app', '0043_why_taken_out'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Certificate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('kind', models.CharField(choices=[('records', 'Of the records in the package'), ('search', 'Of a search that found no records')], max_length=8)),
                ('form', models.CharField(choices=[('us_902_11', 'United States: FRE 902(11), business records'), ('us_902_13', 'United States: FRE 902(13), records of an electronic process'), ('us_902_14', 'United States: FRE 902(14), copies of electronic data'), ('us_3505', 'United States: 18 USC 3505, foreign business records'), ('uk_s9', 'England and Wales: section 9 Criminal Justice Act 1967'), ('in_63_4', 'India: section 63(4) Bharatiya Sakshya Adhiniyam'), ('generic', 'Another country: a general certificate')], max_length=30)),
                ('status', models.CharField(choices=[('draft', 'Draft'), ('signed', 'Signed'), ('discarded', 'Discarded'), ('withdrawn', 'Withdrawn')], default='draft', max_length=10)),
                ('facts', models.JSONField(default=dict)),
                ('drafted_at', models.DateTimeField()),
                ('check_code', models.CharField(max_length=20, unique=True)),
                ('signed_with', models.CharField(blank=True, choices=[('key', "Electronically, with the custodian's key"), ('hand', 'By hand, on paper')], max_length=4)),
                ('signed_at', models.DateTimeField(blank=True, null=True)),
                ('stamped_at', models.DateTimeField(blank=True, null=True)),
                ('stamped_by', models.CharField(blank=True, max_length=300)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('ended_reason', models.TextField(blank=True)),
            ],
            options={
                'ordering': ['drafted_at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='CostNote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('amount', models.DecimalField(decimal_places=2, max_digits=10)),
                ('currency', models.CharField(max_length=3)),
                ('what', models.CharField(max_length=200)),
                ('noted_at', models.DateTimeField()),
                ('removed_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['noted_at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='DestructionAsk',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('agency_name', models.CharField(max_length=200)),
                ('status', models.CharField(choices=[('asked', 'Asked'), ('destroyed', 'Destroyed'), ('kept', 'Cannot be destroyed'), ('excused', 'Not asked any more')], default='asked', max_length=10)),
                ('asked_at', models.DateTimeField()),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('chased', models.PositiveSmallIntegerField(default=0)),
                ('words', models.TextField(blank=True)),
                ('passed_on', models.TextField(blank=True)),
                ('answered_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['asked_at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='IssuedFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('archive', 'Archive'), ('record', 'Records'), ('manifest', 'Manifest'), ('letter', 'Letter'), ('certificate', 'Certificate')], max_length=12)),
                ('sha256', models.CharField(max_length=64)),
                ('check_code', models.CharField(blank=True, max_length=20)),
                ('issued_at', models.DateTimeField()),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='LaterAsk',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('kind', models.CharField(choices=[('reissue', 'The records again'), ('certificate', 'A certificate for the court'), ('testimony', 'A witness for the court')], max_length=12)),
                ('status', models.CharField(choices=[('open', 'Open'), ('done', 'Done'), ('declined', 'Declined'), ('withdrawn', 'Taken back')], default='open', max_length=10)),
                ('certificate_form', models.CharField(blank=True, choices=[('us_902_11', 'United States: FRE 902(11), business records'), ('us_902_13', 'United States: FRE 902(13), records of an electronic process'), ('us_902_14', 'United States: FRE 902(14), copies of electronic data'), ('us_3505', 'United States: 18 USC 3505, foreign business records'), ('uk_s9', 'England and Wales: section 9 Criminal Justice Act 1967'), ('in_63_4', 'India: section 63(4) Bharatiya Sakshya Adhiniyam'), ('generic', 'Another country: a general certificate')], max_length=30)),
                ('court', models.CharField(blank=True, max_length=200)),
                ('needed_by', models.DateField(blank=True, null=True)),
                ('words', models.TextField()),
                ('asked_at', models.DateTimeField()),
                ('answer', models.TextField(blank=True)),
                ('answered_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['asked_at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='MistakenDisclosure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('known_at', models.DateTimeField()),
                ('due_at', models.DateTimeField()),
                ('assessment', models.TextField(blank=True)),
                ('tells_authority', models.BooleanField(null=True)),
                ('authority_told_at', models.DateTimeField(blank=True, null=True)),
                ('authority_reference', models.CharField(blank=True, max_length=100)),
                ('tells_holders', models.BooleanField(null=True)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='PaperLook',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('first_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='RecipientCopy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('state', models.CharField(choices=[('pending', 'Pending'), ('running', 'Running'), ('done', 'Done'), ('given_up', 'Given Up')], default='pending', max_length=10)),
                ('due_at', models.DateTimeField()),
                ('claimed_until', models.DateTimeField(blank=True, null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('last_error', models.CharField(blank=True, max_length=300)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('mark', models.CharField(max_length=32, unique=True)),
                ('made_at', models.DateTimeField()),
                ('sha256', models.CharField(blank=True, max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name='SigningIdentity',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('subject', models.CharField(max_length=300)),
                ('issuer', models.CharField(max_length=300)),
                ('serial', models.CharField(max_length=64)),
                ('chain', models.TextField()),
                ('sealed_key', models.BinaryField()),
                ('valid_from', models.DateTimeField()),
                ('valid_until', models.DateTimeField()),
                ('added_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('ended_reason', models.TextField(blank=True)),
            ],
            options={
                'ordering': ['-added_at'],
            },
        ),
        migrations.AddField(
            model_name='disclosurepackage',
            name='certificate_follows',
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name='disclosurepackage',
            name='issued_entry',
            field=models.BigIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='disclosurepackage',
            name='letter_code',
            field=models.CharField(blank=True, max_length=20),
        ),
        migrations.AddField(
            model_name='recall',
            name='dropped_reason',
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name='recall',
            name='status',
            field=models.CharField(choices=[('waiting', 'A second person decides'), ('asked', 'Everybody who has it is asked to destroy it'), ('done', 'Nobody is left to ask'), ('dropped', 'Nobody is asked')], default='waiting', max_length=8),
        ),
        migrations.AddIndex(
            model_name='disclosurepackage',
            index=models.Index(condition=models.Q(('purged_at', None), ('status__in', ['expired', 'revoked'])), fields=['expires_at'], name='package_to_purge'),
        ),
        migrations.AddIndex(
            model_name='recall',
            index=models.Index(condition=models.Q(('status__in', ['waiting', 'asked'])), fields=['called_at'], name='recall_open'),
        ),
        migrations.AddField(
            model_name='certificate',
            name='custodian',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='certificates', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='certificate',
            name='draft',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='documents.document'),
        ),
        migrations.AddField(
            model_name='certificate',
            name='drafted_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='certificate',
            name='package',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='certificates', to='requests_app.disclosurepackage'),
        ),
        migrations.AddField(
            model_name='certificate',
            name='signed',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='documents.document'),
        ),
        migrations.AddField(
            model_name='costnote',
            name='data_request',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='costs', to='requests_app.datarequest'),
        ),
        migrations.AddField(
            model_name='costnote',
            name='noted_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='costnote',
            name='removed_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='destructionask',
            name='answered_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='destructionask',
            name='recall',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='asks', to='requests_app.recall'),
        ),
        migrations.AddField(
            model_name='destructionask',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='issuedfile',
            name='package',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='issued', to='requests_app.disclosurepackage'),
        ),
        migrations.AddField(
            model_name='laterask',
            name='answered_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='laterask',
            name='asked_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='laterask',
            name='data_request',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='later_asks', to='requests_app.datarequest'),
        ),
        migrations.AddField(
            model_name='laterask',
            name='package',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='later_asks', to='requests_app.disclosurepackage'),
        ),
        migrations.AddField(
            model_name='certificate',
            name='later',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='certificates', to='requests_app.laterask'),
        ),
        migrations.AddField(
            model_name='mistakendisclosure',
            name='decided_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='mistakendisclosure',
            name='recall',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='mistake', to='requests_app.recall'),
        ),
        migrations.AddField(
            model_name='paperlook',
            name='document',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='documents.document'),
        ),
        migrations.AddField(
            model_name='paperlook',
            name='package',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='paper_looks', to='requests_app.disclosurepackage'),
        ),
        migrations.AddField(
            model_name='paperlook',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='recipientcopy',
            name='package',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='copies', to='requests_app.disclosurepackage'),
        ),
        migrations.AddField(
            model_name='recipientcopy',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='signingidentity',
            name='ended_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='signingidentity',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='signing_identities', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='certificate',
            name='identity',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='requests_app.signingidentity'),
        ),
        migrations.AddConstraint(
            model_name='costnote',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='costnote_positive'),
        ),
        migrations.AddConstraint(
            model_name='costnote',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('removed_at', None), ('removed_by', None)), models.Q(('removed_at__isnull', False), ('removed_by__isnull', False)), _connector='OR'), name='costnote_removed_pair'),
        ),
        migrations.AddIndex(
            model_name='destructionask',
            index=models.Index(condition=models.Q(('status', 'asked')), fields=['due_at'], name='destructionask_due'),
        ),
        migrations.AddConstraint(
            model_name='destructionask',
            constraint=models.UniqueConstraint(fields=('recall', 'user'), name='destructionask_once'),
        ),
        migrations.AddIndex(
            model_name='issuedfile',
            index=django.contrib.postgres.indexes.HashIndex(fields=['sha256'], name='issuedfile_hash'),
        ),
        migrations.AddConstraint(
            model_name='issuedfile',
            constraint=models.UniqueConstraint(fields=('package', 'sha256'), name='issuedfile_once'),
        ),
        migrations.AddConstraint(
            model_name='issuedfile',
            constraint=models.UniqueConstraint(condition=models.Q(('check_code', ''), _negated=True), fields=('check_code',), name='issuedfile_code'),
        ),
        migrations.AddIndex(
            model_name='laterask',
            index=models.Index(condition=models.Q(('status', 'open')), fields=['asked_at'], name='laterask_open'),
        ),
        migrations.AddIndex(
            model_name='mistakendisclosure',
            index=models.Index(condition=models.Q(('closed_at', None)), fields=['due_at'], name='mistake_open'),
        ),
        migrations.AddConstraint(
            model_name='mistakendisclosure',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('decided_by', None)), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False)), _connector='OR'), name='mistake_decided_pair'),
        ),
        migrations.AddConstraint(
            model_name='mistakendisclosure',
            constraint=models.CheckConstraint(condition=models.Q(('due_at__gt', models.F('known_at'))), name='mistake_due_after_known'),
        ),
        migrations.AddConstraint(
            model_name='paperlook',
            constraint=models.UniqueConstraint(fields=('document', 'user'), name='paperlook_once'),
        ),
        migrations.AddIndex(
            model_name='recipientcopy',
            index=models.Index(condition=models.Q(('sha256', '')), fields=['due_at', 'id'], name='recipientcopy_to_hash'),
        ),
        migrations.AddConstraint(
            model_name='recipientcopy',
            constraint=models.UniqueConstraint(fields=('package', 'user'), name='recipientcopy_once'),
        ),
        migrations.AddConstraint(
            model_name='signingidentity',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('user',), name='signingidentity_one_in_force'),
        ),
        migrations.AddIndex(
            model_name='certificate',
            index=models.Index(condition=models.Q(('status', 'draft')), fields=['drafted_at'], name='certificate_to_sign'),
        ),
        migrations.AddConstraint(
            model_name='certificate',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['signed', 'withdrawn']), _negated=True), models.Q(('signed__isnull', False), ('signed_at__isnull', False), models.Q(('signed_with', ''), _negated=True)), _connector='OR'), name='certificate_signed_is_whole'),
        ),
        migrations.RunSQL(_NOBODY, migrations.RunSQL.noop),
    ]
