"""A request that is referred elsewhere: which channels there are, what is signed, what goes on meanwhile."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from foundation.core.errors import Incomplete
from foundation.legal.models import Jurisdiction
from foundation.notifications.models import OutboundMessage
from foundation.providers.models import EntryPoint
from requests_app.enums import LineDecision, ProposedResult, RequestStatus
from requests_app.services import decision_texts, decisions, prepared, review
from requests_app.services.decision_paper import content_of
from requests_app.services.decisions import ContentChanged
from tests.people import client_for, make_officer, make_staff
from tests.preservation.holds import hold_of
from tests.requests_app.desk.pages import REFUSAL, TERMS, proposed, ready, typed

pytestmark = pytest.mark.django_db

MLA = replace(REFUSAL, result=ProposedResult.REDIRECT, refusal_code="", redirect_channel="mla")
NATIONAL = replace(MLA, redirect_channel="national")
CHANNEL = "Send it through the national desk, requests@desk.example."


def national_channel(data_request, where=CHANNEL):
    """The entry point of the request's country names a channel of its own."""
    place, _made = Jurisdiction.objects.get_or_create(code=data_request.jurisdiction, defaults={"name": "Norway"})
    return EntryPoint.objects.create(
        provider=data_request.provider, jurisdiction=place, national_channel=where, title="The national desk",
        law="Telecom Act, section 5",
    )  # fmt: skip


def held(data_request, **given):
    """A hold of the same officer and case file, running for a month."""
    at = timezone.now() - timedelta(days=30)
    return hold_of(data_request.officer, at=at, case_number=data_request.case_number, **given)


def signed(proposal):
    decisions.sign(proposal, seen_hash=proposal.content_hash, by=make_staff("approver"))
    proposal.refresh_from_db()
    proposal.data_request.refresh_from_db()
    return proposal


def test_the_hold_of_the_case_goes_on_and_others_run_down():
    data_request = ready(decision=LineDecision.REFUSE)
    mine, colleague = held(data_request), make_officer(data_request.agency)
    theirs = hold_of(colleague, at=timezone.now() - timedelta(days=30), case_number=data_request.case_number)
    proposal = decisions.propose(data_request, terms=MLA, by=data_request.assignee)

    signed(proposal)

    mine.refresh_from_db()
    theirs.refresh_from_db()
    assert (mine.status, mine.next_action_at, mine.request_reference) == ("on_treaty", None, data_request.reference)
    assert theirs.status == "active"
    [mail] = OutboundMessage.objects.filter(event="hold_referred")
    assert mail.to_address == data_request.officer.email
    page = client_for(data_request.officer).get(f"/requests/{data_request.reference}/").content.decode()
    assert f"/holds/{mine.reference}/" in page
    assert "goes on meanwhile" in page
    assert theirs.reference not in page


def test_the_officer_reads_the_channel_that_was_signed_not_what_the_entry_point_says_later():
    data_request = ready(decision=LineDecision.REFUSE)
    point = national_channel(data_request)
    proposal = signed(decisions.propose(data_request, terms=NATIONAL, by=data_request.assignee))
    point.national_channel = "Somewhere else entirely"
    point.save()

    page = client_for(data_request.officer).get(f"/requests/{data_request.reference}/").content.decode()

    assert proposal.data_request.status == RequestStatus.REDIRECTED
    assert CHANNEL in page
    assert "Use the national channel" in page
    assert "Telecom Act, section 5" in page
    assert "Somewhere else" not in page


def test_a_channel_that_changed_after_the_proposal_stops_the_signature():
    data_request = ready(decision=LineDecision.REFUSE)
    point = national_channel(data_request)
    proposal = decisions.propose(data_request, terms=NATIONAL, by=data_request.assignee)
    point.national_channel = "Another desk"
    point.save()
    with pytest.raises(ContentChanged) as caught:
        signed(proposal)
    assert any("Another desk" in said for said in caught.value.differences)


def test_a_referral_names_a_channel_that_there_is():
    data_request = ready(decision=LineDecision.REFUSE)
    for terms, why in ((NATIONAL, "No national channel"), (replace(MLA, redirect_channel=""), "Choose where")):
        with pytest.raises(Incomplete, match=why):
            decisions.propose(data_request, terms=terms, by=data_request.assignee)
    client = client_for(data_request.assignee)
    address = f"/staff/requests/{data_request.reference}/"
    assert b'value="national"' not in client.get(address).content
    national_channel(data_request)
    assert b'value="national"' in client.get(address).content


def test_what_says_nothing_new_is_sealed_as_before():
    assert "redirect_channel" not in content_of(proposed())["terms"]
    assert "channel" not in content_of(proposed(MLA, decision=LineDecision.REFUSE))


def test_the_prepared_text_fills_an_empty_field_and_never_replaces_typed_words_unasked():
    data_request = ready(decision=LineDecision.REFUSE)
    prepared.load(data_request.provider, by=None)
    client, address = client_for(data_request.assignee), f"/staff/requests/{data_request.reference}/"

    client.post(address, typed(data_request, choice="redirect", action="text"))
    stored = review.review_of(data_request).terms["text_for_officer"]
    assert stored == decision_texts.prepared(data_request, {"choice": "redirect"})
    assert stored

    answer = client.post(address, typed(data_request, text_for_officer="My own words.", action="text"), follow=True)
    assert review.review_of(data_request).terms["text_for_officer"] == "My own words."
    assert "Replace what I typed" in answer.content.decode()

    client.post(address, typed(data_request, action="text:over"))
    assert review.review_of(data_request).terms["text_for_officer"] == stored


def test_braces_that_nobody_filled_in_are_not_proposed():
    data_request = ready()
    with pytest.raises(Incomplete, match="agency in braces"):
        decisions.propose(
            data_request, terms=replace(TERMS, text_for_officer="Dear {agency}"), by=data_request.assignee
        )


def test_what_is_disclosed_in_part_does_not_start_from_the_words_for_everything():
    data_request = ready(decision=LineDecision.PRODUCE)
    prepared.load(data_request.provider, by=None)
    assert "We disclose part of the records" in decision_texts.prepared(data_request, {"choice": "part"})
    assert "We disclose the records" in decision_texts.prepared(data_request, {"choice": "full"})
