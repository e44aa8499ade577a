"""Office files through the real LibreOffice: shown, shut in, and never on a disk."""

import fcntl
import io
import os
import secrets
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from foundation.documents import isolation, office
from foundation.documents import services as documents
from foundation.documents.enums import DocumentState
from foundation.documents.errors import SandboxFailed
from foundation.documents.filetypes import DOCX, XLSX, by_filename
from foundation.documents.services import previewing
from tests.documents.office_files import MAKERS, docx_parts, make_docx, make_linking_docx, make_xlsx, pack

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
needs_office = pytest.mark.skipif(
    not (shutil.which("soffice") or shutil.which("libreoffice")),
    reason="LibreOffice is missing: apt-get install libreoffice-{writer,calc,impress}-nogui",
)


@pytest.fixture(autouse=True)
def own_turn(monkeypatch) -> Iterator[None]:
    """One conversion at a time on a machine: a test takes nobody's turn, and nobody takes its."""
    monkeypatch.setattr(office, "_PREFIX", f"test-office-{os.getpid()}-{secrets.token_hex(4)}")
    yield
    for place in office.PLACES:
        Path(place, f"{office._PREFIX}.lock").unlink(missing_ok=True)


def left_over() -> list[Path]:
    return [path for place in office.PLACES for path in Path(place).glob(f"{office._PREFIX}-*")]


def words_of(content: bytes, kind, **limits) -> str:
    with office.as_pdf(io.BytesIO(content), kind, **limits) as pdf:
        return "".join(page.text for page in isolation.render(pdf, "application/pdf"))


@contextmanager
def listening():
    """Give the address of a server of this machine, and the list of whoever came."""
    came: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        stopped = threading.Event()

        def wait() -> None:
            while not stopped.is_set():
                try:
                    connection, address = server.accept()
                except TimeoutError:
                    continue
                came.append(address)
                connection.close()

        thread = threading.Thread(target=wait)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}", came
        finally:
            stopped.set()
            thread.join()


@needs_office
@pytest.mark.parametrize("filename", [name for name in MAKERS if not name.startswith("slides")])
def test_an_office_file_is_seen_as_pictures_with_its_words(receive, vault, filename):
    document = documents.process(receive(MAKERS[filename](), filename=filename, at=NOW), at=NOW)
    assert document.state == DocumentState.UNSCANNED, document.refusal
    assert document.preview_error == "", document.last_error
    assert len(documents.pages(document)) == document.page_count == 1
    expected = "Order of the court" if filename.startswith("letter") else "1"
    assert expected in documents.page_text(document, 1)
    assert left_over() == []


@needs_office
def test_what_a_file_refers_to_is_never_fetched():
    with listening() as (address, came):
        assert "Look:" in words_of(make_linking_docx(address), DOCX)
    assert came == []


@needs_office
def test_a_file_that_takes_too_long_is_killed_and_leaves_nothing():
    with pytest.raises(SandboxFailed, match=r"too long|ended with"):
        words_of(make_xlsx(rows=3000, columns=100), XLSX, seconds=1.0)
    assert left_over() == []
    assert not [path for path in Path("/proc").glob("[0-9]*") if office._PREFIX.encode() in _command(path)]


def _command(process: Path) -> bytes:
    try:
        return (process / "cmdline").read_bytes()
    except OSError:
        return b""


@needs_office
def test_what_a_dead_worker_left_in_memory_is_removed():
    folder = office.memory_place() / f"{office._PREFIX}-dead"
    folder.mkdir(exist_ok=True)
    (folder / "paper.docx").write_bytes(b"in plain")
    words_of(make_docx(), DOCX)
    assert not folder.exists()


@needs_office
def test_one_at_a_time_and_the_others_wait_without_being_given_up(receive, monkeypatch):
    monkeypatch.setattr(office, "PATIENCE", 0.2)
    document = receive(make_docx(), filename="order.docx", at=NOW)
    lock = os.open(office.memory_place() / f"{office._PREFIX}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        document = documents.process(document, at=NOW)
        assert (document.attempts, document.due_at) == (0, NOW + previewing.WAIT_FOR_OFFICE)
        assert document.preview_error == ""
    finally:
        os.close(lock)
    documents.sweep(at=NOW + timedelta(minutes=1))
    document.refresh_from_db()
    assert document.page_count == 1


@pytest.mark.parametrize("why", ["off", "not installed", "no memory"])
def test_without_libreoffice_or_memory_the_file_can_only_be_downloaded(receive, settings, monkeypatch, why):
    if why == "off":
        settings.OFFICE_PREVIEWS = "off"
    elif why == "not installed":
        monkeypatch.setattr(office, "_PROGRAMS", ("no-such-office",))
    else:
        monkeypatch.setattr(office, "find_program", lambda: Path("/bin/true"))
        monkeypatch.setattr(office, "PLACES", ("/proc", "/no/such/place"))
    document = documents.process(receive(make_docx(), filename="order.docx"))
    assert document.state == DocumentState.UNSCANNED
    assert documents.pages(document) == []
    assert documents.pages_note(document, []) == previewing.DOWNLOAD_ONLY
    documents.require_clean(document)


def test_a_disk_is_no_memory():
    assert office._kind_of_file_system(Path("/proc")) not in office._IN_MEMORY
    assert by_filename("a.docx") is DOCX


@needs_office
def test_libreoffice_that_fails_is_no_preview_and_no_refusal(receive, monkeypatch):
    monkeypatch.setattr(office, "find_program", lambda: Path("/bin/false"))
    document = documents.process(receive(make_docx(), filename="order.docx", at=NOW), at=NOW)
    documents.sweep(at=NOW + timedelta(minutes=1))
    documents.sweep(at=NOW + timedelta(minutes=2))
    document.refresh_from_db()
    assert document.preview_error == previewing.NO_PREVIEW
    assert "LibreOffice ended with 1" in document.last_error
    documents.require_clean(document)


def test_what_a_file_says_of_itself_and_loads_from_elsewhere_is_noted():
    described = docx_parts(body="<w:p><w:ins/><w:del/><w:r><w:rPr><w:vanish/></w:rPr></w:r></w:p>") | {
        "docProps/core.xml": '<?xml version="1.0"?><c xmlns:dc="d" xmlns:dcterms="t"><dc:creator>Jane Doe</dc:creator>'
        "<dcterms:created>2026-11-20T09:00:00Z</dcterms:created></c>",
    }
    marks = isolation.read_marks(io.BytesIO(pack(described)), DOCX.media_type)
    assert marks == {
        "author": "Jane Doe",
        "created": "2026-11-20T09:00:00Z",
        "changes": 2,
        "hidden_parts": 1,
    }
    linking = make_linking_docx("http://evil.example")
    assert isolation.read_marks(io.BytesIO(linking), DOCX.media_type) == {"loads_outside": 2}


def test_staff_read_it_beside_the_pages(receive, settings):
    settings.OFFICE_PREVIEWS = "off"
    document = documents.process(receive(make_linking_docx("http://evil.example"), filename="order.docx"))
    assert documents.about(document).active == ["2 pictures or templates that lie elsewhere"]
