import json
from dataclasses import replace

import pytest
from django.utils import timezone

from accounts.enums import CallPurpose
from accounts.models import CallBack
from foundation.audit.models import AuditEvent
from foundation.core.errors import Incomplete, NotAllowed, Stale
from foundation.notifications.models import OutboundMessage
from requests_app.enums import LineDecision, Outcome, ProposalStatus, ProposedResult, RefusalCode, RequestStatus
from requests_app.models import UserNotice
from requests_app.services import call_backs, decisions, triage
from requests_app.services.decisions import ContentChanged
from tests.factories import request_at
from tests.people import make_staff
from tests.requests_app.desk.pages import REFUSAL, TERMS, proposed, ready
from tests.requests_app.emergencies.gate_steps import through_the_gate

pytestmark = pytest.mark.django_db


def test_a_second_person_signs_exactly_what_was_seen():
    proposal = proposed()
    approver = make_staff("approver")

    decisions.sign(proposal, seen_hash=proposal.content_hash, by=approver)

    proposal.refresh_from_db()
    data_request = proposal.data_request
    data_request.refresh_from_db()
    assert data_request.status == RequestStatus.GRANTED
    assert data_request.outcome == Outcome.IN_FULL
    assert proposal.status == ProposalStatus.APPROVED
    assert proposal.signed_by == approver
    assert UserNotice.objects.filter(data_request=data_request).count() == 2
    [mail] = OutboundMessage.objects.filter(event="decision_made")
    assert mail.to_address == data_request.officer.email
    assert "ACC-" not in mail.body_text
    event = AuditEvent.objects.get(action="decision.approved")
    assert json.loads(bytes(event.payload))["data"]["content_hash"] == proposal.content_hash


def test_the_content_names_lines_order_recipient_and_notice():
    content = json.loads(proposed().content)
    assert len(content["lines"]) == 4
    assert content["recipient"]["email"]
    assert content["orders"][0]["sha256"]
    assert content["notice"][0]["timing"] == "now"
    assert content["terms"]["lawful_basis"] == "6(1)(c)"


def test_a_line_that_changed_stops_the_signature_and_is_named():
    proposal = proposed()
    line = proposal.data_request.lines.order_by("target_id", "id").first()
    line.decision, line.refusal_code = LineDecision.REFUSE, RefusalCode.OVERBROAD
    line.save()
    events = AuditEvent.objects.count()

    with pytest.raises(ContentChanged) as caught:
        decisions.sign(proposal, seen_hash=proposal.content_hash, by=make_staff("approver"))

    assert "Line 1, Decision: was “produce”, is “refuse”" in caught.value.differences
    proposal.refresh_from_db()
    assert proposal.status == ProposalStatus.PROPOSED
    assert AuditEvent.objects.count() == events


def test_an_agency_that_was_renamed_or_an_order_that_was_replaced_stops_it_too():
    proposal = proposed()
    agency = proposal.data_request.agency
    agency.name = "Somebody else"
    agency.save()
    with pytest.raises(ContentChanged) as caught:
        decisions.sign(proposal, seen_hash=proposal.content_hash, by=make_staff("approver"))
    assert any("Somebody else" in said for said in caught.value.differences)


def test_another_hash_than_the_one_proposed_approves_nothing():
    proposal = proposed()
    with pytest.raises(ContentChanged):
        decisions.sign(proposal, seen_hash="0" * 64, by=make_staff("approver"))


@pytest.mark.parametrize("part", ["proposer", "matcher", "former assignee", "recorder"])
def test_whoever_took_part_never_signs(part):
    both = make_staff("analyst", "approver")
    if part == "proposer":
        proposal = proposed(analyst=both)
    else:
        proposal = proposed()
        data_request = proposal.data_request
        if part == "matcher":
            data_request.targets.update(matched_by=both)
        elif part == "former assignee":
            triage.assign(data_request, to=both, by=data_request.assignee)
            triage.assign(data_request, to=proposal.proposed_by, by=both)
        else:
            data_request.recorded_by = both
            data_request.save()
    with pytest.raises(NotAllowed):
        decisions.sign(proposal, seen_hash=proposal.content_hash, by=both)
    proposal.refresh_from_db()
    assert proposal.status == ProposalStatus.PROPOSED


def test_every_line_must_be_decided_and_every_check_answered():
    data_request = request_at("in_review", matched=True)
    with pytest.raises(Incomplete, match="Lines 1 to 4: decide"):
        decisions.propose(data_request, terms=TERMS, by=data_request.assignee)
    assert not data_request.proposals.exists()
    data_request.refresh_from_db()
    assert data_request.status == RequestStatus.IN_REVIEW


def test_everything_is_disclosed_only_when_every_check_is_yes():
    data_request = ready(answer="unclear")
    with pytest.raises(Incomplete, match="A check is not Yes"):
        decisions.propose(data_request, terms=TERMS, by=data_request.assignee)
    line = data_request.lines.first()
    line.decision, line.refusal_code = LineDecision.REFUSE, RefusalCode.REACH
    line.save()
    proposal = decisions.propose(data_request, terms=TERMS, by=data_request.assignee)
    decisions.sign(proposal, seen_hash=proposal.content_hash, by=make_staff("approver"))
    data_request.refresh_from_db()
    assert data_request.outcome == Outcome.IN_PART


def test_a_line_without_an_account_cannot_be_produced():
    data_request = ready()
    data_request.targets.update(match_result="ambiguous", account="")
    with pytest.raises(Incomplete, match="no single account"):
        decisions.propose(data_request, terms=TERMS, by=data_request.assignee)


def test_result_and_lines_must_say_the_same():
    data_request = ready()
    with pytest.raises(Incomplete, match="Some lines are produced"):
        decisions.propose(data_request, terms=REFUSAL, by=data_request.assignee)


def test_a_refusal_is_signed_too_and_no_notice_is_planned():
    proposal = proposed(REFUSAL, decision=LineDecision.REFUSE)
    decisions.sign(proposal, seen_hash=proposal.content_hash, by=make_staff("approver"))
    data_request = proposal.data_request
    data_request.refresh_from_db()
    assert (data_request.status, data_request.outcome) == (RequestStatus.REFUSED, Outcome.NONE)
    assert not UserNotice.objects.exists()


def test_no_records_is_an_outcome_of_its_own():
    proposal = proposed(decision=LineDecision.NO_RECORDS)
    decisions.sign(proposal, seen_hash=proposal.content_hash, by=make_staff("approver"))
    proposal.data_request.refresh_from_db()
    assert proposal.data_request.outcome == Outcome.NO_RECORDS


def test_sending_back_needs_a_reason_and_tells_the_proposer():
    proposal = proposed()
    with pytest.raises(Incomplete):
        decisions.send_back(proposal, reason=" ", by=make_staff("approver"))
    decisions.send_back(proposal, reason="Where is it named?", lines=(4, 2), by=make_staff("approver"))
    proposal.refresh_from_db()
    assert proposal.status == ProposalStatus.SENT_BACK
    assert proposal.sent_back_reason == "Lines 2, 4: Where is it named?"
    assert OutboundMessage.objects.get(event="decision_sent_back").to_address == proposal.proposed_by.email
    again = decisions.propose(proposal.data_request, terms=TERMS, by=proposal.proposed_by)
    assert again.number == 2
    with pytest.raises(Stale):
        decisions.sign(proposal, seen_hash=proposal.content_hash, by=make_staff("approver"))


def test_an_emergency_needs_the_call_back_and_pages_the_approvers():
    approver = make_staff("approver")
    data_request = through_the_gate(ready(kind="emergency"))
    analyst, number = data_request.assignee, data_request.agency.numbers.get()
    said = {"purpose": CallPurpose.REQUEST, "number": number, "spoke_to": "Duty officer", "by": analyst}
    proposal = decisions.propose(data_request, terms=TERMS, by=analyst)
    assert OutboundMessage.objects.get(event="decision_waits", to_user_id=approver.pk).urgent
    call_backs.record(data_request, result="not_confirmed", **said)  # the newest answer counts
    for result in ("no_answer", "not_confirmed"):
        call_backs.record(data_request, result=result, **said)
        with pytest.raises(NotAllowed, match="directory number"):
            decisions.sign(proposal, seen_hash=proposal.content_hash, by=approver)
    call_backs.record(data_request, result="confirmed", **said)
    decisions.sign(proposal, seen_hash=proposal.content_hash, by=approver)
    data_request.refresh_from_db()
    assert data_request.status == RequestStatus.GRANTED


def test_a_call_to_another_agencys_number_never_counts():
    data_request = through_the_gate(ready(kind="emergency"), called=False)
    number = request_at("submitted").agency.numbers.get()
    said = {"purpose": CallPurpose.REQUEST, "spoke_to": "x", "by": data_request.assignee}
    with pytest.raises(NotAllowed):
        call_backs.record(data_request, number=number, result="confirmed", **said)
    for purpose in (CallPurpose.REQUEST, CallPurpose.SUPERVISOR):
        CallBack.objects.create(
            about_reference=data_request.reference, number=number, called_at=timezone.now(), spoke_to="y",
            called_by=data_request.assignee, result="confirmed", purpose=purpose,
        )  # fmt: skip
    with pytest.raises(Incomplete, match="directory number"):
        decisions.propose(data_request, terms=TERMS, by=data_request.assignee)


def test_nothing_is_granted_to_a_suspended_agency():
    proposal = proposed()
    agency = proposal.data_request.agency
    agency.status = "suspended"
    agency.save()
    with pytest.raises(NotAllowed, match="suspended"):
        decisions.sign(proposal, seen_hash=proposal.content_hash, by=make_staff("approver"))


def test_a_referral_is_an_outcome_and_no_refusal():
    terms = replace(REFUSAL, result=ProposedResult.REDIRECT, refusal_code="", redirect_channel="mla")
    proposal = proposed(terms, decision=LineDecision.REFUSE)
    decisions.sign(proposal, seen_hash=proposal.content_hash, by=make_staff("approver"))
    proposal.data_request.refresh_from_db()
    assert proposal.data_request.status == RequestStatus.REDIRECTED
