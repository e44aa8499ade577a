"""The page of the second signature: what each line tells, long decisions in parts, ticks that stay."""

import pytest

from requests_app.enums import LineDecision
from requests_app.views.staff import approvals
from tests.people import client_for, make_staff
from tests.requests_app.desk.pages import proposed

pytestmark = pytest.mark.django_db


def test_a_long_decision_has_parts_and_a_refused_form_keeps_part_and_ticks(monkeypatch):
    monkeypatch.setattr(approvals, "LINES", 3)
    proposal = proposed()
    client = client_for(make_staff("approver"))
    address = f"/staff/approvals/{proposal.data_request.reference}/"

    first, second = client.get(address).content.decode(), client.get(f"{address}?part=2").content.decode()
    assert "Part 1 of 2, 4 lines" in first
    assert 'name="line" value="3"' in first
    assert 'name="line" value="4"' not in first
    assert 'name="line" value="4"' in second

    typed = {"seen": proposal.content_hash, "part": "2", "line": "4", "why": ""}
    again = client.post(f"{address}send-back/", typed).content.decode()
    assert "write why you send it back" in again
    assert 'name="line" value="4" checked' in again


def test_each_line_says_what_it_tells_the_officer():
    client = client_for(make_staff("approver"))
    for decision, words in (
        (LineDecision.PRODUCE, "Tells the officer of the account"),
        (LineDecision.NO_RECORDS, "Tells the officer that the account was not used for this"),
    ):
        reference = proposed(decision=decision).data_request.reference
        page = client.get(f"/staff/approvals/{reference}/").content.decode()
        assert words in page
        assert f"/staff/requests/{reference}/letter/0/1.png" in page
