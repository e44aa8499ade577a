"""Files of a form that was interrupted by the second factor, or by the end of the session, are in its list again."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from accounts import kept_files
from accounts.access import SEEN_AT
from accounts.form_filling import fill
from foundation.documents.models import Document
from tests.accounts.helpers import page, words
from tests.documents.files import make_pdf
from tests.documents.pieces import begun, patch
from tests.factories import request_at
from tests.people import client_for, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def vault(tmp_path, settings) -> Path:
    folder = tmp_path / "vault"
    entry = {"BACKEND": "foundation.documents.storage.PrivateFileStorage", "OPTIONS": {"location": str(folder)}}
    settings.STORAGES = settings.STORAGES | {"documents": entry}
    return folder


def in_pieces(client, name: str) -> str:
    data = make_pdf()
    path = begun(client, len(data), name)
    assert patch(client, path, 0, data).status_code == 204
    return path.split("/")[2]


def sign_out_by_time(client) -> None:
    session = client.session
    session[SEEN_AT] = (timezone.now() - timedelta(days=1)).isoformat()
    session.save()


def ticked(answer) -> list[str]:
    return [box["value"] for box in page(answer).select("[data-sent=uploads_sent] input[type=checkbox][checked]")]


def test_files_survive_the_end_of_the_session():
    draft = request_at("draft", lock_version=3)
    url = reverse("officer:step_documents", args=[draft.uid])
    client = client_for(draft.officer)
    before = in_pieces(client, "scan.pdf")
    sign_out_by_time(client)
    said = {"role": "translation", "lock_version": "3", "uploads_sent": [before]}
    new = [SimpleUploadedFile("fresh.pdf", make_pdf()), SimpleUploadedFile("tool.exe", b"MZ")]
    answer = client.post(url, said | {"uploads": new}, headers={"referer": f"http://testserver{url}"})
    assert answer.headers["Location"].startswith("/sign-in/")
    again = client_for(draft.officer)
    session = again.session
    session["typed_form_waits"] = True
    session.save()
    shown = again.get(url)
    fresh = Document.objects.get(filename="fresh.pdf", uploaded_by=draft.officer)
    assert ticked(shown) == [before, str(fresh.uid)]
    assert "Files cannot be kept. Choose them again: tool.exe" in words(shown)
    assert page(shown).select_one("[name=role] option[selected]")["value"] == "translation"
    assert "has no field on the page" not in words(shown)
    sent = again.post(url, {"role": "translation", "lock_version": "3", "uploads_sent": ticked(shown)})
    assert sent.status_code == 302
    names = set(draft.documents.filter(role="translation").values_list("document__filename", flat=True))
    assert names == {"scan.pdf", "fresh.pdf"}


def test_numbers_of_other_peoples_files_draw_nothing():
    mine, other = make_user(), make_user()
    uid = in_pieces(client_for(other), "secret.pdf")
    values = [("text", "x"), ("uploads_sent", uid), ("uploads_sent", "rubbish")]
    typed, rows = kept_files.drawn(values, user=mine)
    assert typed == [("text", "x")]
    assert rows == {"uploads_sent": ""}


def test_rows_go_into_the_list_of_the_right_form():
    def form(path: str) -> str:
        field = '<input type="file" name="uploads"><ul class="app-uploads__list" data-sent="uploads_sent"></ul>'
        return f'<form method="post" action="{path}">{field}<input name="text"></form>'

    html = form("/a/") + form("/b/")
    filled = fill(html, page="/", path="/b/", values=[("text", "x")], rows={"uploads_sent": "<li>row</li>"})
    assert filled.html.count("<li>row</li>") == 1
    assert filled.html.index("<li>row</li>") > filled.html.index("/b/")
    assert filled.left_over == []
