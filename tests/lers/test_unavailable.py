"""Storage or key service away: a page with a sentence, never a crash, and nothing lost."""

import secrets

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from foundation.audit.models import AuditEvent
from foundation.documents import kms
from foundation.documents.models import Document
from tests.documents.files import make_pdf
from tests.documents.vault_server import TOKEN, transit_server
from tests.factories import request_at
from tests.people import client_for, make_factor

pytestmark = pytest.mark.django_db


@pytest.fixture
def transit(settings, monkeypatch, tmp_path):
    with transit_server() as server:
        settings.DOCUMENT_KMS = "foundation.documents.kms.VaultTransit"
        settings.VAULT_ADDR, settings.VAULT_TOKEN = server.address, TOKEN
        monkeypatch.setattr(kms, "RESTS", ())
        backend = "foundation.documents.storage.PrivateFileStorage"
        options = {"location": str(tmp_path / "vault")}
        settings.STORAGES = settings.STORAGES | {"documents": {"BACKEND": backend, "OPTIONS": options}}
        yield server


def test_a_page_says_that_files_cannot_be_opened(transit):
    data_request = request_at("submitted")
    document = data_request.documents.get().document
    client = client_for(data_request.officer)
    address = f"/requests/{data_request.reference}/documents/{data_request.documents.get().uid}/"
    transit.faults = [503] * 99
    answer = client.get(address)
    assert answer.status_code == 503
    assert "Nothing that was stored is lost" in answer.content.decode()
    assert answer["Retry-After"] == "60"
    transit.faults = []
    assert b"".join(client.get(address).streaming_content).startswith(b"%PDF")
    assert Document.objects.get(pk=document.pk).size


def test_a_file_that_is_sent_meanwhile_is_refused_in_words(transit):
    draft = request_at("draft")
    client = client_for(draft.officer)
    before = Document.objects.count()
    transit.faults = [503] * 99
    upload = SimpleUploadedFile("order.pdf", make_pdf(secrets.token_hex(4)))
    page = client.get(f"/drafts/{draft.uid}/documents/")
    data = {"uploads": [upload], "version": draft.lock_version, "role": "order"}
    answer = client.post(f"/drafts/{draft.uid}/documents/", data)
    assert page.status_code == 200
    assert answer.status_code in {200, 302, 422}
    if answer.status_code == 302:
        answer = client.get(answer["Location"])
    assert "was not stored" in answer.content.decode()
    assert Document.objects.count() == before


def test_a_code_cannot_be_checked_just_now(transit):
    draft = request_at("draft")
    make_factor(draft.officer)
    client = client_for(draft.officer, verified=False)
    transit.faults = [503] * 99
    answer = client.post("/sign-in/factor/", {"factor": "totp", "code": "123456"})
    assert answer.status_code == 503
    assert "cannot be opened now" in answer.content.decode()
    assert not AuditEvent.objects.filter(action__contains="factor_refused").exists(), "it was no wrong code"
