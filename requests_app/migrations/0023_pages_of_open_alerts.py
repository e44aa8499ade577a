"""Emergencies that nobody has taken when the rota arrives are paged on: their next page is the end of their time."""

from django.db import migrations

_SET = """
UPDATE requests_app_emergencyalert AS alert SET next_page_at = take_by
WHERE next_page_at IS NULL AND EXISTS (
    SELECT 1 FROM requests_app_datarequest AS waiting
    WHERE waiting.alert_id = alert.id AND waiting.status = 'submitted' AND waiting.rank = 0
)
"""


class Migration(migrations.Migration):
    """Nobody is left without a next page."""

    dependencies = [("requests_app", "0024_minimum_for_each_category")]

    operations = [migrations.RunSQL(_SET, migrations.RunSQL.noop)]
