"""Receiving: measured, named and kept, or refused and gone."""

import hashlib
import io
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from foundation.audit.models import AuditEvent
from foundation.documents import services as documents
from foundation.documents.enums import DocumentState
from foundation.documents.errors import DocumentDamaged, DocumentRefused
from foundation.documents.filetypes import display_name
from foundation.documents.models import Document
from foundation.documents.vault import remove_blob
from tests.documents.files import make_exe, make_image, make_pdf

LIMIT = 5 * 1024 * 1024


def test_a_received_file_is_measured_and_waits_for_a_worker(receive):
    content = make_pdf()
    document = receive(content)
    document.refresh_from_db()
    assert document.state == DocumentState.PENDING
    assert (document.size, document.media_type) == (len(content), "application/pdf")
    assert document.sha256 == hashlib.sha256(content).hexdigest()
    assert document.crc32 == zlib.crc32(content)
    assert document.due_at is not None
    assert [event.action for event in AuditEvent.objects.all()] == ["document.received"]


def test_the_trail_has_no_file_name(receive):
    receive(filename="Jane Doe.pdf")
    assert b"Jane" not in b"".join(bytes(event.payload) for event in AuditEvent.objects.all())


def test_djangos_own_upload_objects_are_taken_too(db):
    content = make_image()
    upload = SimpleUploadedFile("badge.png", content)
    document = documents.receive(upload, filename="badge.png", purpose="badge", by=None, limit=LIMIT)
    with documents.open_plain(document) as plain:
        assert plain.read() == content


@pytest.mark.parametrize(
    ("filename", "content", "reason"),
    [
        ("order.pdf", make_exe(), "named as PDF, but its content is something else"),
        ("order.pdf", make_image(), "named as PDF"),
        ("photo.png", make_image("JPEG"), "named as PNG"),
        ("order.docm", b"PK", "not a kind of file we take"),
        ("order", b"%PDF-", "not a kind of file we take"),
        ("order.pdf.exe", b"MZ", "not a kind of file we take"),
        ("order.pdf", b" " * (LIMIT + 1), "larger than 5"),
    ],
)
def test_what_is_plainly_wrong_is_refused_at_once_and_nothing_is_kept(db, vault, filename, content, reason):
    with pytest.raises(DocumentRefused, match=reason):
        documents.receive([content], filename=filename, purpose="order", by=None, limit=LIMIT)
    assert not [path for path in vault.rglob("*") if path.is_file()]
    assert not Document.objects.filter(state=DocumentState.PENDING).exists()
    assert not AuditEvent.objects.exists()


def test_an_empty_file_is_refused(db):
    with pytest.raises(DocumentRefused, match="is empty"):
        documents.receive([], filename="order.pdf", purpose="order", by=None, limit=LIMIT)


def test_a_source_that_fails_leaves_no_file(db, vault):
    def failing():
        yield make_pdf()
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        documents.receive(failing(), filename="order.pdf", purpose="order", by=None, limit=LIMIT)
    assert not [path for path in vault.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("order.pdf", "order.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\order.pdf", "order.pdf"),
        ("a\u202efdp.exe\x00\n.pdf", "afdp.exe.pdf"),
        ('or"der<>|?.pdf', "or der .pdf"),
        ("...", "document"),
        ("", "document"),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
        ("Urteil Größe.pdf", "Urteil Größe.pdf"),
    ],
)
def test_names_are_made_harmless(given, shown):
    assert display_name(given) == shown


def test_generated_files_are_clean_and_have_no_job(db):
    chunks = (bytes([number]) * 700_000 for number in range(4))
    document = documents.write_generated(
        chunks, filename="manifest.json", media_type="application/json", purpose="manifest", by=None
    )
    document.refresh_from_db()
    assert (document.state, document.size, document.due_at) == (DocumentState.CLEAN, 2_800_000, None)
    documents.require_clean(document)
    assert AuditEvent.objects.get().action == "document.generated"


def test_generated_files_get_pictures_where_they_are_wanted(db):
    document = documents.write_generated(
        make_pdf(), filename="letter.pdf", media_type="application/pdf", purpose="letter", by=None, preview=True
    )
    documents.process(document)
    assert document.state == DocumentState.CLEAN
    assert len(documents.pages(document)) == 1


def test_files_do_not_open_as_one_another(receive, vault):
    one, two = receive(make_pdf("one")), receive(make_pdf("two"))
    (vault / one.storage_name).write_bytes((vault / two.storage_name).read_bytes())
    with pytest.raises(DocumentDamaged), documents.open_plain(one) as plain:
        plain.read()
    # Nor with the other one's key beside it: key and content are bound to the document.
    one.data_key, one.size = two.data_key, two.size
    with pytest.raises(DocumentDamaged), documents.open_plain(one) as plain:
        plain.read()


def test_a_file_that_is_gone_says_so(receive):
    document = receive()
    remove_blob(document.storage_name)
    with pytest.raises(FileNotFoundError):
        documents.open_plain(document)


def test_parsers_can_use_the_reader(receive):
    content = make_pdf(pages=3) + b"\n" * 3_000_000
    with documents.open_plain(receive(content)) as plain:
        plain.seek(-10, io.SEEK_END)
        assert plain.read() == content[-10:]
        plain.seek(0)
        assert io.BufferedReader(plain).read(8) == content[:8]
