"""A hold that belongs to a request stands still while we answer, and runs again once we did, refused, or it went."""

from datetime import timedelta

import pytest
from django.utils import timezone

from foundation.core.errors import NotAllowed, TransitionRefused
from foundation.notifications.models import OutboundMessage
from requests_app.enums import LineDecision, RequestStatus
from requests_app.models import DataRequest
from requests_app.services import appeals, decisions, holds_beside, intake, triage
from tests.factories import request_at
from tests.people import make_officer, make_staff
from tests.preservation.holds import hold_of
from tests.requests_app.desk.pages import REFUSAL, proposed
from tests.requests_app.records.steps import granted_request, released_package

pytestmark = pytest.mark.django_db
SERVED, ACTIVE = "process_served", "active"


def held(officer, *, days_ago=80, **given):
    return hold_of(officer, at=timezone.now() - timedelta(days=days_ago), **given)


def state(hold):
    hold.refresh_from_db()
    return hold.status


def events():
    found = OutboundMessage.objects.filter(event__in=["hold_kept", "hold_resumed"]).order_by("pk")
    return list(found.values_list("event", flat=True))


def test_sent_with_a_request_returned_sent_again_and_withdrawn():
    draft = request_at("draft")
    mine, other = held(draft.officer), held(draft.officer)
    sent = intake.submit(draft, version=draft.lock_version, declared=True, holds=[mine], by=draft.officer)
    assert (state(mine), mine.request_reference, mine.next_action_at) == (SERVED, sent.reference, None)
    assert state(other) == ACTIVE

    triage.return_incomplete(sent, code="other", text="The last page is missing.", by=make_staff("analyst"))
    assert (state(mine), mine.request_reference) == (ACTIVE, sent.reference)
    assert mine.next_action_at is not None

    again = DataRequest.objects.get(pk=sent.pk)
    again = intake.submit(again, version=again.lock_version, declared=True, by=again.officer)
    assert state(mine) == SERVED
    intake.withdraw(again, by=again.officer, at=timezone.now() + timedelta(hours=1))
    assert state(mine) == ACTIVE
    assert events() == ["hold_kept", "hold_resumed", "hold_kept", "hold_resumed"]


def test_refused_it_runs_again_and_an_appeal_keeps_it():
    proposal = proposed(REFUSAL, decision=LineDecision.REFUSE)
    data_request = proposal.data_request
    ended = held(data_request.officer, days_ago=89)
    holds_beside.attach(data_request, [ended], by=data_request.officer)
    long_after = ended.expires_at + timedelta(days=40)
    decisions.sign(proposal, seen_hash=proposal.content_hash, by=make_staff("approver"), at=timezone.now())
    assert state(ended) == ACTIVE

    refused = DataRequest.objects.get(pk=data_request.pk)
    appeals.appeal(refused, text="Look at page 3.", by=refused.officer)
    assert state(ended) == SERVED
    refused.refresh_from_db()
    DataRequest.objects.filter(pk=refused.pk).update(status=RequestStatus.REFUSED)
    refused.refresh_from_db()
    holds_beside.follow(refused, at=long_after)
    assert state(ended) == ACTIVE
    assert ended.expires_at >= long_after + timedelta(days=7), "it never ends unannounced"
    assert (ended.certificate, ended.work_at) == (None, long_after), "of the new end there is a new certificate"


def test_it_stands_until_the_last_package_has_left(company):
    data_request = granted_request()
    hold = held(data_request.officer)
    holds_beside.attach(data_request, [hold], by=data_request.officer)
    assert state(hold) == SERVED
    released_package(data_request)
    data_request.refresh_from_db()
    assert (data_request.status, state(hold)) == (RequestStatus.PRODUCED, ACTIVE)


def test_only_own_holds_at_the_same_company_with_an_open_request():
    data_request = request_at("submitted")
    officer, colleague = data_request.officer, make_officer(data_request.agency)
    mine, theirs = held(officer), held(colleague)
    with pytest.raises(NotAllowed):
        holds_beside.attach(data_request, [theirs], by=officer)
    with pytest.raises(NotAllowed):
        holds_beside.attach(data_request, [mine], by=colleague)
    assert holds_beside.attach(data_request, [mine], by=officer) == 1
    assert holds_beside.attach(data_request, [mine], by=officer) == 0, "twice changes nothing"
    gone = held(officer, status="released")
    with pytest.raises(TransitionRefused):
        holds_beside.attach(data_request, [gone], by=officer)
    intake.withdraw(data_request, by=officer)
    with pytest.raises(TransitionRefused):
        holds_beside.attach(data_request, [mine], by=officer)
    assert [state(mine), state(theirs), state(gone)] == [ACTIVE, ACTIVE, "released"]


def test_of_a_restricted_request_the_hold_is_restricted_too():
    data_request = request_at("submitted", restricted=True)
    hold = held(data_request.officer)
    holds_beside.attach(data_request, [hold], by=data_request.officer)
    assert (state(hold), hold.restricted) == (SERVED, True)
