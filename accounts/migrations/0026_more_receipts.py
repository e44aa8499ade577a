"""Receipts of changes, appeals and withdrawals too."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0022_receipts'),
    ]

    operations = [
        migrations.AlterField(
            model_name='filingreceipt',
            name='kind',
            field=models.CharField(choices=[('request', 'Request received'), ('answer', 'Answer received'), ('download', 'File downloaded'), ('hold', 'Preservation request received'), ('extension', 'Request for more time received'), ('change', 'Change received'), ('appeal', 'Appeal received'), ('withdrawal', 'Withdrawal received')], max_length=10),
        ),
    ]
