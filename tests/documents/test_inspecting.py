"""What a worker reads out of a file and keeps: marks, signatures, the copy, each once and only whole."""

import io
import json
from datetime import timedelta

import pikepdf
import pytest
import time_machine
from django.core.checks import run_checks
from django.utils import timezone

from foundation.audit.models import AuditEvent
from foundation.documents import about, inspection, isolation
from foundation.documents import services as documents
from foundation.documents.copies import open_copy
from foundation.documents.enums import DocumentState
from foundation.documents.errors import DocumentDamaged, DocumentRefused, SandboxFailed
from foundation.documents.events import DocumentEvent
from foundation.documents.models import DocumentFindings, SanitisedCopy
from foundation.documents.services import inspecting
from foundation.documents.storage import document_storage
from tests.documents.files import make_image, make_pdf
from tests.documents.pki import NOW, make_party, sign
from tests.documents.test_sanitise import armed_mildly, changed

pytestmark = pytest.mark.django_db


@pytest.fixture
def trust(tmp_path, settings):
    folder = tmp_path / "trust"
    folder.mkdir()
    settings.SIGNATURE_TRUST_DIR = str(folder)
    return folder


def seen(document):
    return documents.process(document, at=timezone.now())


def test_a_worker_reads_the_file_once_and_staff_read_what_it_wrote(receive, trust, monkeypatch):
    with time_machine.travel(NOW, tick=False):
        root = make_party("Root", authority=True)
        (trust / "root.pem").write_bytes(root.pem)
        document = seen(receive(sign(make_pdf(), make_party("Ola Berg", root))))
    found = documents.findings(document)
    assert [one["state"] for one in found.signatures] == ["trusted"]
    assert (found.read_at, found.error) == (NOW, "")
    assert document.due_at is None
    event = AuditEvent.objects.get(action=DocumentEvent.INSPECTED)
    assert json.loads(bytes(event.payload))["data"] == {"signatures": ["trusted"], "copy": True, "read": True}
    monkeypatch.setattr(isolation, "sandbox", None)
    assert documents.marks(document)["signatures"] == 1
    shown = documents.about(document)
    assert [words.result for words in shown.signatures] == ["Valid, signer known"]
    assert shown.scan == ("warn", "Not scanned for viruses", "No scanner was set up when it came.")


def test_a_file_without_findings_is_read_now(receive):
    document = seen(receive())
    DocumentFindings.objects.all().delete()
    assert documents.marks(document)["pdf_id"]
    assert documents.sanitised(document) is None, "a copy counts only with the findings"
    assert documents.about(document).signatures == []


def test_the_copy_is_sealed_under_the_documents_key_and_opens(receive, vault):
    document = seen(receive(changed(make_pdf("Order"), armed_mildly)))
    copy = documents.sanitised(document)
    assert copy.removed[0] == "3 scripts"
    with open_copy(copy) as reader, pikepdf.open(io.BytesIO(reader.read())) as pdf:
        assert set(pdf.Root.keys()) == {"/Type", "/Pages"}
    stored = (vault / copy.storage_name).read_bytes()
    assert b"%PDF" not in stored
    other = seen(receive(make_pdf("Another")))
    SanitisedCopy.objects.filter(pk=copy.pk).update(storage_name="00/00/" + "0" * 32)
    SanitisedCopy.objects.filter(document=other).update(storage_name=copy.storage_name, size=copy.size)
    with pytest.raises(DocumentDamaged), open_copy(documents.sanitised(other)) as reader:
        reader.read()


def test_the_copy_is_served_as_an_attachment_with_a_neutral_name(receive):
    document = seen(receive(make_pdf(), filename="Mark Hollis.pdf"))
    response = documents.serve_copy(documents.sanitised(document))
    assert response["Content-Disposition"] == f'attachment; filename="order-{document.uid.hex[:8]}-copy.pdf"'
    assert (response["Cache-Control"], response["X-Content-Type-Options"]) == ("private, no-store", "nosniff")
    body = b"".join(response.streaming_content)
    assert (body[:5], len(body)) == (b"%PDF-", int(response["Content-Length"]))


def test_a_copy_of_a_file_that_may_not_be_seen_is_not_given_out(receive):
    document = seen(receive())
    copy = documents.sanitised(document)
    type(document).objects.filter(pk=document.pk).update(
        state=DocumentState.INFECTED, refusal="A virus.", scanned_at=NOW
    )
    copy.document.refresh_from_db()
    with pytest.raises(DocumentRefused, match="A virus"):
        documents.serve_copy(copy)
    assert documents.sanitised(copy.document) is None


def test_a_copy_that_does_not_pass_the_check_does_not_exist(receive, monkeypatch, vault):
    def refuse(source, pages, **_kwargs):
        raise SandboxFailed("unfit copy: /JS is left")

    monkeypatch.setattr(inspection, "check_copy", refuse)
    document = seen(receive())
    assert not SanitisedCopy.objects.exists()
    assert document.last_error == "copy: unfit copy: /JS is left"
    assert documents.about(document).no_copy
    names = {document.storage_name, *document.pages.values_list("storage_name", flat=True)}
    assert {str(path.relative_to(vault)) for path in vault.rglob("*") if path.is_file()} == names


def test_a_worker_that_dies_in_the_copy_leaves_nothing_that_counts(receive, monkeypatch, vault):
    def die(*_args, **_kwargs):
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(inspection, "check_copy", die)
        document = receive()
        with pytest.raises(SystemExit):
            seen(document)
    document.refresh_from_db()
    assert (SanitisedCopy.objects.count(), documents.sanitised(document)) == (1, None)
    again = documents.process(document, at=timezone.now() + timedelta(minutes=10))
    assert (SanitisedCopy.objects.count(), again.due_at) == (1, None)
    files = [path for path in vault.rglob("*") if path.is_file()]
    assert len(files) == 3, "the original, one page, one copy"


def test_what_cannot_be_read_is_tried_again_and_then_said(receive, monkeypatch):
    def break_(*_args, **_kwargs):
        raise SandboxFailed("the process ended before its answer")

    monkeypatch.setattr(inspection, "read_signatures", break_)
    document, at = receive(changed(make_pdf("Order"), armed_mildly)), timezone.now()
    for _attempt in range(3):
        assert documents.findings(document) is None
        document = documents.process(document, at=at)
        at += timedelta(hours=1)
    assert documents.findings(document).error == inspecting.NO_SIGNATURES
    assert document.due_at is None
    with pytest.raises(SandboxFailed, match="could not be read"):
        documents.marks(document)


def test_without_a_form_no_time_is_spent_on_signatures(receive, monkeypatch):
    asked = []
    monkeypatch.setattr(inspection, "read_signatures", lambda *_args, **_kwargs: asked.append(1))
    document = seen(receive())
    assert (asked, documents.findings(document).signatures) == ([], [])


def test_a_purge_takes_the_copy_along(receive):
    document = seen(receive())
    name = documents.sanitised(document).storage_name
    assert document_storage().exists(name)
    document = documents.purge(document, by=None)
    documents.process(document, at=timezone.now())
    assert not document_storage().exists(name)
    assert not SanitisedCopy.objects.exists()
    assert documents.findings(document) is not None, "what was found stays, as the row does"


def test_a_picture_has_marks_and_no_copy_and_a_text_has_only_its_characters(receive):
    picture = seen(receive(make_image(), filename="card.png"))
    assert documents.findings(picture).signatures == []
    assert not documents.about(picture).no_copy
    text = seen(receive(b"plain words\n", filename="a.txt"))
    assert documents.findings(text).marks == {}
    old = seen(receive("Beløp er betalt til Bjørn\n".encode("cp1252"), filename="b.txt"))
    assert ("Characters", "Read as Windows-1252, which the file does not say of itself") in documents.about(old).rows
    assert "Beløp" in documents.page_text(old, 1)


def test_what_the_portal_wrote_itself_is_not_read():
    document = documents.write_generated(
        make_pdf(), filename="letter.pdf", media_type="application/pdf", purpose="letter", by=None, preview=True
    )
    document = seen(document)
    assert document.previewed_at is not None
    assert documents.findings(document) is None


# Words ---------------------------------------------------------------------------------------------------------------
def test_what_a_file_says_is_put_into_words(receive):
    def describe(pdf):
        pdf.docinfo["/Creator"] = "Writer"
        pdf.docinfo["/CreationDate"] = "D:20261101093000Z"

    shown = documents.about(seen(receive(changed(make_pdf(), describe))))
    rows = dict(shown.rows)
    assert rows["As it says of itself"] == "Made with “Writer”"
    assert rows["Dates, as it says"] == "Made on 1 Nov 2026"
    assert rows["Pages"] == "1, 210 by 297 mm"
    assert (shown.unsigned, shown.active) == ("The file has no electronic signature.", [])


def test_versions_inside_a_file_are_counted_with_their_dates(receive):
    plain = make_pdf()
    tail = plain[plain.rindex(b"startxref") :]
    shown = documents.about(seen(receive(plain + b"\n" + tail + b"\n" + tail)))
    assert dict(shown.rows)["Saved after it was made"] == "2 times"


def test_words_are_found_on_their_pages_without_case_and_accents(receive):
    document = seen(receive(make_pdf("Sealed Order", pages=3)))
    assert documents.find_words(document, "ORDER sealed 2") == [2]
    assert documents.find_words(document, "ördér") == [1, 2, 3]
    assert documents.find_words(document, "warrant") == []
    assert documents.find_words(document, "   ") == []


def test_a_moment_that_is_none_is_none():
    assert about.moment("D:20261399") is None


# The folder of anchors -----------------------------------------------------------------------------------------------
def ids():
    return [message.id for message in run_checks(tags=["security"]) if message.id.startswith("documents.")]


def test_the_checks_name_anchors_that_cannot_be_used(trust, settings):
    (trust / "good.pem").write_bytes(make_party("Root", authority=True).pem)
    (trust / "good.der").write_bytes(make_party("Root", authority=True).der)
    assert ids() == []
    (trust / "old.pem").write_bytes(make_party("Old", end=NOW - timedelta(days=1)).pem)
    (trust / "notes.txt").write_text("call the court")
    with time_machine.travel(NOW):
        assert sorted(ids()) == ["documents.E006", "documents.W005"]
    settings.SIGNATURE_TRUST_DIR = str(trust / "nothing")
    settings.DEMO = False
    assert ids() == ["documents.E005"]
    settings.SIGNATURE_TRUST_DIR = ""
    assert ids() == []
