"""A file that is deleted: unreadable at once, gone from the storage soon, and its row tells what it was."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from foundation.audit.models import AuditEvent
from foundation.core.errors import TransitionRefused
from foundation.documents import services as documents
from foundation.documents.enums import DocumentState
from foundation.documents.errors import DocumentDamaged, DocumentRefused
from foundation.documents.models import Document, DocumentPage
from foundation.documents.services import judging, leases, pipeline, previewing
from foundation.documents.vault import begin
from tests.documents.files import make_pdf

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=30)

pytestmark = pytest.mark.django_db


def stored(vault: Path) -> list[Path]:
    return [path for path in vault.rglob("*") if path.is_file()]


@pytest.fixture
def looked_at(receive, clamd) -> Document:
    """A PDF of two pages that was checked and drawn."""
    return documents.process(receive(make_pdf("Card of P. Aas", pages=2), at=NOW), at=NOW)


def test_the_contents_go_and_the_row_stays(looked_at, vault):
    before = (looked_at.sha256, looked_at.size, looked_at.filename)
    assert len(stored(vault)) == 4, "the file, two pictures and the copy"
    purged = documents.purge(looked_at, by=None, reason="30 days after the decision", at=LATER)
    assert (purged.state, purged.purged_at, bytes(purged.data_key)) == (DocumentState.PURGED, LATER, b"")
    assert documents.pages(purged) == []
    with pytest.raises(DocumentRefused, match="was deleted"):
        documents.require_clean(purged)
    with pytest.raises(DocumentDamaged):
        documents.open_plain(purged)
    documents.sweep(at=LATER)
    found = Document.objects.get(pk=looked_at.pk)
    assert stored(vault) == []
    assert not DocumentPage.objects.exists()
    assert (found.sha256, found.size, found.filename) == before
    assert (found.due_at, found.claimed_until) == (None, None)
    event = AuditEvent.objects.get(action="document.purged")
    assert before[0] in bytes(event.payload).decode()
    assert event.reason == "30 days after the decision"


def test_deleting_twice_is_deleting_once(looked_at):
    first = documents.purge(looked_at, by=None, at=LATER)
    second = documents.purge(looked_at, by=None, at=LATER + timedelta(days=1))
    assert second.purged_at == first.purged_at
    assert AuditEvent.objects.filter(action="document.purged").count() == 1


def test_a_purge_that_dies_half_way_is_finished_by_the_sweep(looked_at, vault, monkeypatch):
    real, calls = pipeline.remove_blob, []

    def dies(name: str) -> None:
        calls.append(name)
        if len(calls) == 2:
            raise OSError("the disk went away")
        real(name)

    for module in (pipeline, previewing):
        monkeypatch.setattr(module, "remove_blob", dies)
    documents.purge(looked_at, by=None, at=LATER)
    documents.sweep(at=LATER)
    assert len(stored(vault)) == 3
    assert Document.objects.get(pk=looked_at.pk).due_at > LATER, "it is done again"
    documents.sweep(at=LATER + timedelta(minutes=1))
    assert stored(vault) == []
    assert not DocumentPage.objects.exists()


def test_a_worker_that_looks_at_the_file_right_now_is_waited_for(receive, clamd, vault):
    document = receive(at=NOW)
    assert documents.claim(document, at=NOW)
    held = Document.objects.get(pk=document.pk)
    documents.purge(document, by=None, at=NOW)
    with pytest.raises(TransitionRefused):
        judging._settle(held, "find_clean", NOW, scanned_at=NOW)
    assert not leases.close(held, due_at=None)
    row = Document.objects.get(pk=document.pk)
    assert (row.state, row.due_at) == (DocumentState.PURGED, held.claimed_until)
    documents.sweep(at=NOW + timedelta(minutes=1))
    assert len(stored(vault)) == 1
    documents.sweep(at=held.claimed_until)
    assert stored(vault) == []


def test_a_refused_file_can_be_deleted(receive, clamd, vault):
    document = documents.process(receive(make_pdf()[:200], at=NOW), at=NOW)
    if document.state != DocumentState.REFUSED:
        document = documents.process(document, at=NOW + timedelta(hours=1))
    assert document.state == DocumentState.REFUSED
    assert documents.purge(document, by=None, at=LATER).refusal == ""
    documents.sweep(at=LATER)
    assert stored(vault) == []


def test_a_file_that_never_arrived_is_not_deleted_this_way(db):
    with pytest.raises(TransitionRefused):
        documents.purge(begin(filename="a.pdf", purpose="identity", at=NOW), by=None, at=NOW)
