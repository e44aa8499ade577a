"""Counsel: asked with a clock of its own, stops a disclosure, is signed with it, and never reaches the officer."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import DeclaredConflict
from foundation.audit.models import AuditEvent
from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused
from foundation.notifications.models import OutboundMessage
from foundation.notifications.reminders import remind
from foundation.notifications.running_clocks import deadlines_between
from foundation.providers.models import ProcessPolicy
from requests_app.enums import CounselOpinion, CounselStatus
from requests_app.models import DataRequest
from requests_app.services import counsel, decisions
from tests.factories import request_at
from tests.people import client_for, make_officer, make_provider, make_staff
from tests.requests_app.desk.pages import REFUSAL, TERMS, produce_all, ready

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def told(event):
    rows = OutboundMessage.objects.filter(event=event)
    return sorted(rows.values_list("to_user", flat=True))


def asked(data_request, **more):
    return counsel.ask(data_request, question="May we name the bank?", by=data_request.test_people.analyst, **more)


def test_counsel_is_asked_by_when_and_the_requests_own_clock_runs_on():
    first, second = make_staff("counsel"), make_staff("dpo")
    data_request = ready()
    due = data_request.deadline_at
    referral = asked(data_request)
    assert (referral.number, referral.status) == (1, "open")
    assert referral.due_rule.startswith(f"business_days {data_request.provider.counsel_days},")
    data_request.refresh_from_db()
    assert (data_request.deadline_at, data_request.clock_stopped_at) == (due, None)
    assert told("counsel_asked") == sorted([first.pk, second.pk])
    with pytest.raises(NotAllowed, match="already"):
        asked(data_request)


def test_a_named_colleague_alone_is_told_but_any_of_counsel_may_answer():
    named, other = make_staff("counsel"), make_staff("counsel")
    data_request = ready()
    referral = asked(data_request, to=named)
    assert told("counsel_asked") == [named.pk]
    counsel.answer(referral, opinion="agrees", advice="The treaty covers it.", by=other)
    assert told("counsel_answered") == [data_request.test_people.analyst.pk]
    with pytest.raises(TransitionRefused):
        counsel.answer(referral, opinion="objects", advice="No.", by=named)
    referral.refresh_from_db()
    assert (referral.opinion, referral.closed_by) == ("agrees", other)


def test_only_counsel_answers_and_nobody_their_own_question():
    adviser = make_staff("counsel")
    both = make_staff("analyst", "counsel")
    data_request = ready(analyst=both)
    referral = counsel.ask(data_request, question="May we?", by=both)
    for person in (both, make_staff("approver"), make_staff("auditor"), data_request.officer):
        with pytest.raises(NotAllowed):
            counsel.answer(referral, opinion="agrees", advice="Yes.", by=person)
    DeclaredConflict.objects.create(
        user=adviser, agency=data_request.agency, reason="A cousin", declared_at=timezone.now()
    )
    with pytest.raises(NotAllowed):
        counsel.answer(referral, opinion="agrees", advice="Yes.", by=adviser)


def test_of_a_restricted_request_only_named_readers_of_counsel_hear_and_answer():
    outsider, reader = make_staff("counsel"), make_staff("counsel")
    data_request = ready()
    DataRequest.objects.filter(pk=data_request.pk).update(restricted=True)
    data_request.named_readers.add(data_request.test_people.analyst)
    with pytest.raises(NotAllowed, match="Name somebody as a reader"):
        asked(data_request)
    data_request.named_readers.add(reader)
    referral = asked(data_request)
    assert told("counsel_asked") == [reader.pk]
    assert list(counsel.queue(outsider)) == []
    assert list(counsel.queue(reader)) == [referral]
    page = client_for(outsider).get("/staff/counsel/").content.decode()
    assert data_request.reference not in page
    assert "Nothing waits for counsel." in page
    assert client_for(outsider).get(f"/staff/requests/{data_request.reference}/counsel/").status_code == 404


def test_an_open_question_and_an_objection_stop_a_disclosure_but_not_a_refusal():
    adviser, data_request = make_staff("counsel"), ready()
    analyst = data_request.test_people.analyst
    referral = asked(data_request)
    with pytest.raises(Incomplete, match="has not answered"):
        decisions.propose(data_request, terms=TERMS, by=analyst)
    counsel.answer(referral, opinion=CounselOpinion.OBJECTS, advice="The court has no power here.", by=adviser)
    with pytest.raises(Incomplete, match="objects"):
        decisions.propose(data_request, terms=TERMS, by=analyst)
    counsel.go_on(referral, because="The treaty of 2024 gives the power.", by=analyst)
    proposal = decisions.propose(data_request, terms=TERMS, by=analyst)
    for words in ("The court has no power here.", "The treaty of 2024 gives the power.", adviser.get_full_name()):
        assert words in proposal.content
    approver = data_request.test_people.approver
    page = client_for(approver).get(f"/staff/approvals/{data_request.reference}/").content.decode()
    for words in ("Do not disclose", "The court has no power here.", "The treaty of 2024 gives the power."):
        assert words in page
    refused = ready(decision="refuse")
    asked(refused)
    decisions.propose(refused, terms=REFUSAL, by=refused.test_people.analyst)


def test_what_counsel_says_after_the_proposal_must_be_signed_anew():
    adviser, data_request = make_staff("counsel"), ready(decision="refuse")
    referral = asked(data_request)
    proposal = decisions.propose(data_request, terms=REFUSAL, by=data_request.test_people.analyst)
    counsel.answer(referral, opinion="agrees", advice="Disclose it, the order binds us.", by=adviser)
    with pytest.raises(decisions.ContentChanged) as changed:
        decisions.sign(proposal, seen_hash=proposal.content_hash, by=data_request.test_people.approver)
    assert any("Disclose it, the order binds us." in said for said in changed.value.differences)


def test_a_type_that_counsel_looks_at_first_is_not_granted_without():
    adviser, data_request = make_staff("counsel"), ready()
    analyst = data_request.test_people.analyst
    kind = data_request.process_type
    ProcessPolicy.objects.create(
        provider=make_provider(), code=kind.code, accepted=True, needs_counsel=True, changed_at=timezone.now()
    )
    page = client_for(analyst).get(f"/staff/requests/{data_request.reference}/").content.decode()
    assert "Counsel looks first at this type of process." in page
    with pytest.raises(Incomplete, match="Counsel looks first"):
        decisions.propose(data_request, terms=TERMS, by=analyst)
    counsel.withdraw(asked(data_request), by=analyst)
    with pytest.raises(Incomplete, match="Counsel looks first"):
        decisions.propose(data_request, terms=TERMS, by=analyst)
    referral = asked(data_request)
    assert referral.number == 2
    counsel.answer(referral, opinion="conditions", advice="Without the addresses.", by=adviser)
    decisions.propose(data_request, terms=TERMS, by=analyst)


def test_the_clock_of_counsel_is_told_before_at_the_end_and_after_and_stands_among_the_deadlines():
    adviser, data_request = make_staff("counsel"), ready()
    analyst = data_request.test_people.analyst
    referral = asked(data_request, at=timezone.now() - timedelta(days=1))
    remind(at=referral.due_at - DAY)
    assert told("counsel_due") == [adviser.pk]
    for _again in range(2):
        remind(at=referral.due_at)
    assert told("counsel_due") == sorted([adviser.pk, adviser.pk, analyst.pk])
    listed = deadlines_between(adviser, referral.due_at - DAY, referral.due_at + DAY)
    assert [(row.clock, row.label) for row in listed if row.clock == "Counsel"] == [("Counsel", data_request.reference)]
    counsel.answer(referral, opinion="agrees", advice="Go on.", by=adviser)
    remind(at=referral.due_at + timedelta(days=3))
    assert len(told("counsel_due")) == 3


def test_a_question_of_a_request_that_ended_is_taken_back_by_the_system():
    make_staff("counsel")
    data_request, other = ready(), ready()
    referral, waits = asked(data_request), asked(other)
    DataRequest.objects.filter(pk=data_request.pk).update(status="lapsed")
    assert (counsel.sweep(), counsel.sweep()) == (1, 0)
    referral.refresh_from_db(), waits.refresh_from_db()
    assert (referral.status, waits.status) == (CounselStatus.WITHDRAWN, CounselStatus.OPEN)


def test_the_page_asks_answers_and_goes_on_and_keeps_what_was_typed():
    adviser, data_request = make_staff("counsel"), ready()
    analyst, url = data_request.test_people.analyst, f"/staff/requests/{data_request.reference}/counsel/"
    desk, lawyer = client_for(analyst), client_for(adviser)
    empty = desk.post(url, {"action": "ask", "question": "", "to": str(adviser.pk)})
    assert empty.status_code == 422
    assert desk.post(url, {"action": "ask", "question": "May we?", "to": str(adviser.pk)}).status_code == 302
    again = desk.post(url, {"action": "ask", "question": "And again?", "to": ""})
    assert again.status_code == 422
    assert "And again?" in again.content.decode()
    page = lawyer.get("/staff/counsel/").content.decode()
    assert data_request.reference in page
    assert "May we?" in page
    assert lawyer.post(url, {"action": "ask", "question": "May I?"}).status_code == 403
    assert desk.post(url, {"action": "answer", "key": "1", "opinion": "agrees", "advice": "x"}).status_code == 403
    half = lawyer.post(url, {"action": "answer", "key": "1", "opinion": "", "advice": "The order is void."})
    assert half.status_code == 422
    assert "The order is void." in half.content.decode()
    given = {"action": "answer", "key": "1", "opinion": "objects", "advice": "The order is void."}
    assert lawyer.post(url, given).status_code == 302
    late = lawyer.post(url, given)
    assert late.status_code == 422
    assert "the state has changed" in late.content.decode()
    assert "Go on although counsel objects" in desk.get(url).content.decode()
    assert desk.post(url, {"action": "go_on", "key": "1", "because": "It is not void."}).status_code == 302
    review = desk.get(f"/staff/requests/{data_request.reference}/").content.decode()
    assert "It is not void." in review
    said = [bytes(event.payload).decode() for event in AuditEvent.objects.filter(action__startswith="counsel.")]
    assert len(said) == 3
    assert not any(words in text for text in said for words in ("May we?", "void"))
    history = desk.get(f"/staff/requests/{data_request.reference}/history/").content.decode()
    assert "Referred to counsel" in history
    assert "Counsel answered" in history


def test_the_list_of_counsel_costs_the_same_with_one_and_three_rows():
    adviser, found = make_staff("counsel"), []
    officer = make_officer()
    for wanted in (1, 3):
        while len(found) < wanted:
            data_request = request_at("in_review", officer=officer)
            produce_all(data_request)
            found.append(asked(data_request))
        client = client_for(adviser)
        with CaptureQueriesContext(connection) as queries:
            page = client.get("/staff/counsel/")
        assert len(page.context["referrals"]) == wanted
        assert len(queries) == 9, [q["sql"][:90] for q in queries]
