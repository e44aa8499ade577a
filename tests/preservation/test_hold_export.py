"""The list of holds as a file: who may take it, what it holds, that no spreadsheet runs it, and what the trail says."""

import csv
import hashlib
import io
import json
from datetime import timedelta

import openpyxl
import pytest
from django.utils import timezone

from accounts.models import Agency
from foundation.audit.models import AuditEvent
from preservation.list_filters import Filters
from preservation.models import PreservationHold
from preservation.services import hold_export
from tests.accounts.helpers import words
from tests.people import client_for, make_agency, make_officer, make_staff
from tests.preservation.holds import extension_of, hold_of

pytestmark = pytest.mark.django_db
URL = "/staff/holds/export/"
REASON = {"reason": "Weekly meeting", "file_type": "csv"}
FORMULAS = ("=HYPERLINK(1)", "+1", "@SUM(1)", "\tx")


def started(days_ago=20, officer=None, **more):
    return hold_of(officer, at=timezone.now() - timedelta(days=days_ago), **more)


def taken(client, query="", **given):
    answer = client.post(f"{URL}{query}", REASON | given)
    assert answer.status_code == 200
    return b"".join(answer.streaming_content), answer


def table(content):
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def test_the_file_holds_what_the_filters_show_and_no_word_of_a_case():
    hold, other = started(60, title="Operation Fjordlys", case_number="CN-77"), started(5)
    extension_of(hold, at=timezone.now())
    started(95, status="expired")
    started(95, status="on_treaty")
    client = client_for(make_staff("preservation_admin"))
    content, answer = taken(client, "?state=asked")
    assert answer["Content-Disposition"].startswith('attachment; filename="holds-')
    assert answer["Cache-Control"] == "no-store"
    lines = table(content)
    assert lines[0] == list(hold_export.HEADINGS)
    assert [line[0] for line in lines[1:]] == [hold.reference]
    named = dict(zip(lines[0], lines[1], strict=True))
    assert (named["Identifiers"], named["Extension asked"], named["Extensions granted"]) == ("2", "Yes", "0")
    assert named["Ends (UTC)"] == f"{hold.expires_at:%Y-%m-%dT%H:%M:%SZ}"
    for word in ("Fjordlys", "CN-77", hold.officer.full_name, hold.officer.email, "48213377"):
        assert word not in content.decode()
    rows = {line[0]: line[1] for line in table(taken(client)[0])[1:]}
    assert [rows.pop(row.reference) for row in (hold, other)] == ["Extension asked", "To be accepted"]
    assert list(rows.values()) == ["Kept during the treaty request"]


def test_no_cell_of_either_file_is_a_formula(monkeypatch):
    monkeypatch.setattr(hold_export, "_CHUNK", 2)
    for number, name in enumerate(FORMULAS):
        agency = make_agency(f"Agency {number}")
        started(5, make_officer(agency))
        Agency.objects.filter(pk=agency.pk).update(name=name)
    client = client_for(make_staff("analyst"))
    lines = table(taken(client)[0])
    assert len(lines) == 1 + len(FORMULAS)
    cells = {cell for line in lines for cell in line}
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert {f"'{name}" for name in FORMULAS} <= cells
    content = taken(client, file_type="xlsx")[0]
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert book.active.title == "Holds"
    place = hold_export.HEADINGS.index("Agency")
    assert {row[place].value.strip() for row in book.active.iter_rows(min_row=2)} == {name.strip() for name in FORMULAS}


def test_the_trail_has_the_reason_the_filters_and_the_hash_of_what_went_out():
    started()
    user = make_staff("auditor")
    content, _answer = taken(client_for(user), "?country=NO&after=1&evil=Anna")
    begun, ended = AuditEvent.objects.filter(action__startswith="hold.list_export").order_by("pk")
    assert (begun.action, ended.action) == ("hold.list_exported", "hold.list_export_ended")
    assert (begun.reason, begun.object_id) == ("Weekly meeting", ended.object_id)
    first, last = (json.loads(bytes(event.payload))["data"] for event in (begun, ended))
    assert first == {"filters": "country=NO", "format": "csv", "rows": 1}
    assert last == {
        "rows": 1, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest(), "whole": True,
    }  # fmt: skip


def test_restricted_holds_are_only_in_the_files_of_those_who_decide_and_name_no_request():
    hidden = started()
    PreservationHold.objects.filter(pk=hidden.pk).update(restricted=True, request_reference="MX-26-PTQN5JE")
    assert len(table(taken(client_for(make_staff("approver")))[0])) == 1
    user = make_staff("preservation_admin")
    text = taken(client_for(user))[0].decode()
    assert hidden.reference in text
    assert "MX-26-PTQN5JE" not in text
    export = hold_export.start(Filters(), form="csv", reason="A test", by=user)
    user.staff_roles.update(ended_at=timezone.now())
    assert hidden.reference not in b"".join(hold_export.content(export)).decode()


def test_only_with_the_right_a_reason_and_a_fresh_factor(monkeypatch):
    started()
    for role in ("counsel", "custodian", "administrator"):
        client = client_for(make_staff(role))
        assert client.post(URL, REASON).status_code == 403
    assert "Download as a file" not in words(client_for(make_staff("counsel")).get("/staff/holds/"))
    assert client_for(make_staff("analyst"), factor_age=3600).post(URL, REASON).url.startswith("/sign-in/factor/")
    client = client_for(make_staff("analyst"))
    answer = client.post(URL, {"reason": " ", "file_type": "xlsx"})
    assert (answer.status_code, "Write why you need the file" in words(answer)) == (422, True)
    monkeypatch.setattr(hold_export, "MOST", 0)
    assert "Set more filters" in words(client.post(URL, REASON))
    assert not AuditEvent.objects.filter(action__startswith="hold.list_export").exists()
