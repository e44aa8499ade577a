"""The page of the second signature: what each line tells, long decisions in parts, ticks that stay."""

import pytest
from django.utils import timezone

from requests_app.enums import LineDecision
from requests_app.services import decision_paper, decisions
from requests_app.services.contents import terms_typed
from requests_app.services.decision_paper import content_of
from requests_app.views.staff import approvals
from tests.people import client_for, make_staff
from tests.requests_app.desk.pages import TERMS, proposed, ready

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

    typed = {"seen": proposal.content_hash, "view": "2", "line": "4", "why": ""}
    again = client.post(f"{address}send-back/", typed).content.decode()
    assert "write why you send it back" in again
    assert 'name="line" value="4" checked' in again


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"line": "2"}, "You marked line 2 to be sent back: untick it, or send the decision back"),
        ({"line": ["1", "3"], "why": "Look again"}, "You marked lines 1, 3 to be sent back: untick them"),
        ({"why": "Look again"}, "You wrote why you send it back"),
    ],
)
def test_what_is_marked_to_be_sent_back_is_not_approved(typed, words):
    proposal = proposed()
    client = client_for(make_staff("approver"))
    given = {"seen": proposal.content_hash, "conflict": "on", "read": "on"} | typed
    answer = client.post(f"/staff/approvals/{proposal.data_request.reference}/sign/", given)
    page = answer.content.decode()
    assert (answer.status_code, words in page) == (422, True)
    assert all(f'name="line" value="{n}" checked' in page for n in typed.get("line", ""))
    assert ("Look again" in page) == ("why" in typed)
    proposal.refresh_from_db()
    assert proposal.status == "proposed"


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


def test_in_part_is_called_so_and_a_line_beside_a_produced_one_does_not_hide_the_account():
    data_request = ready()
    target = data_request.targets.first()
    one = data_request.lines.filter(target=target).first()
    data_request.lines.filter(pk=one.pk).update(decision=LineDecision.REFUSE, refusal_code="overbroad")
    proposal = decisions.propose(data_request, terms=TERMS, by=data_request.assignee)
    page = client_for(make_staff("approver")).get(f"/staff/approvals/{data_request.reference}/").content.decode()
    count = data_request.lines.count()
    assert f"Disclose in part ({count - 1} of {count} lines)" in page
    assert ("by another line" in page) == data_request.lines.filter(
        target__account=target.account, decision=LineDecision.PRODUCE
    ).exists()
    letter = decision_paper.paper_of(data_request, content_of(proposal), proposal=proposal, at=timezone.now())
    assert "Send a new request for what was not disclosed" in letter.appeal


def test_what_was_never_searched_is_called_so_and_a_referral_without_a_hold_says_it():
    data_request = ready(decision=LineDecision.REFUSE)
    data_request.targets.update(match_result="unmatched", account="", matched_by=None, matched_at=None)
    terms = terms_typed({"choice": "redirect", "binding": "yes", "route": "direct", "text_for_officer": "Go there."})
    assert (terms.binding, terms.route) == (False, "Mutual legal assistance")
    proposal = decisions.propose(data_request, terms=terms, by=data_request.assignee)
    page = client_for(make_staff("approver")).get(f"/staff/approvals/{data_request.reference}/").content.decode()
    assert "Not searched" in page
    assert "never searched" in page
    assert ">Binding or voluntary<" not in page
    assert "Nothing is held for this case" in page
    letter = decision_paper.paper_of(data_request, content_of(proposal), proposal=proposal, at=timezone.now())
    assert "We hold no records for this case" in letter.holds[0]


def test_what_was_sent_back_and_comes_again_unchanged_is_called_so():
    proposal = proposed()
    data_request, approver = proposal.data_request, make_staff("approver")
    decisions.send_back(proposal, reason="Too wide", lines=(1,), by=approver)
    data_request.refresh_from_db()
    decisions.propose(data_request, terms=decisions.terms_of(proposal), by=proposal.proposed_by)
    page = client_for(approver).get(f"/staff/approvals/{data_request.reference}/").content.decode()
    assert "Line 1: Too wide" in page
    assert "Nothing of what you would sign has changed since." in page
