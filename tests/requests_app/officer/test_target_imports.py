"""A file of identifiers: sent, checked, read, cancelled, refused; and what the officer sees of it."""

import csv
import io
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.db import OperationalError
from django.urls import reverse
from django.utils import timezone

from accounts.session_life import SEEN_AT
from foundation.audit.models import AuditEvent
from foundation.core.errors import Incomplete, Stale
from foundation.core.identifiers import read_identifier
from foundation.core.jobs import JobState
from foundation.documents import services as documents
from foundation.documents.enums import DocumentState
from foundation.documents.errors import DocumentRefused
from requests_app import tasks
from requests_app.enums import RequestStatus, TargetRole
from requests_app.models import DataRequest, TargetImport
from requests_app.services import drafts, intake, target_imports, targets
from tests.factories import request_at
from tests.people import client_for, make_officer
from tests.requests_app.officer.lists import csv_upload, found_clean, uids, xlsx_upload

pytestmark = pytest.mark.django_db
LIST = (
    "type,identifier,network,tag,role,note\n"
    "uid,48213377,,,suspect,first account\n"
    "phone,0044 7700 900461,,,,\n"
    "uid,48213377,,,,again\n"
    "uid,not a number,,,,\n"
    "wallet,rEb8TK3gBgk5auZkwc6sHnwrGVJH8DuaLh,xrp,12345,victim,\n"
    'uid,"=HYPERLINK(""http://evil.example"")",,,,\n'
)


@pytest.fixture
def draft():
    found = request_at("draft")
    found.targets.all().delete()
    return found


def send(draft, upload, **changes):
    draft.refresh_from_db()
    return target_imports.start(draft, upload, version=draft.lock_version, by=draft.officer, **changes)


def read(draft, upload, **changes):
    row = send(draft, upload, **changes)
    found_clean(row.document)
    return target_imports.run(row.pk)


def page_of(row, name="identifiers_import"):
    return reverse(f"officer:{name}", args=[row.data_request.uid, row.uid])


def test_every_row_is_answered(draft):
    row = read(draft, csv_upload(LIST), role="witness")
    assert row.state == JobState.DONE
    assert (row.total, row.added, row.duplicates, row.refused, row.corrected) == (6, 3, 1, 2, 1)
    assert [(number, verdict) for number, _given, verdict, _why in row.results] == [
        (3, "corrected"), (5, "refused"), (7, "refused")]  # fmt: skip
    assert all(why for _number, _given, _verdict, why in row.results)
    uid, phone, wallet = draft.targets.order_by("pk")
    assert (uid.role, uid.note, uid.batch) == ("suspect", "first account", row.batch)
    assert (phone.role, phone.given, phone.normalised) == ("witness", "0044 7700 900461", "+447700900461")
    assert (wallet.detail, wallet.role) == ("tag:12345", "victim")


def test_an_excel_file_is_read_the_same_way(draft):
    rows = [("type", "identifier", "note"), ("uid", 48213377, "x"), ("email", "A@Mail.example", ""), ("uid", "", "")]
    row = read(draft, xlsx_upload(rows))
    assert (row.added, row.refused) == (2, 1)
    assert set(draft.targets.values_list("normalised", flat=True)) == {"48213377", "a@mail.example"}


def test_an_import_is_undone_as_a_whole(draft):
    targets.add_identifiers(draft, [read_identifier("uid", "48213377")], version=draft.lock_version, by=draft.officer)
    read(draft, csv_upload(LIST))
    assert draft.targets.count() == 3
    draft.refresh_from_db()
    targets.undo(draft, targets.undoable(draft).pk, version=draft.lock_version, by=draft.officer)
    assert list(draft.targets.values_list("given", flat=True)) == ["48213377"]


def test_from_the_page_to_the_result(draft):
    browser = client_for(draft.officer)
    url = reverse("officer:step_identifiers", args=[draft.uid])
    sent = browser.post(url, {"lock_version": draft.lock_version, "action": "import", "list-role": "unknown",
                              "list-file": csv_upload(LIST)})  # fmt: skip
    row = draft.imports.get()
    assert sent.url == page_of(row)
    waiting = browser.get(sent.url).content.decode()
    assert "data-poll" in waiting
    assert "checked for viruses" in waiting
    target_imports.run(row.pk)
    assert TargetImport.objects.get().state == JobState.PENDING  # not scanned yet: it waits, and no try is counted
    assert TargetImport.objects.get().attempts == 0
    found_clean(row.document)
    target_imports.run_due(at=timezone.now() + timedelta(minutes=1))
    result = browser.get(sent.url).content.decode()
    assert "data-poll" not in result
    assert "Your file was read" in result
    assert "not a number" in result
    assert "See each line" in browser.get(url).content.decode()


def test_the_refused_rows_come_back_as_a_table_without_formulas(draft):
    row = read(draft, csv_upload(LIST))
    answer = client_for(draft.officer).get(page_of(row, "identifiers_import_refused"))
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [line[0] for line in lines] == ["row", "5", "7"]
    assert all(cell[:1] not in "=+-@\t\r" for line in lines for cell in line if cell)
    assert answer["Content-Disposition"].startswith("attachment")


def test_the_results_are_shown_by_fifty(draft):
    row = read(draft, csv_upload("\n".join(f"uid,x{number}" for number in range(120))))
    browser = client_for(draft.officer)
    for query, count in (("", 50), ("?page=3", 20), ("?page=99", 20), ("?page=x", 50)):
        shown = BeautifulSoup(browser.get(page_of(row) + query).content, "html.parser")
        assert len(shown.select("tbody tr")) == count


@pytest.mark.parametrize(
    ("upload", "words"),
    [
        (csv_upload("type,identifier\n"), "no identifiers in this file"),
        (csv_upload("\n".join(uids(0, 10_001))), "more than 10,000 rows"),
        (xlsx_upload([]), "no identifiers in this file"),
    ],
)
def test_a_file_that_cannot_be_used_says_why_and_adds_nothing(draft, upload, words):
    row = read(draft, upload)
    assert row.state == JobState.GIVEN_UP
    assert words in row.last_error
    assert not draft.targets.exists()
    shown = client_for(draft.officer).get(page_of(row)).content.decode()
    assert "Nothing was added" in shown
    assert words in shown


@pytest.mark.parametrize(
    "upload", [csv_upload("", "list.csv"), csv_upload("%PDF-1.4", "list.pdf"), csv_upload("uid,1", "list.exe")]
)
def test_what_is_no_table_is_refused_before_it_is_taken(draft, upload):
    browser, url = client_for(draft.officer), reverse("officer:step_identifiers", args=[draft.uid])
    page = browser.post(url, {"lock_version": draft.lock_version, "action": "import", "list-file": upload,
                              "list-role": "unknown", "value": "typed"})  # fmt: skip
    assert page.status_code == 422
    assert 'value="typed"' in page.content.decode()
    assert not TargetImport.objects.exists()


def test_an_infected_file_is_never_opened(draft):
    row = send(draft, csv_upload(LIST))
    found_clean(row.document, DocumentState.INFECTED, refusal="A virus was found in this file.")
    row = target_imports.run(row.pk)
    assert (row.state, row.last_error) == (JobState.GIVEN_UP, "A virus was found in this file.")
    assert not draft.targets.exists()


def test_a_draft_that_would_hold_too_many_takes_none(draft):
    targets.add_identifiers(
        draft, [read_identifier("uid", value) for value in uids(0, 9_999)], version=draft.lock_version, by=draft.officer
    )
    row = read(draft, csv_upload("uid,48213377\nuid,48213378\n"))
    assert "at most 10,000" in row.last_error
    assert draft.targets.count() == 9_999


def test_a_draft_that_was_sent_meanwhile_gets_nothing(draft):
    row = send(draft, csv_upload(LIST))
    found_clean(row.document)
    sent = request_at("submitted")
    DataRequest.objects.filter(pk=draft.pk).update(
        status=RequestStatus.SUBMITTED,
        reference="MX-TEST",
        submitted_at=sent.submitted_at,
        deadline_at=sent.deadline_at,
    )
    row = target_imports.run(row.pk)
    assert row.state == JobState.GIVEN_UP
    assert "sent before" in row.last_error
    assert not draft.targets.exists()


def test_a_draft_that_was_deleted_meanwhile_takes_its_file_along(draft):
    row = send(draft, csv_upload(LIST))
    drafts.delete(draft, by=draft.officer)
    assert target_imports.run(row.pk) is None
    row.document.refresh_from_db()
    assert row.document.state == DocumentState.PURGED


def test_a_worker_that_dies_is_followed_without_doubles(draft, monkeypatch):
    row = send(draft, csv_upload("\n".join(uids(0, 600))))
    found_clean(row.document)
    monkeypatch.setattr(target_imports, "_store", killed)
    with pytest.raises(KeyboardInterrupt):
        target_imports.run(row.pk)
    half = TargetImport.objects.get()
    assert (half.state, half.done, half.total) == (JobState.RUNNING, 500, 599)
    assert not draft.targets.exists()
    monkeypatch.undo()
    assert target_imports.run(row.pk) is None  # the dead one still holds it
    row = target_imports.run(row.pk, at=timezone.now() + timedelta(minutes=6))
    assert (row.state, row.added) == (JobState.DONE, 600)
    assert draft.targets.count() == 600
    assert target_imports.run(row.pk) is None


def killed(*_args, **_kwargs):
    raise KeyboardInterrupt


def test_a_file_that_kills_every_worker_is_given_up(draft, monkeypatch):
    row = send(draft, csv_upload(LIST))
    found_clean(row.document)
    at = timezone.now()
    with monkeypatch.context() as broken:
        broken.setattr(target_imports, "_read", killed)
        for _try in range(target_imports.TRIES):
            with pytest.raises(KeyboardInterrupt):
                target_imports.run(row.pk, at=at)
            at += timedelta(minutes=6)
    row = target_imports.run(row.pk, at=at)
    assert row.state == JobState.GIVEN_UP
    assert "after several tries" in row.last_error


def test_a_database_that_goes_away_means_another_try(draft, monkeypatch):
    row = send(draft, csv_upload(LIST))
    found_clean(row.document)
    with monkeypatch.context() as broken:
        broken.setattr(target_imports, "_read", gone)
        assert target_imports.run(row.pk).state == JobState.PENDING
    assert target_imports.run(row.pk, at=timezone.now() + timedelta(minutes=2)).state == JobState.DONE


def gone(*_args, **_kwargs):
    raise OperationalError("gone")


def test_cancelling_stops_a_worker_in_the_middle(draft, monkeypatch):
    row = send(draft, csv_upload("\n".join(uids(0, 600))))
    found_clean(row.document)
    renew = target_imports._renew

    def cancelled(held, **done):
        target_imports.cancel(TargetImport.objects.get(), by=draft.officer)
        renew(held, **done)

    monkeypatch.setattr(target_imports, "_renew", cancelled)
    row = target_imports.run(row.pk)
    assert (row.state, row.last_error) == (JobState.GIVEN_UP, "You cancelled it.")
    assert not draft.targets.exists()


def test_cancelling_from_the_page_and_twice(draft):
    row = send(draft, csv_upload(LIST))
    browser = client_for(draft.officer)
    assert browser.get(page_of(row, "identifiers_import_cancel")).url == page_of(row)
    assert browser.post(page_of(row, "identifiers_import_cancel")).status_code == 302
    again = browser.post(page_of(row, "identifiers_import_cancel"))
    assert again.url == page_of(row)
    assert "was read already" in browser.get(again.url).content.decode()
    found_clean(row.document)
    assert target_imports.run(row.pk) is None
    assert not draft.targets.exists()


def test_one_file_at_a_time_and_no_second_window(draft):
    browser, url = client_for(draft.officer), reverse("officer:step_identifiers", args=[draft.uid])
    send(draft, csv_upload(LIST))
    draft.refresh_from_db()
    data = {"action": "import", "list-role": "unknown"}
    busy = browser.post(url, data | {"lock_version": draft.lock_version, "list-file": csv_upload("uid,48213399")})
    assert "Another file is being read" in busy.content.decode()
    old = browser.post(url, data | {"lock_version": 0, "list-file": csv_upload("uid,48213399")})
    assert old.status_code == 409
    assert "list.csv" in BeautifulSoup(old.content, "html.parser").select_one("[data-sent]").get_text()
    with pytest.raises(Stale):
        target_imports.start(draft, csv_upload("uid,48213399"), version=0, by=draft.officer)
    assert draft.imports.count() == 1


def test_files_and_results_go_after_a_week_or_with_the_sending(draft):
    row = read(draft, csv_upload(LIST))
    assert target_imports.forget() == 0
    assert target_imports.forget(at=timezone.now() + timedelta(days=8)) == 1
    row.document.refresh_from_db()
    assert row.document.state == DocumentState.PURGED
    assert TargetImport.objects.get().results == []
    with pytest.raises(DocumentRefused):
        documents.require_clean(row.document)
    assert target_imports.forget(at=timezone.now() + timedelta(days=8)) == 0


def test_nobody_else_sees_a_file_or_its_rows(draft):
    row = read(draft, csv_upload(LIST))
    for person in (make_officer(), make_officer(draft.agency, lead=True)):
        browser = client_for(person)
        for name in ("identifiers_import", "identifiers_import_cancel", "identifiers_import_refused"):
            assert browser.get(page_of(row, name)).status_code == 404
        assert browser.post(page_of(row, "identifiers_import_cancel")).status_code == 404
    other = request_at("draft", officer=draft.officer)
    own = client_for(draft.officer)
    assert own.get(reverse("officer:identifiers_import", args=[other.uid, row.uid])).status_code == 404


def test_a_page_that_asks_again_keeps_no_session_alive(draft):
    row = send(draft, csv_upload(LIST))
    browser = client_for(draft.officer)
    before = (timezone.now() - timedelta(minutes=5)).isoformat()
    session = browser.session
    session[SEEN_AT] = before
    session.save()
    assert browser.get(page_of(row), headers={"X-Poll": "1"}).status_code == 200
    assert browser.get(page_of(row) + "?refreshed=1").status_code == 200
    assert browser.session[SEEN_AT] == before
    browser.get(page_of(row))
    assert browser.session[SEEN_AT] != before


def test_the_trail_counts_rows_and_holds_none(draft):
    read(draft, csv_upload(LIST))
    ended = AuditEvent.objects.get(action="request.import_ended")
    assert b'"rows":6' in bytes(ended.payload)
    stored = b"".join(bytes(event.payload) for event in AuditEvent.objects.all())
    assert b"48213377" not in stored
    assert b"evil.example" not in stored


def test_the_task_and_the_sweep_do_what_is_due(draft, monkeypatch):
    monkeypatch.setattr(tasks, "PATIENCE", 0)
    row = send(draft, csv_upload(LIST))
    found_clean(row.document)
    tasks.import_targets(row.pk)
    assert draft.targets.count() == 3
    second = send(draft, csv_upload("uid,48213399", "second.csv"))
    found_clean(second.document)
    tasks.sweep()
    assert draft.targets.count() == 4


def test_the_file_with_the_columns_is_read_as_it_stands(draft):
    answer = client_for(draft.officer).get(reverse("officer:identifiers_template", args=[draft.uid]))
    row = read(draft, csv_upload(answer.content.decode("utf-8-sig")))
    assert (row.refused, row.added) == (0, 3)


def test_a_request_is_not_sent_while_a_file_is_being_read(draft):
    targets.add_identifiers(draft, [read_identifier("uid", "48213377")], version=draft.lock_version, by=draft.officer)
    row = send(draft, csv_upload(LIST))
    draft.refresh_from_db()
    with pytest.raises(Incomplete, match="still being read"):
        intake.submit(draft, version=draft.lock_version, declared=True, by=draft.officer)
    target_imports.cancel(row, by=draft.officer)
    assert intake.submit(draft, version=draft.lock_version, declared=True, by=draft.officer).reference


def test_a_role_that_is_not_known_is_told(draft):
    content = "type,identifier,role\nuid,48213377,klingon\nuid,48213378,victim\n"
    row = read(draft, csv_upload(content), role=TargetRole.SUSPECT)
    assert draft.targets.get(normalised="48213377").role == row.role
    assert [(number, verdict) for number, _given, verdict, _why in row.results] == [(2, "corrected")]
    assert 'do not know the role "klingon"' in row.results[0][3]
