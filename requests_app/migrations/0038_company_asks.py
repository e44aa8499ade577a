from datetime import date

from django.conf import settings
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("requests_app", "0036_letters_and_objections"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="restrictionquestion", name="restriction_open"),
        migrations.AddField(
            model_name="restrictionquestion",
            name="answer_on",
            field=models.DateField(default=date(2026, 11, 22)),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="restrictionquestion",
            name="decision",
            field=models.CharField(
                blank=True,
                choices=[
                    ("proceed", "Answer as usual"),
                    ("keep", "Keep the data, answer as usual"),
                    ("ask_legal", "Ask legal"),
                ],
                max_length=9,
            ),
        ),
        migrations.AddField(
            model_name="restrictionquestion", name="basis", field=models.CharField(blank=True, max_length=64)
        ),
        migrations.AddIndex(
            model_name="restrictionquestion",
            index=models.Index(condition=Q(answer="ask_legal"), fields=["answer_on", "id"], name="restriction_waits"),
        ),
        migrations.AddIndex(
            model_name="restrictionquestion",
            index=models.Index(
                condition=Q(decided_at__isnull=False), fields=["-decided_at", "-id"], name="restriction_decided"
            ),
        ),
        migrations.AddConstraint(
            model_name="restrictionquestion",
            constraint=models.CheckConstraint(
                condition=Q(basis="", decided_at=None, decision="")
                | (
                    Q(decided_at__isnull=False, decision__in=["proceed", "keep"])
                    & ~Q(basis="")
                    & ~Q(decided_reason="")
                ),
                name="restriction_decision_whole",
            ),
        ),
    ]
