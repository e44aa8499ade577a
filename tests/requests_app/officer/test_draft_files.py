"""Files of a draft go with it: no byte stays in the storage, and no key that would open a copy of it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from foundation.audit.models import AuditEvent
from foundation.documents import services as documents
from foundation.documents.enums import DocumentState
from foundation.documents.models import Document
from requests_app.services import drafts
from tests.documents.files import make_pdf
from tests.factories import request_at
from tests.people import client_for

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def vault(tmp_path: Path, settings) -> Path:
    backend = "foundation.documents.storage.PrivateFileStorage"
    settings.STORAGES = settings.STORAGES | {
        "documents": {"BACKEND": backend, "OPTIONS": {"location": str(tmp_path / "vault")}}
    }
    return tmp_path / "vault"


def stored(vault: Path) -> list[Path]:
    return [path for path in vault.rglob("*") if path.is_file()]


@pytest.mark.parametrize("way", ["deleted", "forgotten", "taken out"])
def test_nothing_of_an_unsent_file_stays(vault, way):
    draft = request_at("draft")
    document = draft.documents.get().document
    other = request_at("draft").documents.get().document
    count = len(stored(vault))
    at = NOW
    if way == "deleted":
        drafts.delete(draft, by=draft.officer, at=at)
    elif way == "forgotten":
        type(draft).objects.filter(pk=draft.pk).update(saved_at=at - timedelta(days=31))
        type(draft).objects.exclude(pk=draft.pk).update(saved_at=at)
        assert drafts.remove_old(at=at) == 1
    else:
        uid = draft.documents.get().uid
        drafts.remove_document(draft, uid, version=draft.lock_version, by=draft.officer, at=at)
    documents.sweep(at=at + timedelta(days=1))
    gone = Document.objects.get(pk=document.pk)
    assert (gone.state, bytes(gone.data_key)) == (DocumentState.PURGED, b"")
    assert gone.sha256 == document.sha256
    assert not (vault / document.storage_name).exists()
    assert (vault / other.storage_name).exists()
    assert len(stored(vault)) < count
    assert AuditEvent.objects.filter(action="document.purged").count() == 1


def test_going_on_adds_what_was_chosen():
    draft = request_at("draft")
    client, where, before = client_for(draft.officer), f"/drafts/{draft.uid}/documents/", draft.documents.count()
    onward = f"/drafts/{draft.uid}/notice/"
    sent = {"action": "continue", "role": "order", "lock_version": draft.lock_version}
    assert client.post(where, sent).headers["Location"] == onward
    assert draft.documents.count() == before
    answer = client.post(where, sent | {"uploads": SimpleUploadedFile("annex.pdf", make_pdf("Annex"))})
    assert answer.headers["Location"] == onward
    assert draft.documents.filter(document__filename="annex.pdf").exists()
    draft.refresh_from_db()
    sent |= {"lock_version": draft.lock_version, "uploads": SimpleUploadedFile("a.exe", b"MZ")}
    assert "a.exe is not a kind of file we take" in client.post(where, sent).content.decode()


def test_going_on_adds_what_had_arrived_beside_a_refused_file():
    draft = request_at("draft")
    client, where = client_for(draft.officer), f"/drafts/{draft.uid}/documents/"
    sent = {"action": "continue", "role": "order", "lock_version": draft.lock_version}
    both = [SimpleUploadedFile("annex.pdf", make_pdf("Annex")), SimpleUploadedFile("a.exe", b"MZ")]
    page = client.post(where, sent | {"uploads": both}).content.decode()
    assert "Arrived, not added yet" in page
    assert not draft.documents.filter(document__filename="annex.pdf").exists()
    arrived = Document.objects.get(filename="annex.pdf")
    assert f'value="{arrived.uid}" checked' in page
    assert 'form="add"' in page
    answer = client.post(where, sent | {"uploads_sent": str(arrived.uid)})
    assert answer.headers["Location"] == f"/drafts/{draft.uid}/notice/"
    assert draft.documents.filter(document=arrived).exists()
