"""Emergencies that were filed before get their record; what was measured of them stands on the request."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def keep_cases(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    data_request = apps.get_model("requests_app", "DataRequest")
    case = apps.get_model("requests_app", "EmergencyCase")
    filed = data_request.objects.filter(kind="emergency", submitted_at__isnull=False, emergency_case=None)
    for row in filed.order_by("pk").iterator():
        case.objects.create(
            data_request=row, filed_at=row.submitted_at, take_by=row.first_look_due_at, decide_by=row.deadline_at,
            taken_at=row.taken_at, decided_at=row.decided_at,
        )  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("requests_app", "0021_emergencies_and_other_channels")]
    operations = [migrations.RunPython(keep_cases, migrations.RunPython.noop)]
