"""The worker's part: verdicts, retries, leases, pictures."""

import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from functools import partial
from unittest import mock

import pytest
from django.db import connection

from foundation.audit.models import AuditEvent
from foundation.documents import isolation, scanner
from foundation.documents import services as documents
from foundation.documents.enums import DocumentState
from foundation.documents.errors import DocumentDamaged, DocumentRefused
from foundation.documents.models import ABANDONED_AFTER, Document, DocumentPage
from foundation.documents.services import judging, previewing
from foundation.documents.tasks import process as process_task
from foundation.documents.tasks import sweep as sweep_task
from foundation.documents.vault import Intake, begin
from tests.documents.files import make_exe, make_image, make_locked_pdf, make_pdf
from tests.harness.clamd import EICAR, MAX_BYTES, running

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def stored(document: Document) -> Document:
    return Document.objects.get(pk=document.pk)


def actions() -> list[str]:
    return [event.action for event in AuditEvent.objects.order_by("id")]


def test_a_clean_pdf_gets_its_verdict_and_its_pictures(receive, clamd):
    content = make_pdf("Subpoena", pages=3)
    document = receive(content, at=NOW)
    returned = documents.process(document, at=NOW)
    found = stored(document)
    assert (found.state, found.page_count, found.previewed_at) == (DocumentState.CLEAN, 3, NOW)
    assert (found.due_at, found.claimed_until, found.attempts) == (None, None, 0)
    assert found.scanner.startswith("ClamAV ")
    assert f"/{clamd.number}/" in found.scanner
    assert actions() == ["document.received", "document.clean", "document.previewed", "document.inspected"]
    assert returned.state == found.state
    pictures = [documents.page_image(found, number) for number in (1, 2, 3)]
    assert all(picture.startswith(b"\x89PNG") for picture in pictures)
    assert documents.page_text(found, 2).strip() == "Subpoena 2"
    page = documents.pages(found)[0]
    assert (page.width, page.height) == (992, 1404)


def test_pictures_and_words_are_encrypted_at_rest(receive, vault):
    document = receive(make_pdf("Subpoena"))
    documents.process(document)
    page = DocumentPage.objects.get()
    assert b"PNG" not in (vault / page.storage_name).read_bytes()
    assert b"Subpoena" not in bytes(page.sealed_text)


def test_a_picture_of_another_page_does_not_open(receive, vault):
    document = receive(make_pdf(pages=2))
    documents.process(document)
    one, two = documents.pages(document)
    (vault / one.storage_name).write_bytes((vault / two.storage_name).read_bytes())
    with pytest.raises(DocumentDamaged):
        documents.page_image(document, 1)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_images_become_one_page(receive, kind):
    document = receive(make_image(kind, size=(3000, 1500)), filename=f"badge.{kind.lower()}")
    documents.process(document)
    assert [(page.width, page.height) for page in documents.pages(document)] == [(2000, 1000)]


@pytest.mark.parametrize(
    ("filename", "content"),
    [
        ("statement.txt", "Zażółć gęślą jaźń\n".encode()),
        ("accounts.csv", b"uid,email\n1,a@b.example\n"),
        ("bom.csv", b"\xef\xbb\xbfuid,email\n1,a@b.example\n"),
        ("long.txt", ("é" * 100_000 + "\n").encode()),
    ],
)
def test_text_is_taken_and_becomes_pages(receive, filename, content):
    document = receive(content, filename=filename)
    documents.process(document)
    found = stored(document)
    assert (found.state, found.due_at) == (DocumentState.UNSCANNED, None)
    assert len(documents.pages(found)) == found.page_count
    assert documents.page_text(found, 1)[:3] == content.decode("utf-8-sig")[:3]


@pytest.mark.parametrize(
    ("filename", "content", "reason"),
    [
        pytest.param("order.pdf", b"%PDF-" + make_exe(), "damaged|something else", id="an exe behind five letters"),
        pytest.param("order.pdf", make_pdf()[:200], "end of the PDF is missing", id="a PDF cut short"),
        pytest.param("order.pdf", make_locked_pdf(user="x", owner="y"), "protected with a password", id="locked"),
        pytest.param("order.pdf", make_locked_pdf(user="", owner="y"), "protected with a password", id="restricted"),
        pytest.param("photo.png", make_image()[:90], "damaged", id="an image cut short"),
        pytest.param("photo.png", make_image(size=(10_000, 6_000)), "50 million pixels", id="a bomb"),
        pytest.param("note.txt", make_exe(), "something else", id="an exe named as text"),
        pytest.param("note.txt", "Привет".encode("cp1251"), "something else|UTF-8", id="not UTF-8"),
        pytest.param("note.txt", b"a" * 100_000 + "è".encode("latin-1"), "not in UTF-8", id="not UTF-8, late"),
        pytest.param("note.csv", b"a,b\n" * 30_000 + b"\x00\x01", "something else", id="binary, late"),
        pytest.param("page.txt", b"<html><script>alert(1)</script></html>", "something else", id="a web page"),
    ],
)
def test_what_is_not_what_it_says_is_refused_with_a_reason(receive, filename, content, reason):
    document = receive(content, filename=filename, at=NOW)
    documents.process(document, at=NOW)
    found = stored(document)
    assert found.state == DocumentState.REFUSED
    assert found.due_at is None
    assert actions()[-1] == "document.refused"
    with pytest.raises(DocumentRefused, match=reason):
        documents.require_clean(found)


def test_an_infected_file_is_closed_to_everybody(receive, clamd):
    document = receive(make_pdf(inside=EICAR), at=NOW)
    documents.process(document, at=NOW)
    found = stored(document)
    assert (found.state, found.previewed_at, found.scanned_at) == (DocumentState.INFECTED, None, NOW)
    assert b"Local.Eicar" in bytes(AuditEvent.objects.get(action="document.infected").payload)
    for look in (documents.require_clean, documents.serve, partial(documents.page_image, number=1)):
        with pytest.raises(DocumentRefused, match="virus was found"):
            look(found)
    assert documents.pages(found) == []


def test_while_the_scanner_is_down_the_file_waits_and_nobody_sees_it(receive, clamd):
    clamd.stop()
    document = receive(at=NOW)
    documents.process(document, at=NOW)
    found = stored(document)
    assert (found.state, found.attempts, found.claimed_until) == (DocumentState.PENDING, 1, None)
    assert found.due_at == NOW + timedelta(seconds=15)
    assert "does not answer" in found.last_error
    assert found.waits == "The virus scanner does not answer. Checked again at 09:00 UTC."
    for look in (documents.require_clean, documents.serve, partial(documents.page_image, number=1)):
        with pytest.raises(DocumentRefused, match="scanner does not answer"):
            look(found)
    assert documents.pages(found) == []

    documents.sweep(at=NOW + timedelta(seconds=10))
    assert stored(document).attempts == 1, "not due yet"
    documents.sweep(at=NOW + timedelta(seconds=20))
    assert stored(document).due_at == NOW + timedelta(seconds=50), "the waits become longer"

    clamd.start()
    documents.sweep(at=NOW + timedelta(minutes=5))
    found = stored(document)
    assert (found.state, found.waits, len(documents.pages(found))) == (DocumentState.CLEAN, "", 1)


@pytest.mark.parametrize("answer", [b"", b"stream: OKAY\0", b"ERROR\0", b"OK\0", b"UNKNOWN COMMAND\0"])
def test_what_is_not_a_clear_answer_is_not_clean(receive, fake_clamd, answer):
    fake_clamd.answer = answer
    document = receive(at=NOW)
    documents.process(document, at=NOW)
    assert stored(document).state == DocumentState.PENDING


def test_a_file_over_the_scanners_limit_is_refused(receive, clamd, settings):
    settings.CLAMD_MAX_BYTES = 1000
    document = receive(make_pdf(inside=b"x" * 1000))
    documents.process(document)
    assert "too large for the virus scanner" in stored(document).refusal


def test_a_text_over_the_scanners_limit_is_scanned_in_parts(receive, clamd):
    rows = b"uid,email\n" * (MAX_BYTES // 10)
    clean, wicked = (receive(rows * 2 + end, filename="a.csv", limit=10**8) for end in (b"", EICAR + b"\n"))
    for document in (clean, wicked):
        documents.process(document)
    assert (stored(clean).state, stored(wicked).state) == (DocumentState.CLEAN, DocumentState.INFECTED)


def test_what_the_scanner_did_not_look_at_to_the_end_is_refused(receive, fake_clamd):
    fake_clamd.answer = b"stream: Heuristics.Limits.Exceeded.MaxScanSize FOUND\0"
    document = receive()
    documents.process(document)
    assert (stored(document).state, stored(document).refusal) == (DocumentState.REFUSED, scanner.NOT_READ)


def test_a_scanner_that_hides_its_limits_is_not_believed_in_production(receive, settings):
    settings.CLAMD_STRICT = True
    with running(honest=False) as other:
        settings.CLAMD_ADDRESS = other.address
        document = receive(at=NOW)
        documents.process(document, at=NOW)
        assert stored(document).state == DocumentState.PENDING
        assert "AlertExceedsMax" in stored(document).last_error
        settings.CLAMD_STRICT = False
        documents.sweep(at=NOW + timedelta(minutes=1))
        assert stored(document).state == DocumentState.CLEAN


def test_without_a_scanner_files_are_usable_outside_production_only(receive, settings):
    document = receive()
    documents.process(document)
    assert document.state == DocumentState.UNSCANNED
    documents.require_clean(document)
    settings.PRODUCTION = True
    with pytest.raises(DocumentRefused, match="not checked for viruses"):
        documents.require_clean(document)
    assert not documents.is_usable(document)


def test_it_does_nothing_twice(receive):
    document = receive()
    documents.process(document)
    before = actions()
    assert documents.process(document).state == DocumentState.UNSCANNED
    process_task(document.pk)
    sweep_task()
    process_task(document.pk + 1)
    assert actions() == before


def test_a_claim_is_a_lease(receive):
    document = receive(at=NOW)
    assert documents.claim(document, at=NOW)
    assert not documents.claim(document, at=NOW + timedelta(minutes=4))
    assert documents.claim(document, at=NOW + timedelta(minutes=6))
    assert stored(document).attempts == 2


def test_a_worker_that_lost_its_lease_changes_nothing(receive, monkeypatch):
    document = receive(at=NOW)
    examine = isolation.examine

    def slow(*args, **kwargs):
        monkeypatch.setattr(isolation, "examine", examine)
        documents.process(stored(document), at=NOW + timedelta(hours=1))
        return examine(*args, **kwargs)

    monkeypatch.setattr(isolation, "examine", slow)
    documents.process(document, at=NOW)
    assert actions() == ["document.received", "document.unscanned", "document.previewed", "document.inspected"]
    assert stored(document).previewed_at == NOW + timedelta(hours=1)


def test_two_workers_claim_once(committed_db):
    document = documents.receive([make_pdf()], filename="order.pdf", purpose="order", by=None, limit=10**6, at=NOW)
    start, won = threading.Barrier(4), []

    def work() -> None:
        start.wait()
        try:
            won.append(documents.claim(document, at=NOW))
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    [worker.start() for worker in workers]
    [worker.join() for worker in workers]
    assert sorted(won) == [False, False, False, True]


def test_a_preview_that_takes_too_long_is_given_up_and_the_file_stays(receive, monkeypatch):
    monkeypatch.setattr(isolation, "render", partial(isolation.render, seconds=0.01))
    document = receive(at=NOW)
    documents.process(document, at=NOW)
    found = stored(document)
    assert (found.state, found.due_at) == (DocumentState.UNSCANNED, NOW + timedelta(seconds=15))
    assert documents.pages(found) == []
    documents.sweep(at=NOW + timedelta(minutes=1))
    documents.sweep(at=NOW + timedelta(minutes=2))
    found = stored(document)
    assert (found.state, found.due_at, found.previewed_at) == (DocumentState.UNSCANNED, None, None)
    assert found.preview_error == previewing.NO_PREVIEW
    assert "document.preview_failed" in actions()
    assert not DocumentPage.objects.exists()
    documents.require_clean(found)


def test_a_sandbox_that_dies_while_it_looks_refuses_the_file_in_the_end(receive, monkeypatch):
    monkeypatch.setattr(isolation, "examine", partial(isolation.examine, seconds=0.01))
    document = receive(at=NOW)
    documents.process(document, at=NOW)
    assert stored(document).state == DocumentState.PENDING
    documents.sweep(at=NOW + timedelta(minutes=1))
    assert (stored(document).state, stored(document).refusal) == (DocumentState.REFUSED, judging.UNREADABLE)


def test_a_preview_that_broke_off_shows_nothing_and_is_made_again_whole(receive, vault, monkeypatch):
    document = receive(make_pdf(pages=3), at=NOW)
    write_page = previewing.write_page
    with mock.patch.object(previewing, "write_page") as broken:
        broken.side_effect = [None, KeyboardInterrupt]
        with pytest.raises(KeyboardInterrupt):
            documents.process(document, at=NOW)
    monkeypatch.setattr(previewing, "write_page", write_page)
    assert documents.pages(stored(document)) == []
    with pytest.raises(DocumentRefused, match="no picture"):
        documents.page_image(stored(document), 1)
    documents.sweep(at=NOW + timedelta(hours=1))
    assert [page.number for page in documents.pages(stored(document))] == [1, 2, 3]
    # The file, three pictures, and the copy without active content.
    assert len([path for path in vault.rglob("*") if path.is_file()]) == 5


def test_a_file_lost_from_the_storage_is_an_alarm_and_not_the_officers_fault(receive, vault, caplog):
    document = receive(at=NOW)
    (vault / document.storage_name).write_bytes(b"noise" * 100)
    documents.process(document, at=NOW)
    assert stored(document).state == DocumentState.PENDING
    assert "cannot be read from the storage" in caplog.text


def test_uploads_given_up_half_way_are_removed(db, vault):
    old, new = (begin(filename="a.pdf", purpose="staged", at=at) for at in (NOW, NOW + timedelta(hours=2)))
    for document in (old, new):
        Intake(document).finish()
    assert documents.remove_abandoned(at=NOW + ABANDONED_AFTER) == 1
    assert Document.objects.get() == new
    assert [path.name for path in vault.rglob("*") if path.is_file()] == [new.storage_name[6:]]


def test_the_sandbox_cannot_write_or_start_programs(tmp_path):
    code = (
        "import os, sys\nfrom foundation.documents.sandbox import limits\nlimits.enter()\n"
        "try:\n    f = open(sys.argv[1], 'wb'); f.write(b'x'); f.flush()\n"
        "except OSError: print('no write')\n"
        "try:\n    x = bytearray(4 * 1024**3)\nexcept MemoryError: print('no memory')\n"
    )
    target = tmp_path / "written"
    said = subprocess.run(
        [sys.executable, "-c", code, str(target)],
        capture_output=True,
        text=True,
        check=False,
        env={},
        cwd=isolation._ROOT,
    )
    assert said.stdout.split("\n")[:2] == ["no write", "no memory"], said.stderr
    assert not target.exists() or not target.stat().st_size


def test_the_sandbox_gets_no_environment_and_no_secrets(monkeypatch, receive):
    seen = {}
    popen = subprocess.Popen

    def spy(*args, **kwargs):
        seen.update(kwargs)
        return popen(*args, **kwargs)

    monkeypatch.setattr(subprocess, "Popen", spy)
    documents.process(receive())
    assert seen["env"] == {}
    assert seen["start_new_session"]
