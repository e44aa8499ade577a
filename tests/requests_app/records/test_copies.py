"""The mark of each person's copy: one stored archive, the same bytes for everybody but at the end."""

import hashlib
import shutil
import subprocess
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from foundation.audit.models import AuditEvent
from foundation.core.jobs import JobState
from foundation.documents import services as documents
from foundation.documents.models import Document
from requests_app.models import DataRequest, Follower, IssuedFile, RecipientCopy
from requests_app.services import copies_of_recipients, copy_marks
from requests_app.services.archive import unwrap_passphrase
from tests.people import client_for, make_officer
from tests.requests_app.records.steps import granted_request, released_package
from tests.requests_app.records.test_downloads import body, content, url


@pytest.fixture
def released(db, company, quick_letter):
    return released_package(granted_request())


@pytest.fixture
def follower(released):
    person = make_officer(released.data_request.agency)
    Follower.objects.create(data_request=released.data_request, user=person, added_at=timezone.now(), added_by=person)
    return person


def test_two_people_get_the_same_bytes_but_for_their_marks(released, follower):
    clients = [client_for(person) for person in (released.data_request.officer, follower)]
    answers = [client.get(url(released, "archive")) for client in clients]
    one, other = (body(answer) for answer in answers)
    assert one != other
    assert one[: -len(copy_marks.BLANK)] == other[: -len(copy_marks.BLANK)]
    assert answers[0]["ETag"] != answers[1]["ETag"]
    stored = content(released.archive)
    blank = copy_marks.BLANK.encode()
    assert one[: -len(blank)] + blank == other[: -len(blank)] + blank == stored
    copies = {copy.user_id: copy for copy in RecipientCopy.objects.all()}
    mine, theirs = copies[released.data_request.officer_id], copies[follower.pk]
    assert (mine.sha256, theirs.sha256) == tuple(hashlib.sha256(part).hexdigest() for part in (one, other))
    assert copy_marks.mark_in(one[-200:]) == mine.mark
    page = clients[0].get(url(released)).content.decode()
    assert mine.sha256 in page
    assert mine.mark in page
    assert released.archive.sha256 in page
    assert theirs.sha256 not in page
    assert theirs.mark not in page
    assert set(IssuedFile.objects.filter(sha256__in=[mine.sha256, theirs.sha256]).values_list("kind", flat=True)) == {
        "archive"
    }


def test_a_second_session_gets_the_same_copy_and_a_resume_of_anothers_starts_again(released, follower):
    officer = released.data_request.officer
    first = client_for(officer).get(url(released, "archive"), headers={"range": "bytes=0-9"})
    body(first)
    second = client_for(officer).get(
        url(released, "archive"), headers={"range": "bytes=10-", "if-range": first["ETag"]}
    )
    assert second.status_code == 206
    body(second)
    assert RecipientCopy.objects.count() == 1
    others = client_for(follower).get(
        url(released, "archive"), headers={"range": "bytes=10-", "if-range": first["ETag"]}
    )
    assert others.status_code == 200
    body(others)


def test_the_trail_keeps_a_hash_of_the_mark_and_not_the_mark(released):
    body(client_for(released.data_request.officer).get(url(released, "archive")))
    mark = RecipientCopy.objects.get().mark
    event = AuditEvent.objects.get(action="package.download_opened")
    assert hashlib.sha256(mark.encode()).hexdigest().encode() in bytes(event.payload)
    assert not any(mark.encode() in bytes(each.payload) for each in AuditEvent.objects.all())


def test_a_large_archive_is_hashed_by_a_worker(released, monkeypatch):
    monkeypatch.setattr(copies_of_recipients, "_AT_ONCE", 0)
    client = client_for(released.data_request.officer)
    whole = body(client.get(url(released, "archive")))
    copy = RecipientCopy.objects.get()
    assert (copy.sha256, copy.state) == ("", JobState.PENDING)
    assert "Its hash is being computed" in client.get(url(released)).content.decode()
    assert copies_of_recipients.hash_due(at=timezone.now()) == 1
    copy.refresh_from_db()
    assert (copy.sha256, copy.state) == (hashlib.sha256(whole).hexdigest(), JobState.DONE)
    assert copies_of_recipients.hash_due(at=timezone.now() + timedelta(days=1)) == 0


def test_a_copy_whose_archive_cannot_be_read_waits_and_is_tried_again(released, monkeypatch):
    monkeypatch.setattr(copies_of_recipients, "_AT_ONCE", 0)
    copies_of_recipients.copy_for(released, user=released.data_request.officer)
    documents.purge(released.archive, by=None, reason="x")
    copies_of_recipients.hash_due(at=timezone.now())
    copy = RecipientCopy.objects.get()
    assert (copy.sha256, copy.state, copy.attempts) == ("", JobState.PENDING, 1)
    assert not IssuedFile.objects.filter(issued_at=copy.made_at).exclude(issued_at=released.released_at).exists()


def test_an_archive_from_before_the_marks_is_served_as_it_is(released, monkeypatch):
    monkeypatch.setattr(copies_of_recipients, "_has_room", lambda _archive: False)
    answer = client_for(released.data_request.officer).get(url(released, "archive"))
    assert body(answer) == content(released.archive)
    assert answer["ETag"] == f'"{released.archive.sha256}"'
    assert not RecipientCopy.objects.exists()


@pytest.mark.skipif(not shutil.which("7z"), reason="7-Zip is not installed")
def test_seven_zip_opens_a_copy_and_the_hashes_agree(released, tmp_path):
    copy = tmp_path / "copy.zip"
    copy.write_bytes(body(client_for(released.data_request.officer).get(url(released, "archive"))))
    secret = f"-p{unwrap_passphrase(released)}"
    listed = subprocess.run(["7z", "l", "-slt", copy], capture_output=True, text=True, check=True).stdout
    assert f"Mark: {RecipientCopy.objects.get().mark}" in listed
    assert "Method = AES-256 Store" in listed
    tested = subprocess.run(["7z", "t", secret, copy], capture_output=True, text=True, check=True).stdout
    assert "Everything is Ok" in tested
    assert "Warning" not in tested
    subprocess.run(["7z", "x", secret, f"-o{tmp_path}/out", copy], capture_output=True, check=True)
    checked = subprocess.run(
        ["sha256sum", "-c", "manifest.txt"], cwd=tmp_path / "out", capture_output=True, check=False
    )
    assert checked.returncode == 0


def test_a_copy_with_zeros_for_its_mark_has_the_hash_of_the_archive(released, tmp_path):
    copy = tmp_path / "copy.zip"
    copy.write_bytes(body(client_for(released.data_request.officer).get(url(released, "archive"))))
    recipe = f"(head -c -{len(copy_marks.BLANK)} {copy}; printf {copy_marks.BLANK}) | sha256sum"
    found = subprocess.run(["sh", "-c", recipe], capture_output=True, text=True, check=True).stdout
    assert found.split()[0] == released.archive.sha256


def test_a_mark_is_read_as_it_is_typed():
    mark = copy_marks.new_mark()
    assert len(copy_marks.comment(mark)) == len(copy_marks.comment(copy_marks.BLANK))
    assert copy_marks.normalise_mark(f" {mark.lower().replace('-', ' ')} ") == mark
    assert copy_marks.normalise_mark(mark[:-1]) is None
    assert copy_marks.normalise_mark(mark[:-1] + "U") is None
    assert copy_marks.mark_in(b"x" + copy_marks.comment(mark) + b"more") == mark
    assert copy_marks.mark_in(copy_marks.comment(copy_marks.BLANK)) is None
    assert copy_marks.mark_in(b"nothing") is None


def ask(client, **values):
    return client.post("/staff/copies/", values)


def test_a_mark_leads_to_the_person_and_the_question_is_noted(released, follower):
    for person in (released.data_request.officer, follower):
        body(client_for(person).get(url(released, "archive")))
    approver = client_for(released.data_request.test_people.approver)
    copy = RecipientCopy.objects.get(user=follower)
    answer = ask(approver, mark=copy.mark.lower().replace("-", " "))
    assert answer.headers["Location"] == f"/staff/copies/{copy.uid}/"
    page = approver.get(answer.headers["Location"]).content.decode()
    assert follower.get_full_name() in page
    assert follower.email in page
    assert released.data_request.officer.email not in page
    assert copy.sha256 in page
    event = AuditEvent.objects.get(action="package.copy_traced")
    assert (event.outcome, event.object_label) == ("ok", released.data_request.reference)


def test_the_end_of_a_file_is_enough_and_nothing_of_it_is_kept(released):
    whole = body(client_for(released.data_request.officer).get(url(released, "archive")))
    approver = client_for(released.data_request.test_people.approver)
    before = Document.objects.count()
    found = ask(approver, upload=SimpleUploadedFile("found.zip", b"x" * 200_000 + whole + b"\0" * 1000))
    assert found.headers["Location"] == f"/staff/copies/{RecipientCopy.objects.get().uid}/"
    cut = ask(approver, upload=SimpleUploadedFile("found.zip", whole[:-20]))
    assert (cut.status_code, "no mark at the end" in cut.content.decode()) == (422, True)
    assert Document.objects.count() == before
    approver.handler.enforce_csrf_checks = True
    assert ask(approver, upload=SimpleUploadedFile("found.zip", whole)).status_code == 403


def test_a_mark_nobody_has_and_one_of_a_case_that_is_kept_away_look_alike(released):
    body(client_for(released.data_request.officer).get(url(released, "archive")))
    copy = RecipientCopy.objects.get()
    approver = client_for(released.data_request.test_people.approver)
    DataRequest.objects.update(restricted=True, restricted_because="x")
    pages = [ask(approver, mark=mark) for mark in (copy.mark, copy_marks.new_mark())]
    assert [answer.status_code for answer in pages] == [422, 422]
    assert all("We know no copy with this mark" in answer.content.decode() for answer in pages)
    assert approver.get(f"/staff/copies/{copy.uid}/").status_code == 404
    assert set(AuditEvent.objects.filter(action="package.copy_traced").values_list("outcome", "object_id")) == {
        ("not_found", "")
    }
    for wrong in ({"mark": "short"}, {}):
        assert ask(approver, **wrong).status_code == 422
    assert client_for(released.data_request.test_people.analyst).get("/staff/copies/").status_code == 403
