"""Every file that leaves by a form leaves an entry with its reason; test_looks visits all that leave by a GET."""

import pytest
from django.urls import reverse
from django.utils import timezone

from foundation.audit.models import AuditEvent
from requests_app.models import ImportBatch
from requests_app.services import figures
from tests.completeness.files_out import files, methods
from tests.completeness.looks import HARMLESS
from tests.people import client_for, make_provider, make_staff

WHY = "For the review of November"
# Each file that is sent in answer to a form: the first entry of it, written before the first byte.
POSTED = {
    "accounts:trail_export": "trail.export_started",
    "holds:staff_export": "hold.list_exported",
    "staff:breaches_export": "breach.list_export_started",
    "staff:batch_results": "batch.results_downloaded",
    "staff:figures_take": "figures.taken_as_a_file",
    "staff:queue_export": "queue.export_started",
}
# Files whose GET needs no entry: an empty form, scripts that are public, and lines that somebody typed a moment ago.
PLAIN = {
    "officer:identifiers_import_refused", "officer:identifiers_template", "proofs:script", "proofs:trail_script",
    "staff:batch_template",
}  # fmt: skip


def test_a_new_file_is_listed_here_or_visited():
    by_form = {route.name for route in files() if "POST" in methods(route)}
    assert by_form == set(POSTED)
    assert {route.name for route in files()} & set(HARMLESS) == PLAIN | (set(HARMLESS) & by_form)


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "event"), POSTED.items())
def test_no_file_leaves_without_its_entry_and_its_reason(name, event):
    provider, auditor = make_provider(), make_staff("auditor")
    kwargs = {}
    if name == "staff:batch_results":
        batch = ImportBatch.objects.create(
            provider=provider, source="sahyog", filename="lines.csv", sha256="0" * 64, imported_at=timezone.now()
        )
        kwargs = {"uid": batch.uid}
    elif name == "staff:figures_take":
        figures.count(provider, at=timezone.now())
    path, client = reverse(name, kwargs=kwargs), client_for(auditor)
    refused = client.post(path, {"file_type": "csv", "reason": " "})
    assert "attachment" not in refused.headers.get("Content-Disposition", "")
    assert not AuditEvent.objects.filter(action=event).exists()
    answer = client.post(path, {"file_type": "csv", "reason": WHY})
    assert answer.headers["Content-Disposition"].startswith("attachment")
    # Before the first byte was read: whoever hangs up after it has not taken it unseen.
    entry = AuditEvent.objects.get(action=event)
    assert (entry.actor_id, entry.reason, bool(entry.ip), bool(entry.session)) == (str(auditor.pk), WHY, True, True)
