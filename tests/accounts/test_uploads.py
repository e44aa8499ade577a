"""Uploads in pieces as a browser speaks it: every answer of the protocol, whose file it is, two pieces at once."""

import hashlib
import threading
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, connections, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.access import SEEN_AT
from accounts.forms.access import ProofForm
from accounts.models import KeptForm, UserSession
from foundation.documents.frames import FRAME
from foundation.documents.models import Document, Upload
from tests.documents.pieces import VERSION, begun, create, delete, patch
from tests.people import client_for, make_officer, make_staff, make_user

DATA = b"%PDF-1.7\n" + bytes(range(256)) * 9000  # 2.2 MiB: two frames and a bit


@pytest.fixture(autouse=True)
def vault(tmp_path, settings) -> Path:
    folder = tmp_path / "vault"
    entry = {"BACKEND": "foundation.documents.storage.PrivateFileStorage", "OPTIONS": {"location": str(folder)}}
    settings.STORAGES = settings.STORAGES | {"documents": entry}
    return folder


@pytest.fixture
def officer(db):
    return make_officer()


@pytest.fixture
def client(officer) -> Client:
    return client_for(officer)


def test_a_file_arrives_in_two_pieces(client, officer):
    made = create(client, len(DATA), "Beschluss für Nr. 7.pdf")
    assert made.status_code == 201
    assert made.headers["Upload-Expires"].endswith("GMT")
    path = made.headers["Location"]
    assert client.head(path).headers["Upload-Offset"] == "0"
    first = patch(client, path, 0, DATA[:FRAME])
    assert (first.status_code, first.headers["Upload-Offset"]) == (204, str(FRAME))
    said = client.head(path)
    assert (said.status_code, said.headers["Upload-Offset"], said.headers["Upload-Length"]) == (
        200,
        str(FRAME),
        str(len(DATA)),
    )
    assert said.headers["Cache-Control"] == "no-store"
    assert client.get(path).json()["state"] == "receiving"
    last = patch(client, path, FRAME, DATA[FRAME:])
    assert (last.status_code, last.headers["Upload-Offset"]) == (204, str(len(DATA)))
    assert client.get(path).json() == {
        "state": "ready",
        "offset": len(DATA),
        "length": len(DATA),
        "sha256": hashlib.sha256(DATA).hexdigest(),
    }
    document = Document.objects.get()
    assert (document.filename, document.uploaded_by, document.state) == (
        "Beschluss für Nr. 7.pdf",
        officer,
        "receiving",
    )


def test_what_the_server_can_do(client, settings):
    for path in ("/uploads/", begun(client, 9)):
        said = client.options(path)
        assert said.status_code == 204
        assert said.headers["Tus-Version"] == said.headers["Tus-Resumable"] == VERSION
        assert said.headers["Tus-Extension"] == "creation,termination,expiration"
        assert said.headers["Tus-Max-Size"] == str(settings.UPLOAD_LIMIT_OFFICER)


def test_what_will_not_be_taken_is_refused_with_its_sentence_and_nothing_is_stored(client, settings):
    settings.UPLOAD_LIMIT_OFFICER = 1_500_000
    refusals = [
        (create(client, 2_000_000), 413, "order.pdf is larger than 1.4\xa0MB."),
        (create(client, 9, "tool.exe"), 422, "tool.exe is not a kind of file we take."),
        (create(client, 0), 422, "order.pdf is empty."),
        (create(client, "many"), 400, "Send Upload-Length"),
        (create(client, -5), 400, "Send Upload-Length"),
        (create(client, 9, **{"Upload-Metadata": "filename"}), 400, "Send Upload-Length and the filename"),
        (create(client, 9, **{"Upload-Metadata": "filename !!"}), 400, "Send Upload-Length and the filename"),
        (create(client, 9, **{"Tus-Resumable": "0.2.2"}), 412, "Send the header Tus-Resumable"),
    ]
    for answer, status, words in refusals:
        assert answer.status_code == status, words
        assert words in answer.content.decode()
        assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert answer.headers["Tus-Version"] == VERSION
    assert not Document.objects.exists()


def test_staff_may_send_more(db, settings):
    settings.UPLOAD_LIMIT_OFFICER, settings.UPLOAD_LIMIT_STAFF = 100, 10 * 1024**3
    assert create(client_for(make_staff("analyst")), 10 * 1024**3, "records.csv").status_code == 201
    assert create(client_for(make_staff("analyst")), 10 * 1024**3 + 1, "records.csv").status_code == 413
    assert create(client_for(make_officer()), 101).status_code == 413


@pytest.mark.parametrize(
    ("offset", "body", "more", "status"),
    [
        (FRAME, b"x", {}, 409),
        (0, DATA + b"x", {}, 413),
        ("x", b"x", {}, 400),
        ("-1", b"x", {}, 400),
        (0, b"x", {"content_type": "application/octet-stream"}, 415),
        (0, b"x", {"Tus-Resumable": "2.0.0"}, 412),
        (0, b"x", {"Content-Length": ""}, 411),
    ],
)
def test_a_piece_that_does_not_fit(client, offset, body, more, status):
    path = begun(client, len(DATA))
    assert patch(client, path, offset, body, **more).status_code == status
    assert client.head(path).headers["Upload-Offset"] == "0"


def test_an_empty_piece_says_where_to_go_on(client):
    path = begun(client, len(DATA))
    patch(client, path, 0, DATA[:FRAME])
    said = patch(client, path, FRAME, b"")
    assert (said.status_code, said.headers["Upload-Offset"]) == (204, str(FRAME))
    patch(client, path, FRAME, DATA[FRAME:])
    said = patch(client, path, len(DATA), b"")
    assert (said.status_code, said.headers["Upload-Offset"]) == (204, str(len(DATA)))
    assert client.get(path).json()["state"] == "ready"


def test_content_that_is_something_else_is_refused_with_its_sentence(client):
    path = begun(client, 40)
    said = patch(client, path, 0, b"MZ" * 20)
    assert said.status_code == 422
    assert said.content.decode() == "order.pdf is named as PDF, but its content is something else."
    assert client.head(path).status_code == 404


def test_a_file_that_is_given_up_is_gone(client, vault):
    path = begun(client, len(DATA))
    patch(client, path, 0, DATA[:FRAME])
    assert delete(client, path).status_code == 204
    assert client.head(path).status_code == patch(client, path, FRAME, b"x").status_code == 404
    assert delete(client, path).status_code == 404
    assert not Document.objects.exists()
    assert not [path for path in vault.rglob("*") if path.is_file()]


def test_other_methods(client):
    path = begun(client, 9)
    assert client.put("/uploads/").status_code == 405
    assert client.post(path, headers={"Tus-Resumable": VERSION}).status_code == 405
    assert "PATCH" in client.put(path).headers["Allow"]


def test_a_strangers_file_is_not_there(client):
    path = begun(client, len(DATA))
    patch(client, path, 0, DATA[:FRAME])
    for person in (make_officer(), make_staff("analyst"), make_user()):
        other = client_for(person)
        assert other.get(path).status_code == other.head(path).status_code == 404
        assert patch(other, path, FRAME, DATA[FRAME:]).status_code == delete(other, path).status_code == 404
        assert create(other, 9).status_code == 201
    assert client.head(path).headers["Upload-Offset"] == str(FRAME)


def test_nobody_without_a_second_factor_sends_anything(officer):
    for stranger in (Client(), client_for(officer, verified=False)):
        assert create(stranger, 9).status_code == 302
    assert not Document.objects.exists()


def test_another_sites_request_is_refused(officer):
    strict = client_for(officer, enforce_csrf_checks=True)
    assert create(strict, 9).status_code == 403
    token = strict.get("/requests/").context["csrf_token"]
    path = create(strict, 9, **{"X-CSRFToken": str(token)}).headers["Location"]
    assert patch(strict, path, 0, DATA[:9]).status_code == delete(strict, path).status_code == 403
    assert patch(strict, path, 0, DATA[:9], **{"X-CSRFToken": str(token)}).status_code == 204


def test_an_old_page_gets_the_token_of_a_new_session_and_learns_whose_it_is(officer):
    before, after, other = (
        client_for(person, enforce_csrf_checks=True) for person in (officer, officer, make_officer())
    )
    said, new, strange = (client.get("/uploads/", headers={"X-Poll": "1"}) for client in (before, after, other))
    assert said.headers["Cache-Control"] == "no-store"
    path = create(before, len(DATA), **{"X-CSRFToken": said.json()["token"]}).headers["Location"]
    assert patch(after, path, 0, DATA, **{"X-CSRFToken": said.json()["token"]}).status_code == 403
    assert patch(after, path, 0, DATA, **{"X-CSRFToken": new.json()["token"]}).status_code == 204
    assert said.json()["person"] == new.json()["person"] != strange.json()["person"]
    assert not said.json()["person"].isdigit()
    page = ProofForm(user=officer, has_document=False)["document"].as_widget()
    assert f'data-uploads-person="{said.json()["person"]}"' in page
    assert (
        Client().get("/uploads/").status_code == client_for(officer, verified=False).get("/uploads/").status_code == 302
    )


def test_a_piece_keeps_the_session_and_a_question_does_not(client, settings):
    path = begun(client, len(DATA))

    def seen_after(act) -> bool:
        session = client.session
        session[SEEN_AT] = before = (timezone.now() - timedelta(minutes=10)).isoformat()
        session.save()
        act()
        return client.session[SEEN_AT] != before

    assert seen_after(lambda: patch(client, path, 0, DATA[:FRAME]))
    assert not seen_after(lambda: client.head(path))
    assert not seen_after(lambda: client.get(path, headers={"X-Poll": "1"}))


def test_a_piece_after_the_end_of_the_session_is_no_form_to_keep(client, officer):
    path = begun(client, len(DATA))
    session = client.session
    session[SEEN_AT] = (timezone.now() - timedelta(days=1)).isoformat()
    session.save()
    answer = create(client, len(DATA))
    assert (answer.status_code, answer.headers["Location"][:9]) == (302, "/sign-in/")
    assert not KeptForm.objects.exists()
    assert UserSession.objects.exclude(ended_at=None).exists()
    assert client_for(officer).head(path).status_code == 200


@contextmanager
def held(path: str):
    """Another request that sends a piece of this file and is not done."""
    uid, ready, done = path.split("/")[2], threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                Upload.objects.select_for_update().get(document__uid=uid)
                ready.set()
                done.wait(20)
        finally:
            connections.close_all()

    thread = threading.Thread(target=hold)
    thread.start()
    assert ready.wait(20)
    yield
    done.set()
    thread.join()


def test_two_pieces_at_once(committed_db, vault):
    client = client_for(make_officer())
    path = begun(client, len(DATA))
    with held(path):
        said = patch(client, path, 0, DATA)
        assert (said.status_code, said.content.decode()) == (
            423,
            "Another request sends a piece of this file just now.",
        )
        assert delete(client, path).status_code == 423
        assert client.head(path).headers["Upload-Offset"] == "0"
    assert patch(client, path, 0, DATA).status_code == 204


def test_many_at_once_store_one_file(committed_db, vault):
    """Whoever is second is told so; what is stored is the file."""
    officer = make_officer()
    path = begun(client_for(officer), len(DATA))
    clients, answers = [client_for(officer) for _ in range(4)], []

    def send(client: Client) -> None:
        try:
            answers.append(patch(client, path, 0, DATA).status_code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=send, args=(client,)) for client in clients]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert answers.count(204) == 1
    assert set(answers) <= {204, 409, 423}
    assert Document.objects.get().sha256 == hashlib.sha256(DATA).hexdigest()


def test_a_piece_costs_few_queries(client):
    path = begun(client, 3 * len(DATA))
    patch(client, path, 0, DATA[:FRAME])
    with CaptureQueriesContext(connection) as queries:
        patch(client, path, FRAME, DATA[:FRAME])
    own = [query["sql"] for query in queries if "documents_" in query["sql"]]
    assert len(own) == 3, own
