"""A refusal is looked at again once, in time, by other people; and is mended by a new draft."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import StaffRole
from foundation.audit.models import AuditEvent
from foundation.core.errors import NotAllowed, TransitionRefused
from foundation.notifications.models import OutboundMessage
from requests_app.enums import LineDecision, RefusalCode, RequestStatus
from requests_app.models import DataRequest, Proposal
from requests_app.services import appeals, decisions, triage
from tests.documents.files import make_pdf
from tests.harness.race import race
from tests.people import client_for, make_officer, make_staff
from tests.requests_app.desk.pages import REFUSAL, produce_all, proposed

WORDS = "The order is signed: look at page 3."


@pytest.fixture
def refused(db):
    """A request that was refused for real, by two people."""
    return refuse()


def refuse():
    proposal = proposed(REFUSAL, decision=LineDecision.REFUSE)
    decisions.sign(proposal, seen_hash=proposal.content_hash, by=make_staff("approver"))
    return Proposal.objects.select_related("data_request__officer", "proposed_by", "signed_by").get(pk=proposal.pk)


def appealed(proposal, **given):
    return appeals.appeal(proposal.data_request, text=WORDS, by=proposal.data_request.officer, **given)


def address(proposal, page="appeal/"):
    return f"/requests/{proposal.data_request.reference}/{page}"


def test_the_officer_appeals_with_words_and_documents_and_the_clock_starts_anew(refused):
    make_staff("analyst")
    client = client_for(refused.data_request.officer)
    assert "/appeal/" in client.get(address(refused, "")).content.decode()
    upload = SimpleUploadedFile("page-3.pdf", make_pdf("signed"))
    answer = client.post(address(refused), {"text": WORDS, "uploads": [upload]}, follow=True)

    row = DataRequest.objects.get(pk=refused.data_request.pk)
    assert (row.status, row.assignee, row.decided_at, row.outcome) == (RequestStatus.IN_REVIEW, None, None, "none")
    assert row.appeal_text == WORDS
    assert row.deadline_at > refused.data_request.deadline_at
    assert row.documents.filter(document__filename="page-3.pdf").exists()
    assert row.assignments.filter(ended_at=None).count() == 0
    assert "Other people than before" in answer.content.decode()
    assert AuditEvent.objects.filter(action="decision.appealed").count() == 1
    [mail] = OutboundMessage.objects.filter(event="appeal_received")
    assert mail.to_address == row.officer.email
    waits = set(OutboundMessage.objects.filter(event="appeal_waits").values_list("to_address", flat=True))
    assert waits
    assert not waits & {refused.proposed_by.email, refused.signed_by.email}
    assert not OutboundMessage.objects.filter(body_text__contains="page 3").exists()


def test_a_second_appeal_is_refused_with_a_sentence_on_the_page_and_below(refused):
    appealed(refused)
    with pytest.raises(TransitionRefused, match="a second time already"):
        appealed(refused)
    answer = client_for(refused.data_request.officer).post(address(refused), {"text": WORDS}, follow=True)
    assert answer.status_code == 200
    assert "The decision is final" in answer.content.decode()


def test_it_can_be_asked_for_thirty_days_to_the_last_second(refused):
    decided = DataRequest.objects.get(pk=refused.data_request.pk).decided_at
    until = appeals.appeal_until(decided)
    assert (until.date() - decided.date()).days == 30
    with pytest.raises(TransitionRefused, match="The time to ask for this ended on"):
        appealed(refused, at=until + timedelta(seconds=1))
    assert appealed(refused, at=until).status == RequestStatus.IN_REVIEW


@pytest.mark.django_db
def test_strangers_colleagues_and_other_outcomes_cannot(refused):
    row = refused.data_request
    for person in (make_officer(), make_officer(row.agency), make_officer(row.agency, lead=True)):
        with pytest.raises(NotAllowed):
            appeals.appeal(row, text=WORDS, by=person)
    assert client_for(make_officer()).post(address(refused), {"text": WORDS}).status_code == 404
    waiting = proposed().data_request
    with pytest.raises(TransitionRefused, match="refused as a whole"):
        appeals.appeal(waiting, text=WORDS, by=waiting.officer)


def test_whoever_proposed_or_signed_the_refusal_decides_no_more(refused):
    row = appealed(refused)
    new, second = make_staff("analyst"), make_staff("approver")
    triage.assign(row, to=new, by=new)
    row.refresh_from_db()
    assert row.review.terms == {}
    produce_all(row, by=new, decision=LineDecision.REFUSE)
    with pytest.raises(NotAllowed, match="other people must decide"):
        decisions.propose(row, terms=REFUSAL, by=refused.proposed_by)
    proposal = decisions.propose(row, terms=REFUSAL, by=new)
    with pytest.raises(NotAllowed, match="other people must decide"):
        decisions.sign(proposal, seen_hash=proposal.content_hash, by=refused.signed_by)
    decisions.sign(proposal, seen_hash=proposal.content_hash, by=second)
    page = client_for(row.officer).get(address(refused, "")).content.decode()
    assert "This decision is final" in page
    assert "/appeal/" not in page


def test_of_two_clicks_at_once_one_counts(committed_db):
    proposal = refuse()
    results = race(lambda: appealed(proposal), lambda: appealed(proposal))
    assert sum(isinstance(result, TransitionRefused) for result in results) == 1
    assert AuditEvent.objects.filter(action="decision.appealed").count() == 1


def test_staff_read_the_appeal_where_they_review_and_where_they_sign(refused):
    row = appealed(refused)
    new = make_staff("analyst")
    page = client_for(new).get(f"/staff/requests/{row.reference}/").content.decode()
    assert WORDS in page
    assert WORDS in client_for(new).get(f"/staff/requests/{row.reference}/messages/").content.decode()
    assert WORDS in client_for(row.officer).get(f"/requests/{row.reference}/").content.decode()
    produce_all(row, by=new, decision=LineDecision.REFUSE)
    decisions.propose(row, terms=REFUSAL, by=new)
    page = client_for(make_staff("approver")).get(f"/staff/approvals/{row.reference}/").content.decode()
    assert WORDS in page


def test_one_button_starts_the_draft_that_mends_it_once_with_the_cure_at_its_part(refused):
    row = refused.data_request
    row.lines.update(refusal_code=RefusalCode.OVERBROAD)
    client = client_for(row.officer)
    page = client.get(address(refused, "")).content.decode()
    assert "Send the order signed and dated." in page
    assert "Copy into a new draft" in page

    first = client.post(address(refused, "refile/"), follow=True)
    client.post(address(refused, "refile/"))

    draft = DataRequest.objects.get(copied_from=row)
    assert draft.targets.count() == row.targets.count()
    said = first.content.decode()
    assert "Send the order signed and dated." in said
    assert "Name fewer records or a shorter period" in said
    assert client.get(address(refused, "refile/")).status_code == 302
    assert client_for(make_officer()).post(address(refused, "refile/")).status_code == 404


def test_an_empty_appeal_is_422_and_keeps_nothing(refused):
    answer = client_for(refused.data_request.officer).post(address(refused), {"text": "  "})
    assert answer.status_code == 422
    assert "Write what we should look at again" in answer.content.decode()
    assert DataRequest.objects.get(pk=refused.data_request.pk).appealed_at is None
    assert timezone.now() < appeals.appeal_until(timezone.now())


def test_who_decided_before_cannot_take_it_and_reads_why_at_once(refused):
    row = appealed(refused)
    with pytest.raises(NotAllowed, match="other people must decide it now"):
        triage.assign(row, to=refused.proposed_by, by=make_staff("analyst"))
    assert refused.proposed_by not in triage.colleagues(row)
    client, address_ = client_for(refused.proposed_by), f"/staff/requests/{row.reference}/"
    page = client.post(f"{address_}take/", follow=True).content.decode()
    assert "You decided this request before the officer appealed" in page
    assert f'action="{address_}take/"' not in page
    assert 'name="choice"' not in page
    row.refresh_from_db()
    assert row.assignee is None


def test_where_nobody_is_left_to_sign_the_page_and_the_administrators_say_so(refused):
    administrator = make_staff("administrator")
    StaffRole.objects.filter(role="approver").exclude(user=refused.signed_by).delete()
    row = appealed(refused)
    new = make_staff("analyst")
    address_ = f"/staff/requests/{row.reference}/"
    [mail] = OutboundMessage.objects.filter(event="no_signer")
    assert (mail.to_address, row.reference in mail.body_text) == (administrator.email, False)
    assert "Nobody can sign a decision here" in client_for(new).get(address_).content.decode()
    make_staff("approver")
    assert "Nobody can sign a decision here" not in client_for(new).get(address_).content.decode()


@pytest.mark.django_db
def test_who_proposed_takes_it_back_and_nobody_else_does():
    proposal = proposed()
    row, other = proposal.data_request, make_staff("analyst")
    address_ = f"/staff/approvals/{row.reference}/take-back/"
    assert "Only who proposed this takes it back" in client_for(other).post(address_, follow=True).content.decode()
    client = client_for(proposal.proposed_by)
    assert address_ in client.get(f"/staff/requests/{row.reference}/").content.decode()
    client.post(address_)
    proposal.refresh_from_db()
    row.refresh_from_db()
    assert (proposal.status, row.status) == ("taken_back", RequestStatus.IN_REVIEW)
    assert AuditEvent.objects.filter(action="decision.taken_back").count() == 1
    assert "does not wait any more" in client.post(address_, follow=True).content.decode()
