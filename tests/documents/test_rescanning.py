"""A verdict counts until the scanner has learnt: then a file is looked at again before anybody downloads it."""

from datetime import UTC, datetime, timedelta

import pytest

from foundation.audit.models import AuditEvent
from foundation.documents import scanner
from foundation.documents import services as documents
from foundation.documents.enums import DocumentState
from foundation.documents.errors import DocumentRefused
from foundation.documents.models import Document
from foundation.documents.services import rescanning
from foundation.documents.services.scanning import INFECTED
from tests.documents.files import make_pdf

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
HIDDEN = b"HIDDEN-FOR-NOW"


@pytest.fixture
def document(receive, clamd) -> Document:
    """A file that was clean when it came, and that tomorrow's signatures know."""
    received = receive(make_pdf(inside=HIDDEN), at=NOW)
    found = documents.process(received, at=NOW)
    assert (found.state, found.due_at) == (DocumentState.CLEAN, None)
    return found


def stored(document: Document) -> Document:
    return Document.objects.get(pk=document.pk)


def actions() -> list[str]:
    return list(AuditEvent.objects.order_by("id").values_list("action", flat=True))


def test_with_the_same_signatures_nothing_is_scanned_again(document):
    before = actions()
    assert documents.ready_to_download(document, at=LATER) == document
    assert (actions(), stored(document).scanned_at) == (before, NOW)


def test_a_small_file_is_scanned_while_the_person_waits(document, clamd):
    clamd.learn("Local.Other", b"SOMETHING-ELSE")
    documents.ready_to_download(stored(document), at=LATER)
    found = stored(document)
    assert (found.state, found.scanned_at, found.due_at) == (DocumentState.CLEAN, LATER, None)
    assert f"/{clamd.number}/" in found.scanner
    assert actions()[-1] == "document.rescanned"


def test_what_the_new_signatures_know_is_shown_and_handed_out_no_more(document, clamd):
    clamd.learn("Local.Hidden", HIDDEN)
    assert len(documents.pages(document)) == 1
    with pytest.raises(DocumentRefused, match=INFECTED):
        documents.ready_to_download(stored(document), at=LATER)
    found = stored(document)
    assert (found.state, found.scanned_at, found.due_at) == (DocumentState.INFECTED, LATER, None)
    assert documents.pages(found) == []
    for look in (documents.require_clean, documents.serve, lambda row: documents.serve_page(row, 1)):
        with pytest.raises(DocumentRefused, match="virus was found"):
            look(found)
    event = AuditEvent.objects.get(action="document.rescan_infected")
    assert b"Local.Hidden" in bytes(event.payload)


def test_a_large_file_is_left_to_a_worker_and_its_pictures_stay(document, clamd, settings):
    settings.RESCAN_AT_ONCE_BYTES = 100
    clamd.learn("Local.Other", b"SOMETHING-ELSE")
    for _click in range(2):
        with pytest.raises(DocumentRefused, match="Try again in a minute"):
            documents.ready_to_download(stored(document), at=LATER)
    found = stored(document)
    assert (found.rescan_at, found.due_at, found.state) == (LATER, LATER, DocumentState.CLEAN)
    assert len(documents.pages(found)) == 1
    documents.sweep(at=LATER)
    found = stored(document)
    assert (found.rescan_at, found.due_at, found.scanned_at) == (None, None, LATER)
    assert documents.ready_to_download(found, at=LATER + timedelta(minutes=1)) == document
    assert actions().count("document.rescanned") == 1


def test_a_large_file_that_the_worker_finds_infected(document, clamd, settings):
    settings.RESCAN_AT_ONCE_BYTES = 100
    clamd.learn("Local.Hidden", HIDDEN)
    with pytest.raises(DocumentRefused, match=rescanning.SOON):
        documents.ready_to_download(stored(document), at=LATER)
    documents.sweep(at=LATER)
    found = stored(document)
    assert (found.state, found.rescan_at, found.due_at) == (DocumentState.INFECTED, None, None)
    with pytest.raises(DocumentRefused, match=INFECTED):
        documents.ready_to_download(found, at=LATER)


def test_while_the_scanner_does_not_answer_nothing_is_handed_out(document, clamd):
    clamd.stop()
    with pytest.raises(DocumentRefused, match="does not answer"):
        documents.ready_to_download(stored(document), at=LATER)
    found = stored(document)
    assert (found.state, found.due_at) == (DocumentState.CLEAN, None)
    assert len(documents.pages(found)) == 1


def test_a_large_file_waits_for_the_scanner_and_says_so(document, clamd, settings):
    settings.RESCAN_AT_ONCE_BYTES = 100
    clamd.learn("Local.Other", b"SOMETHING-ELSE")
    with pytest.raises(DocumentRefused):
        documents.ready_to_download(stored(document), at=LATER)
    clamd.stop()
    documents.sweep(at=LATER)
    found = stored(document)
    assert (found.state, found.due_at) == (DocumentState.CLEAN, LATER + timedelta(seconds=15))
    assert found.waits == "The virus scanner does not answer. Checked again at 09:00 UTC."
    clamd.start()
    documents.sweep(at=LATER + timedelta(minutes=1))
    assert stored(document).rescan_at is None
    assert documents.ready_to_download(stored(document), at=LATER + timedelta(minutes=1))


def test_what_the_portal_wrote_itself_needs_no_scanner(db, clamd):
    written = documents.write_generated(
        b"a,b\n", filename="records.csv", media_type="text/csv", purpose="records", by=None, at=NOW
    )
    clamd.stop()
    assert documents.ready_to_download(written, at=LATER) == written


def test_where_no_scanner_is_set_up_any_more_the_old_verdict_counts(document, settings):
    settings.CLAMD_ADDRESS = ""
    assert documents.ready_to_download(stored(document), at=LATER) == document


def test_local_signatures_have_no_number_so_a_small_file_is_always_scanned(document, fake_clamd):
    fake_clamd.version = b"ClamAV 1.4.6\0"
    documents.ready_to_download(stored(document), at=LATER)
    documents.ready_to_download(stored(document), at=LATER)
    assert actions().count("document.rescanned") == 2


def test_a_large_file_with_local_signatures_counts_for_some_minutes(document, fake_clamd, settings):
    settings.RESCAN_AT_ONCE_BYTES = 100
    fake_clamd.version = b"ClamAV 1.4.6\0"
    with pytest.raises(DocumentRefused, match=rescanning.SOON):
        documents.ready_to_download(stored(document), at=LATER)
    documents.sweep(at=LATER)
    assert documents.ready_to_download(stored(document), at=LATER + timedelta(minutes=5))
    with pytest.raises(DocumentRefused, match=rescanning.SOON):
        documents.ready_to_download(stored(document), at=LATER + timedelta(minutes=20))


def test_what_it_cannot_look_at_any_more_is_refused(document, fake_clamd):
    fake_clamd.answer = b"stream: Heuristics.Limits.Exceeded.MaxFiles FOUND\0"
    fake_clamd.version = b"ClamAV 1.4.6/30000/Fri Nov 20 09:00:00 2026\0"
    with pytest.raises(DocumentRefused, match="could not look at all"):
        documents.ready_to_download(stored(document), at=LATER)
    assert stored(document).state == DocumentState.REFUSED
    assert actions()[-1] == "document.rescan_refused"


def test_files_that_came_without_a_scanner_are_scanned_when_there_is_one(receive, clamd, settings):
    address, settings.CLAMD_ADDRESS = settings.CLAMD_ADDRESS, ""
    clamd.learn("Local.Hidden", HIDDEN)
    good, bad = (receive(make_pdf(inside=end), at=NOW) for end in (b"", HIDDEN))
    documents.sweep(at=NOW)
    assert {stored(one).state for one in (good, bad)} == {DocumentState.UNSCANNED}
    documents.sweep(at=LATER)
    assert {stored(one).due_at for one in (good, bad)} == {None}, "nothing to do while there is none"

    settings.CLAMD_ADDRESS = address
    clamd.stop()
    documents.sweep(at=LATER)
    assert stored(good).state == DocumentState.UNSCANNED
    assert stored(good).waits.startswith("The virus scanner does not answer")
    clamd.start()
    documents.sweep(at=LATER + timedelta(minutes=5))
    assert (stored(good).state, stored(bad).state) == (DocumentState.CLEAN, DocumentState.INFECTED)
    assert stored(good).scanned_at == LATER + timedelta(minutes=5)
    assert documents.pages(stored(bad)) == []


def test_an_unscanned_file_is_scanned_at_its_first_download_too(receive, clamd, settings):
    address, settings.CLAMD_ADDRESS = settings.CLAMD_ADDRESS, ""
    document = documents.process(receive(at=NOW), at=NOW)
    settings.CLAMD_ADDRESS = address
    scanner.forget()
    assert documents.ready_to_download(document, at=LATER).state == DocumentState.CLEAN


def test_a_scan_asked_for_while_a_worker_is_at_the_pictures_is_not_lost(document, clamd, settings):
    settings.RESCAN_AT_ONCE_BYTES = 100
    clamd.learn("Local.Hidden", HIDDEN)
    Document.objects.filter(pk=document.pk).update(due_at=LATER, claimed_until=LATER + timedelta(minutes=5))
    with pytest.raises(DocumentRefused, match=rescanning.SOON):
        documents.ready_to_download(stored(document), at=LATER)
    documents.sweep(at=LATER + timedelta(minutes=6))
    assert stored(document).state == DocumentState.INFECTED
