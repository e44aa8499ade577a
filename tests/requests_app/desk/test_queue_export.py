"""The list as a file: who may take it, what it holds, that no spreadsheet runs it, and what the trail says."""

import csv
import hashlib
import io
import json

import openpyxl
import pytest

from accounts.models import Agency
from accounts.services.list_files import TYPES
from foundation.audit.models import AuditEvent
from requests_app.services import queue_export
from tests.accounts.helpers import words
from tests.factories import request_at
from tests.people import client_for, make_agency, make_officer, make_staff

pytestmark = pytest.mark.django_db

URL = "/staff/queue/export/"
REASON = {"reason": "Weekly meeting", "file_type": "csv"}
FORMULAS = ("=HYPERLINK(1)", "+1", "-1", "@SUM(1)", "\tx", "\rx")


def taken(client, query="", **given):
    answer = client.post(f"{URL}{query}", REASON | given)
    assert answer.status_code == 200
    return b"".join(answer.streaming_content), answer


def table(content):
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def test_the_file_holds_what_the_filters_show_emergencies_too_and_no_word_of_a_case():
    user = make_staff("analyst", full_name="Jonas Weber")
    row = request_at("in_review", analyst=user, title="Operation Fjordlys", case_number="CN-77", facts="He stole.")
    emergency = request_at("submitted", kind="emergency")
    request_at("granted")
    content, answer = taken(client_for(user), "?status=in_review")
    assert answer["Content-Disposition"].startswith('attachment; filename="requests-')
    assert answer["Cache-Control"] == "no-store"
    lines = table(content)
    assert lines[0] == list(queue_export.HEADINGS)
    assert [line[0] for line in lines[1:]] == [row.reference]
    named = dict(zip(lines[0], lines[1], strict=True))
    assert (named["Assignee"], named["Identifiers"], named["Came by"]) == ("Jonas Weber", "2", "This portal")
    text = content.decode()
    for word in ("Fjordlys", "CN-77", "stole", row.officer.full_name, row.officer.email, "48213377"):
        assert word not in text
    everything = table(taken(client_for(user))[0])
    assert everything[1][0] == emergency.reference
    assert len(everything) == 4


def test_no_cell_of_either_file_is_a_formula():
    for number, name in enumerate(FORMULAS):
        agency = make_agency(f"Agency {number}")
        Agency.objects.filter(pk=agency.pk).update(name=name)
        request_at("in_review", officer=make_officer(agency))
    client = client_for(make_staff("analyst"))
    cells = [cell for line in table(taken(client)[0]) for cell in line]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert {f"'{name}" for name in FORMULAS} <= set(cells)
    content, answer = taken(client, file_type="xlsx")
    assert answer["Content-Type"] == TYPES["xlsx"]
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    assert [cell.value for cell in sheet[1]] == list(queue_export.HEADINGS)
    agency, identifiers = (queue_export.HEADINGS.index(name) for name in ("Agency", "Identifiers"))
    column = [row[agency] for row in sheet.iter_rows(min_row=2)]
    assert {cell.value.strip() for cell in column} == {name.strip() for name in FORMULAS}
    assert {cell.data_type for cell in column} == {"s"}
    assert {row[identifiers].value for row in sheet.iter_rows(min_row=2)} == {2}
    assert b"<f>" not in content


def test_the_trail_has_the_reason_the_filters_the_rows_and_the_hash_of_what_went_out():
    request_at("in_review")
    user = make_staff("auditor")
    content, _answer = taken(client_for(user), "?country=NO&after=1&evil=Anna")
    started, ended = AuditEvent.objects.filter(action__startswith="queue.export").order_by("pk")
    assert (started.action, ended.action) == ("queue.export_started", "queue.export_ended")
    assert started.actor_id == ended.actor_id == str(user.pk)
    assert started.reason == "Weekly meeting"
    assert started.object_id == ended.object_id
    first, last = (json.loads(bytes(event.payload))["data"] for event in (started, ended))
    assert first == {"filters": "country=NO", "format": "csv", "rows": 1}
    assert last == {
        "rows": 1, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest(), "whole": True,
    }  # fmt: skip


def test_who_hangs_up_leaves_how_much_went_out(monkeypatch):
    monkeypatch.setattr(queue_export, "_CHUNK", 1)
    officer = make_officer()
    for _ in range(3):
        request_at("in_review", officer=officer)
    user = make_staff("analyst")
    pieces = queue_export.content(queue_export.start(queue_export.Filters(), form="csv", reason="A test", by=user))
    sent = next(pieces) + next(pieces)
    pieces.close()
    ended = AuditEvent.objects.get(action="queue.export_ended")
    facts = json.loads(bytes(ended.payload))["data"]
    assert (facts["rows"], facts["whole"], ended.outcome) == (1, False, "broken_off")
    assert facts["sha256"] == hashlib.sha256(sent).hexdigest()


def test_restricted_requests_are_only_in_the_files_of_their_readers():
    hidden, seen = request_at("in_review", restricted=True), request_at("in_review")
    reader, other = make_staff("analyst"), make_staff("approver")
    hidden.named_readers.add(reader)
    assert hidden.reference not in taken(client_for(other))[0].decode()
    assert hidden.reference not in taken(client_for(other), "?restricted=yes")[0].decode()
    lines = table(taken(client_for(reader))[0])
    assert {line[0]: line[-1] for line in lines[1:]} == {hidden.reference: "Yes", seen.reference: "No"}


def test_only_with_the_right_a_reason_and_a_fresh_factor():
    request_at("in_review")
    for role in ("counsel", "custodian", "administrator"):
        client = client_for(make_staff(role))
        assert client.post(URL, REASON).status_code == 403
        assert "Download as a file" not in (words(client.get("/staff/queue/")) if role == "counsel" else "")
    stale = client_for(make_staff("analyst"), factor_age=3600)
    assert stale.post(URL, REASON).url.startswith("/sign-in/factor/")
    answer = client_for(make_staff("analyst")).post(URL, {"reason": " ", "file_type": "xlsx"})
    assert answer.status_code == 422
    assert "Write why you need the file" in words(answer)
    assert "checked" in answer.content.decode()
    assert not AuditEvent.objects.filter(action__startswith="queue.export").exists()


def test_more_rows_than_a_file_holds_are_refused_and_parts_follow_each_other(monkeypatch):
    officer = make_officer()
    rows = [request_at("in_review", officer=officer) for _ in range(3)]
    client = client_for(make_staff("analyst"))
    monkeypatch.setattr(queue_export, "_CHUNK", 2)
    assert sorted(line[0] for line in table(taken(client)[0])[1:]) == sorted(row.reference for row in rows)
    monkeypatch.setattr(queue_export, "MOST", 2)
    answer = client.post(URL, REASON)
    assert answer.status_code == 422
    assert "A file holds 2 requests at most." in words(answer)
