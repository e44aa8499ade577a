"""The moment at which a confirmed bar is over, frozen with the confirmation."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.db import migrations, models

# As requests_app.notice_rules.bar_end() had it when this was written.
_OVER_EVERYWHERE = time(12, tzinfo=UTC)


def fill(apps: Any, _schema: Any) -> None:
    """Write the moment of the bars that were confirmed before."""
    bars = apps.get_model("requests_app", "NonDisclosureOrder").objects
    for bar in bars.filter(confirmed_at__isnull=False, bars_until__isnull=False).iterator():
        ends = datetime.combine(bar.bars_until + timedelta(days=1), _OVER_EVERYWHERE)
        bars.filter(pk=bar.pk).update(bar_ends_at=ends)


class Migration(migrations.Migration):
    dependencies = [
        ("requests_app", "0010_request_clocks"),
    ]

    operations = [
        migrations.AddField(
            model_name="nondisclosureorder",
            name="bar_ends_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
