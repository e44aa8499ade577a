from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('preservation', '0001_initial'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='heldidentifier',
            name='heldidentifier_once',
        ),
        migrations.AddField(
            model_name='heldidentifier',
            name='detail',
            field=models.CharField(blank=True, max_length=60),
        ),
        migrations.AddConstraint(
            model_name='heldidentifier',
            constraint=models.UniqueConstraint(fields=('hold', 'kind', 'network', 'normalised', 'detail'), name='heldidentifier_once'),
        ),
    ]
