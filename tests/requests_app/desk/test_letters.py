"""The letter of a decision: what it says, who gets it, and what happens when it cannot be written."""

import pytest
from django.utils import timezone

from foundation.audit.models import AuditEvent
from foundation.core.jobs import JobState
from requests_app.enums import LineDecision, RefusalCode
from requests_app.models import DecisionLetter, Proposal, Review
from requests_app.services import decision_letters, decision_paper, decisions
from requests_app.services.decision_paper import content_of, paper_of
from tests.factories import clean_pdf
from tests.people import client_for, make_officer, make_staff
from tests.requests_app.desk.pages import REFUSAL, proposed, ready

pytestmark = pytest.mark.django_db

INTERNAL = "Order 1(a)"  # the ground of every line of these requests: staff only


def signed(terms=REFUSAL, decision=LineDecision.REFUSE, **changes):
    proposal = proposed(terms, decision=decision, **changes)
    decisions.sign(proposal, seen_hash=proposal.content_hash, by=make_staff("approver"))
    return Proposal.objects.select_related("data_request").get(pk=proposal.pk)


def kept(proposal):
    """Put a document where the worker puts the letter."""
    letter = proposal.letter
    letter.document, letter.state = clean_pdf(proposal.data_request.officer, filename="letter.pdf"), JobState.DONE
    letter.save()
    return letter


def test_a_letter_is_written_for_real_kept_encrypted_and_downloaded_by_the_officer():
    proposal = signed()
    data_request = proposal.data_request
    assert decision_letters.write_due() == 1

    letter = DecisionLetter.objects.get()
    pdf = decision_letters.kept_pdf(letter)
    [page] = decision_letters.pictures(pdf)
    assert letter.state == JobState.DONE
    for words in (data_request.reference, "We do not disclose", "Send the order signed and dated", "until"):
        assert words in page.text
    for secret in (INTERNAL, "Draft", proposal.proposed_by.full_name, "ACC-"):
        assert secret not in page.text

    address = f"/requests/{data_request.reference}/letters/{proposal.number}.pdf"
    answer = client_for(data_request.officer).get(address)
    assert b"".join(answer) == pdf
    assert AuditEvent.objects.filter(action="decision.letter_downloaded").count() == 1
    assert client_for(make_officer()).get(address).status_code == 404


def test_what_the_paper_says_comes_from_what_was_signed():
    proposal = signed()
    data_request = proposal.data_request
    data_request.lines.update(refusal_code=RefusalCode.PRIVILEGE)
    Review.objects.filter(data_request=data_request).update(terms={"text_for_officer": "Something newer"})

    paper = paper_of(data_request, content_of(proposal), proposal=proposal, at=timezone.now())

    assert paper.text == REFUSAL.text_for_officer
    assert [title for _number, title, _cure in paper.reasons] == [
        "Not signed or dated", "The process cannot reach this data",
    ]  # fmt: skip
    assert (
        paper.decided_by == f"Proposed by {proposal.proposed_by.pseudonym}, approved by {proposal.signed_by.pseudonym}."
    )
    assert not paper.draft


def test_that_nothing_was_found_is_said_and_no_appeal_is_offered():
    proposal = proposed(decision=LineDecision.NO_RECORDS)
    paper = paper_of(proposal.data_request, content_of(proposal), proposal=proposal, at=timezone.now())
    assert paper.outcome == "We searched and found no records."
    assert {line.decision for line in paper.lines} == {"Searched, no records found"}
    assert paper.appeal == ""
    assert paper.draft


def test_a_letter_that_cannot_be_written_is_tried_again_given_up_and_begun_anew_by_staff(monkeypatch):
    proposal = signed()

    def broken(*_given, **_more):
        raise decision_letters.PaperFailed("no font")

    monkeypatch.setattr(decision_letters, "pdf_of", broken)
    letter = proposal.letter
    for tries in range(1, decision_letters.TRIES + 1):
        DecisionLetter.objects.update(due_at=timezone.now())
        letter = decision_letters.write(letter.pk)
        assert letter.attempts == tries
    assert (letter.state, letter.last_error) == (JobState.GIVEN_UP, "no font")

    staff = client_for(proposal.proposed_by)
    address = f"/staff/requests/{proposal.data_request.reference}/letter/"
    assert "could not be written" in staff.get(address).content.decode()
    assert client_for(make_staff("auditor")).post(f"{address}{proposal.number}/again/", follow=True).status_code == 200
    assert DecisionLetter.objects.get().state == JobState.GIVEN_UP
    staff.post(f"{address}{proposal.number}/again/")
    assert DecisionLetter.objects.get().state == JobState.PENDING


def test_two_workers_make_one_letter():
    proposal = signed()
    DecisionLetter.objects.update(state=JobState.RUNNING, claimed_until=timezone.now() + decision_letters.LEASE)
    assert decision_letters.write(proposal.letter.pk) is None


def test_the_draft_is_seen_before_it_is_sent_as_proposed_else_as_typed(monkeypatch):
    made = []
    monkeypatch.setattr(decision_letters, "pdf_of", lambda row, content, **given: made.append((content, given)) or b"")
    data_request = ready(decision=LineDecision.REFUSE)
    client = client_for(data_request.assignee)
    address = f"/staff/requests/{data_request.reference}/letter/"
    assert "Choose the decision first" in client.get(address).content.decode()

    typed = {"choice": "refuse", "refusal_code": "dates", "text_for_officer": "As typed"}
    Review.objects.filter(data_request=data_request).update(terms=typed)
    client.get(address)
    decisions.propose(data_request, terms=REFUSAL, by=data_request.assignee)
    client.get(address)

    (first, _given), (second, given) = made
    assert first["terms"]["text_for_officer"] == "As typed"
    assert second["terms"]["text_for_officer"] == REFUSAL.text_for_officer
    assert given["proposal"].signed_at is None
    assert decision_paper.paper_of(data_request, second, proposal=given["proposal"], at=timezone.now()).draft


def test_a_picture_of_a_letter_is_for_staff_who_may_see_the_request():
    proposal = signed()
    kept(proposal)
    address = f"/staff/requests/{proposal.data_request.reference}/letter/{proposal.number}/1.png"
    answer = client_for(proposal.proposed_by).get(address)
    assert answer.content.startswith(b"\x89PNG")
    assert answer["Cache-Control"] == "private, no-store"
    type(proposal.data_request).objects.update(restricted=True)
    assert client_for(make_staff("approver")).get(address).status_code == 404
