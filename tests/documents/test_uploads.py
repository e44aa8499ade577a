"""Uploads: real multipart requests, encrypted as they arrive."""

import gc
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory

from foundation.documents import services as documents
from foundation.documents.enums import DocumentState
from foundation.documents.errors import DocumentRefused
from foundation.documents.models import Document
from foundation.documents.uploads import StagedUpload
from tests.documents.files import make_image, make_pdf

MARKER = b"MARKER-8d1f-never-in-plain"
LIMIT = 5 * 1024 * 1024


def was_taken(upload):
    """Validate as the portal's own upload field does: why a file was refused while it came in is the message."""
    if upload.refusal:
        raise forms.ValidationError(upload.refusal)


class OrderForm(forms.Form):
    case = forms.CharField()
    order = forms.FileField(validators=[was_taken])


def post(*files: SimpleUploadedFile, signed_in: bool = True, **fields):
    request = RequestFactory().post("/", {"case": "1/26", "order": files if len(files) > 1 else files[0], **fields})
    request.user = SimpleNamespace(is_authenticated=signed_in, is_verified=lambda: signed_in, is_staff_member=False)
    return request


def files_below(*folders: Path) -> list[Path]:
    return [path for folder in folders for path in folder.rglob("*") if path.is_file()]


@pytest.fixture
def temp_folder(tmp_path, monkeypatch, settings) -> Path:
    folder = tmp_path / "temp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    settings.FILE_UPLOAD_TEMP_DIR = str(folder)
    return folder


def test_an_upload_is_stored_encrypted_and_nothing_is_on_the_disk_in_plain(db, vault, tmp_path, temp_folder):
    # 3.9 MB: Django's own handlers would use a temporary file.
    content = make_pdf(inside=MARKER * 150_000)
    request = post(SimpleUploadedFile("order.pdf", content))
    form = OrderForm(request.POST, request.FILES)
    assert form.is_valid(), form.errors
    upload = form.cleaned_data["order"]
    assert isinstance(upload, StagedUpload)
    document = documents.receive(upload, filename=upload.name, purpose="order", by=None, limit=LIMIT)
    documents.process(document)

    assert document.size == len(content) == upload.size
    with documents.open_plain(document) as plain:
        assert plain.read() == content
    stored = files_below(tmp_path)
    assert len(stored) == 3, "the file, the picture of its page, and the copy with nothing in it that acts"
    assert not [path for path in stored if MARKER in path.read_bytes()]
    assert files_below(temp_folder) == []


def test_several_files_of_one_field(db):
    files = post(SimpleUploadedFile("a.pdf", make_pdf()), SimpleUploadedFile("b.png", make_image())).FILES
    names = [
        documents.receive(upload, filename=upload.name, purpose="order", by=None, limit=LIMIT).filename
        for upload in files.getlist("order")
    ]
    assert names == ["a.pdf", "b.png"]


def test_a_file_over_the_limit_is_refused_and_the_rest_of_the_form_is_kept(db, vault, settings):
    settings.UPLOAD_LIMIT_OFFICER = 1_500_000
    request = post(SimpleUploadedFile("order.pdf", make_pdf() + b" " * 3_000_000), notes="kept")
    form = OrderForm(request.POST, request.FILES)
    assert not form.is_valid()
    assert form.errors == {
        "order": ["order.pdf is larger than 1.4\xa0MB. Make it smaller, or split it into several files."]
    }
    assert (request.POST["case"], request.POST["notes"]) == ("1/26", "kept")
    with pytest.raises(DocumentRefused, match="larger than"):
        documents.receive(request.FILES["order"], filename="order.pdf", purpose="order", by=None, limit=LIMIT)
    assert files_below(vault) == []
    assert not Document.objects.exists()


def test_a_good_file_beside_a_refused_one_is_taken(db, settings):
    settings.UPLOAD_LIMIT_OFFICER = 100_000
    big, small = post(
        SimpleUploadedFile("big.pdf", make_pdf() + b" " * 200_000), SimpleUploadedFile("small.pdf", make_pdf())
    ).FILES.getlist("order")
    assert big.refusal
    assert not small.refusal
    assert Document.objects.get() == small.document


def test_strangers_store_nothing(db, vault):
    upload = post(SimpleUploadedFile("order.pdf", make_pdf()), signed_in=False).FILES["order"]
    assert upload.refusal == "Sign in as somebody who may add files before you send one."
    assert not vault.exists()


def test_an_ending_that_is_not_taken_is_refused_before_a_byte_is_stored(db, vault):
    upload = post(SimpleUploadedFile("tool.exe", b"MZ" * 50)).FILES["order"]
    assert upload.refusal.startswith("tool.exe is not a kind of file we take.")
    assert not vault.exists()


def test_an_empty_file_is_called_empty(db):
    request = post(SimpleUploadedFile("order.pdf", b""))
    assert OrderForm(request.POST, request.FILES).errors == {"order": ["The submitted file is empty."]}
    with pytest.raises(DocumentRefused, match=r"order\.pdf is empty"):
        documents.receive(request.FILES["order"], filename="order.pdf", purpose="order", by=None, limit=LIMIT)


def test_an_upload_that_was_cut_leaves_nothing(db, vault):
    body = (
        b'--b\r\nContent-Disposition: form-data; name="order"; filename="order.pdf"\r\n'
        b"Content-Type: application/pdf\r\n\r\n" + make_pdf()
    )
    request = RequestFactory().post("/", body, content_type="multipart/form-data; boundary=b")
    request.user = SimpleNamespace(is_authenticated=True, is_verified=lambda: True, is_staff_member=False)
    assert not request.FILES
    gc.collect()
    assert files_below(vault) == []
    assert not Document.objects.exists()


def test_an_upload_is_received_once(db):
    upload = post(SimpleUploadedFile("order.pdf", make_pdf())).FILES["order"]
    documents.receive(upload, filename="order.pdf", purpose="order", by=None, limit=LIMIT)
    with pytest.raises(Exception, match="cannot be done any more"):
        documents.receive(upload, filename="order.pdf", purpose="order", by=None, limit=LIMIT)
    assert Document.objects.get().state == DocumentState.PENDING
