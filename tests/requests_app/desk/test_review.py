import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import CallBack
from foundation.audit.models import AuditEvent
from foundation.audit.trail import record
from foundation.core.errors import NotAllowed
from foundation.notifications.models import OutboundMessage
from requests_app.enums import LineDecision, MatchResult, RequestStatus
from requests_app.models import Review
from requests_app.permissions import involved
from requests_app.services import matching, review
from requests_app.services.review import Draft
from tests.factories import request_at
from tests.people import client_for, make_agency, make_officer, make_staff
from tests.requests_app.desk.pages import answers, proposed, ready, typed

pytestmark = pytest.mark.django_db


def url_of(data_request, page=""):
    return f"/staff/requests/{data_request.reference}/{page}"


def stored(data_request):
    return Review.objects.filter(data_request=data_request).first()


def actions():
    return list(AuditEvent.objects.order_by("id").values_list("action", flat=True))


def test_every_look_leaves_an_event():
    data_request = ready()
    client = client_for(make_staff("auditor"))
    for page in ("", "sent/", "messages/", "notes/", "history/"):
        before = actions().count("request.viewed")
        assert client.get(url_of(data_request, page)).status_code == 200
        assert actions().count("request.viewed") == before + 1


def test_a_picture_of_a_page_carries_the_watermark_and_an_event_per_look():
    data_request = request_at("in_review", preview=True)
    client = client_for(data_request.assignee)
    page = client.get(url_of(data_request))
    image = re.search(r'src="(/staff/[^"]+1[.]png)"', page.content.decode())[1]
    for look in (1, 2):
        response = client.get(image)
        assert response["Content-Type"] == "image/png"
        assert actions().count("request.document_viewed") == look
    assert "Order of the court" in page.content.decode()  # under "Read as text"
    assert client_for(make_staff("analyst")).get(image.replace("1.png", "9.png")).status_code == 404
    assert client_for(data_request.officer).get(image).status_code == 404


def test_the_original_needs_a_fresh_factor():
    data_request = request_at("in_review")
    document = data_request.documents.get().document
    url = url_of(data_request, f"documents/{document.uid}/")
    assert "/sign-in/factor/" in client_for(data_request.assignee, factor_age=3600).get(url).url
    assert "request.document_downloaded" not in actions()
    response = client_for(data_request.assignee).get(url)
    assert response["Content-Disposition"].startswith("attachment")
    assert b"".join(response.streaming_content).startswith(b"%PDF")
    assert "request.document_downloaded" in actions()


def test_a_document_of_another_request_is_not_served_here():
    data_request, other = request_at("in_review"), request_at("in_review")
    document = other.documents.get().document
    assert client_for(make_staff()).get(url_of(data_request, f"documents/{document.uid}/")).status_code == 404


def test_saving_keeps_everything_that_was_typed():
    data_request = request_at("in_review")
    line = data_request.lines.first()
    client = client_for(data_request.assignee)
    given = typed(
        data_request,
        authority_answer="yes",
        authority_note="In our register",
        records_answer="no",
        choice="part",
        necessity="To trace the money.",
        **{f"line{line.pk}_decision": "no_records"},
    )
    assert client.post(url_of(data_request), given).status_code == 302
    saved = stored(data_request)
    assert saved.checks["authority"] == {"answer": "yes", "note": "In our register", "page": ""}
    assert saved.terms["necessity"] == "To trace the money."
    line.refresh_from_db()
    assert line.decision == LineDecision.NO_RECORDS
    text = client.get(url_of(data_request)).content.decode()
    assert "In our register" in text
    assert "To trace the money." in text
    assert {"request.checked", "request.line_marked"} <= set(actions())


def test_the_second_of_two_people_is_refused_with_what_changed_and_loses_nothing():
    data_request = request_at("in_review")
    mine, theirs = typed(data_request), typed(data_request)
    colleague = make_staff("analyst")
    client_for(colleague).post(url_of(data_request), theirs | {"authority_answer": "no"})

    page = client_for(data_request.assignee).post(
        url_of(data_request), mine | {"authority_answer": "yes", "signed_note": "Judge Haugen"}
    )

    text = page.content.decode()
    assert page.status_code == 409
    assert "Check 1: stored “no”, you have “yes”" in text
    assert "Judge Haugen</textarea>" in text
    assert stored(data_request).checks["authority"]["answer"] == "no"
    again = mine | {
        "authority_answer": "yes",
        "signed_note": "Judge Haugen",
        "version": stored(data_request).lock_version,
    }
    assert client_for(data_request.assignee).post(url_of(data_request), again).status_code == 302
    assert stored(data_request).checks["signed"]["note"] == "Judge Haugen"


def test_a_double_click_on_save_changes_nothing_twice():
    data_request = request_at("in_review")
    given = typed(data_request, authority_answer="yes")
    client = client_for(data_request.assignee)
    client.post(url_of(data_request), given)
    page = client.post(url_of(data_request), given)
    assert page.status_code == 409
    assert "the same as what you have" in page.content.decode()
    assert actions().count("request.checked") == 1


def test_a_refused_line_names_its_code():
    data_request = request_at("in_review")
    line = data_request.lines.first()
    given = typed(data_request, authority_answer="yes", **{f"line{line.pk}_decision": "refuse"})
    page = client_for(data_request.assignee).post(url_of(data_request), given)
    assert "choose why it is not produced" in page.content.decode()
    assert stored(data_request) is None


def test_proposing_from_the_page():
    data_request = ready()
    given = typed(
        data_request,
        action="propose",
        choice="full",
        binding="no",
        route="direct",
        lawful_basis="6(1)(f)",
        transfer_ground="EEA",
        necessity="Each traces money.",
        text_for_officer="We can give this.",
    )
    client = client_for(data_request.assignee)
    assert client.post(url_of(data_request), given).status_code == 302
    data_request.refresh_from_db()
    assert data_request.status == RequestStatus.AWAITING_APPROVAL
    proposal = data_request.proposals.get()
    assert (proposal.binding, proposal.lawful_basis) == (False, "6(1)(f)")
    assert client.post(url_of(data_request), given).status_code == 302  # pressed twice
    assert data_request.proposals.count() == 1


def test_proposing_says_what_is_missing_and_keeps_what_was_typed():
    data_request = request_at("in_review", matched=True)
    client = client_for(data_request.assignee)
    page = client.post(url_of(data_request), typed(data_request, action="propose", choice="part", route="direct"))
    text = page.content.decode()
    for message in ("Lawful basis: choose an answer", "Enter the text for the officer", "Enter why each line"):
        assert message in text
    given = typed(
        data_request,
        action="propose",
        choice="part",
        binding="yes",
        route="direct",
        lawful_basis="6(1)(c)",
        transfer_ground="EEA",
        necessity="Money.",
        text_for_officer="Yes.",
    )
    page = client.post(url_of(data_request), given)
    assert "Lines 1 to 4: decide whether they are produced." in page.content.decode()
    assert stored(data_request).terms["necessity"] == "Money."
    version = page.context["form"]["version"].value()
    assert int(version) == stored(data_request).lock_version


def test_full_disclosure_is_refused_when_a_line_stays_here():
    data_request = ready(decision=LineDecision.NO_RECORDS)
    given = typed(
        data_request,
        action="propose",
        choice="full",
        binding="yes",
        route="r",
        lawful_basis="6(1)(c)",
        transfer_ground="EEA",
        necessity="Money.",
        text_for_officer="Yes.",
    )
    page = client_for(data_request.assignee).post(url_of(data_request), given)
    assert "this is not everything" in page.content.decode()


@pytest.mark.parametrize("role", ["approver", "auditor", "counsel"])
def test_colleagues_without_the_right_read_and_change_nothing(role):
    data_request = request_at("in_review")
    client = client_for(make_staff(role))
    text = client.get(url_of(data_request)).content.decode()
    assert "Send for approval" not in text
    client.post(url_of(data_request), typed(data_request, authority_answer="yes"))
    assert stored(data_request) is None
    for page in ("take/", "hand-over/", "return/", "call-back/", "reopen/"):
        assert client.post(url_of(data_request, page)).status_code == 403


@pytest.mark.parametrize("role", ["administrator", "preservation_admin"])
def test_staff_without_the_queue_are_told_so(role):
    assert client_for(make_staff(role)).get(url_of(request_at("in_review"))).status_code == 403


def test_officers_find_no_such_page():
    data_request = request_at("in_review")
    assert client_for(data_request.officer).get(url_of(data_request)).status_code == 404


def test_nothing_can_be_saved_once_it_waits_for_the_second_person():
    data_request = proposed().data_request
    client = client_for(data_request.assignee)
    assert "A second person decides now" in client.get(url_of(data_request)).content.decode()
    client.post(url_of(data_request), typed(data_request, authority_answer="no"))
    assert stored(data_request).checks["authority"]["answer"] == "yes"


def test_asking_and_taking_back_on_the_messages_page():
    data_request = request_at("in_review")
    client = client_for(data_request.assignee)
    client.post(url_of(data_request, "messages/"), {"text": "Which period?"})
    data_request.refresh_from_db()
    assert data_request.status == RequestStatus.AWAITING_OFFICER
    question = data_request.clarifications.get()
    assert "Which period?" in client.get(url_of(data_request, "messages/")).content.decode()
    client.post(url_of(data_request, f"messages/{question.uid}/cancel/"))
    data_request.refresh_from_db()
    assert data_request.status == RequestStatus.IN_REVIEW


def test_notes_are_staff_only():
    data_request = request_at("in_review")
    refused = client_for(make_staff("auditor")).post(url_of(data_request, "notes/"), {"text": "I change something."})
    assert refused.status_code == 403
    assert not data_request.notes.exists()
    client_for(make_staff("counsel")).post(url_of(data_request, "notes/"), {"text": "Ask legal first."})
    assert "Ask legal first." in client_for(data_request.assignee).get(url_of(data_request)).content.decode()
    assert "request.note_written" in actions()


def test_handing_over_tells_the_colleague_and_only_to_those_who_may():
    data_request = request_at("in_review")
    colleague, approver = make_staff("analyst"), make_staff("approver")
    client = client_for(data_request.assignee)
    url = url_of(data_request, "hand-over/")
    client.post(url, {"to": str(approver.pk)})
    data_request.refresh_from_db()
    assert data_request.assignee != approver
    client.post(url, {"to": str(colleague.pk)})
    data_request.refresh_from_db()
    assert data_request.assignee == colleague
    assert data_request.assignments.filter(ended_at=None).get().user == colleague
    assert OutboundMessage.objects.get(event="review_handed_over").to_address == colleague.email


def test_returning_an_incomplete_request():
    data_request = request_at("submitted")
    client = client_for(make_staff("analyst"))
    url = url_of(data_request, "return/")
    assert client.post(url, {"code": "not_signed"}).status_code == 200
    assert (
        client.post(url, {"code": "not_signed", "text": "Page 3 lacks the judge's signature."}).url == "/staff/queue/"
    )
    data_request.refresh_from_db()
    assert data_request.status == RequestStatus.DRAFT
    mail = OutboundMessage.objects.get(event="returned_incomplete")
    assert "Not signed or dated" not in mail.body_text
    assert "What is missing stands in the portal." in mail.body_text
    assert "Page 3" not in mail.body_text
    assert AuditEvent.objects.get(action="request.returned_incomplete").reason.startswith("Page 3")


def test_recording_a_call_back_from_the_page():
    data_request = request_at("in_review", kind="emergency")
    client = client_for(data_request.assignee)
    page = client.get(url_of(data_request, "call-back/"))
    way = next(iter(page.context["form"].numbers))
    client.post(url_of(data_request, "call-back/"), {"way": way, "spoke_to": "Duty officer", "result": "confirmed"})
    assert CallBack.objects.get().about_reference == data_request.reference
    assert "spoke to Duty officer" in client.get(url_of(data_request)).content.decode()
    assert "request.call_back_recorded" in actions()


def test_an_agency_without_a_number_cannot_be_called():
    agency = make_agency(number=False)
    data_request = request_at("in_review", kind="emergency", officer=make_officer(agency))
    text = client_for(data_request.assignee).get(url_of(data_request, "call-back/")).content.decode()
    assert "no confirmed number" in text


def test_what_they_sent_shows_the_danger():
    data_request = request_at("in_review", kind="emergency")
    for page in ("", "sent/"):
        text = client_for(data_request.assignee).get(url_of(data_request, page)).content.decode()
        assert "Girl, 14, missing" in text
        assert "app-panel--danger" in text


def test_the_history_names_people_and_what_runs_beside():
    data_request = request_at("in_review")
    client = client_for(data_request.assignee)
    client.post(url_of(data_request, "messages/"), {"text": "Which period?"})
    entries = client.get(url_of(data_request, "history/")).context["entries"]
    titles = {entry.title for entry in entries}
    assert {"Question asked", "Clock stopped"} <= titles
    assert "Looked at" not in titles
    looks = client.get(url_of(data_request, "history/?looks=1")).context["entries"]
    assert "Looked at" in {entry.title for entry in looks}
    assert f"by {data_request.assignee.get_full_name()}" in {entry.by for entry in entries}


def test_reopening_a_lapsed_request():
    data_request = request_at("lapsed")
    client_for(data_request.assignee).post(url_of(data_request, "reopen/"))
    data_request.refresh_from_db()
    assert data_request.status == RequestStatus.IN_REVIEW


def test_confirming_a_bar_needs_its_page():
    data_request = request_at("in_review", secrecy="2027-02-12")
    bar = data_request.non_disclosure_orders.get()
    client = client_for(data_request.assignee)
    until = {f"bar{bar.pk}_until_day": "12", f"bar{bar.pk}_until_month": "2", f"bar{bar.pk}_until_year": "2027"}
    action = {"action": f"bar:{bar.pk}"}
    page = client.post(url_of(data_request), typed(data_request) | until | action)
    assert "Enter the page on which the clause stands." in page.content.decode()
    client.post(url_of(data_request), typed(data_request) | until | action | {f"bar{bar.pk}_page": "2"})
    bar.refresh_from_db()
    assert bar.confirmed_by == data_request.assignee
    assert bar.bars_until.isoformat() == "2027-02-12"


def test_the_service_refuses_a_review_by_the_recorder():
    recorder = make_staff("analyst")
    data_request = request_at("in_review", recorded_by=recorder)
    with pytest.raises(NotAllowed):
        review.save(data_request, Draft(answers(), {}, {}), seen_version=0, by=recorder)
    with pytest.raises(NotAllowed):
        matching.match_target(data_request.targets.first(), by=recorder)
    assert "request.target_matched" not in actions()


# Matching -------------------------------------------------------------------------------------------------------------
def test_an_identifier_that_nobody_has_is_searched_and_logged():
    data_request = request_at("in_review")
    target = data_request.targets.first()
    client_for(data_request.assignee).post(url_of(data_request), typed(data_request, action=f"match:{target.pk}"))
    target.refresh_from_db()
    assert target.matched_by == data_request.assignee
    assert target.match_result != MatchResult.UNMATCHED
    event = AuditEvent.objects.get(action="request.target_matched")
    assert b'"accounts":' in bytes(event.payload)
    assert target.normalised.encode() not in bytes(event.payload)


@pytest.mark.parametrize("status", ["submitted", "awaiting_officer", "awaiting_approval", "granted", "refused"])
def test_nothing_is_searched_outside_a_review(status):
    data_request = request_at(status, matched=False)
    target = data_request.targets.first()
    with pytest.raises(NotAllowed):
        matching.match_target(target, by=make_staff("analyst"))
    target.refresh_from_db()
    assert target.match_result == MatchResult.UNMATCHED
    assert "request.target_matched" not in actions()


def test_a_target_of_another_request_cannot_be_named_in_the_button():
    data_request, other = request_at("in_review"), request_at("in_review")
    page = client_for(data_request.assignee).post(
        url_of(data_request), typed(data_request, action=f"match:{other.targets.first().pk}")
    )
    assert page.status_code == 404
    assert "request.target_matched" not in actions()


def test_of_several_accounts_a_person_chooses_one_that_was_found():
    data_request = request_at("in_review")
    target = data_request.targets.first()
    target.match_result = MatchResult.AMBIGUOUS
    target.match_detail = {"accounts": [{"uid": "A1", "label": "J••• H•••"}, {"uid": "A2", "label": "T••• L•••"}]}
    target.save()
    with pytest.raises(NotAllowed):
        matching.choose_account(target, account="A3", by=data_request.assignee)
    matching.choose_account(target, account="A2", by=data_request.assignee)
    target.refresh_from_db()
    assert (target.match_result, target.account, target.account_label) == (MatchResult.EXACT, "A2", "T••• L•••")


def test_names_are_shown_only_when_asked_for_and_that_is_logged(monkeypatch):
    data_request = ready()

    class Company:
        def contact(self, account):
            return type("Contact", (), {"name": f"Holder of {account}"})()

    monkeypatch.setattr(matching, "connector_for", lambda provider: Company())
    client = client_for(make_staff("approver"))
    assert "Holder of" not in client.get(url_of(data_request)).content.decode()
    page = client.post(url_of(data_request), {"action": "names"})
    assert "Holder of ACC-" in page.content.decode()
    assert actions().count("request.account_shown") == 1
    assert "Holder of" not in client.get(url_of(data_request)).content.decode()


# The second signature through the pages -------------------------------------------------------------------------------
def sign_url(data_request, page=""):
    return f"/staff/approvals/{data_request.reference}/{page}"


def ticks(proposal, **changes):
    return {"seen": proposal.content_hash, "conflict": "on", "read": "on", "why": ""} | changes


def test_approving_through_the_page():
    proposal = proposed()
    data_request = proposal.data_request
    client = client_for(make_staff("approver"))
    assert data_request.reference in client.get("/staff/approvals/").content.decode()
    text = client.get(sign_url(data_request)).content.decode()
    assert "You are the second person." in text
    assert "4 lines leave" in text
    page = client.post(sign_url(data_request, "sign/"), ticks(proposal, conflict=""))
    assert "Tick the box to approve" in page.content.decode()
    assert client.post(sign_url(data_request, "sign/"), ticks(proposal)).url == "/staff/approvals/"
    data_request.refresh_from_db()
    assert data_request.status == RequestStatus.GRANTED
    assert client.post(sign_url(data_request, "sign/"), ticks(proposal)).status_code == 302
    assert actions().count("decision.approved") == 1


def test_approving_needs_a_fresh_factor():
    proposal = proposed()
    data_request = proposal.data_request
    client = client_for(make_staff("approver"), factor_age=3600)
    text = client.get(sign_url(data_request)).content.decode()
    assert "Show your second factor to approve" in text
    assert "/sign-in/factor/" in client.post(sign_url(data_request, "sign/"), ticks(proposal)).url
    data_request.refresh_from_db()
    assert data_request.status == RequestStatus.AWAITING_APPROVAL


def test_what_changed_is_shown_and_nothing_is_approved():
    proposal = proposed()
    data_request = proposal.data_request
    line = data_request.lines.order_by("target_id", "id").first()
    line.period_to += timedelta(days=30)
    line.save()
    client = client_for(make_staff("approver"))
    page = client.post(sign_url(data_request, "sign/"), ticks(proposal))
    assert page.status_code == 409
    assert "Line 1, To: was" in page.content.decode()
    data_request.refresh_from_db()
    assert data_request.status == RequestStatus.AWAITING_APPROVAL


def test_whoever_took_part_reads_why_not():
    both = make_staff("analyst", "approver")
    proposal = proposed(analyst=both)
    data_request = proposal.data_request
    text = client_for(both).get(sign_url(data_request)).content.decode()
    assert "A second person must sign: you worked on this request." in text
    assert "Send back</button>" not in text
    client_for(both).post(sign_url(data_request, "sign/"), ticks(proposal))
    client_for(both).post(sign_url(data_request, "send-back/"), {"seen": "x", "why": "No"})
    data_request.refresh_from_db()
    assert data_request.status == RequestStatus.AWAITING_APPROVAL


def test_analysts_read_the_page_but_cannot_sign():
    proposal = proposed()
    client = client_for(make_staff("analyst"))
    assert "You do not have the right to do this." in client.get(sign_url(proposal.data_request)).content.decode()
    assert client.post(sign_url(proposal.data_request, "sign/"), ticks(proposal)).status_code == 403
    assert client.get("/staff/approvals/").status_code == 403


def test_sending_back_through_the_page():
    proposal = proposed()
    data_request = proposal.data_request
    client = client_for(make_staff("approver"))
    page = client.post(sign_url(data_request, "send-back/"), {"seen": proposal.content_hash, "why": " "})
    assert "write why you send it back" in page.content.decode()
    given = {"seen": proposal.content_hash, "why": "Where is it named?", "line": ["2"]}
    assert client.post(sign_url(data_request, "send-back/"), given).status_code == 302
    data_request.refresh_from_db()
    assert data_request.status == RequestStatus.IN_REVIEW
    text = client_for(data_request.assignee).get(url_of(data_request)).content.decode()
    assert "Line 2: Where is it named?" in text


def test_the_list_of_approvals_costs_the_same_for_more_rows():
    client = client_for(make_staff("approver"))
    proposed()
    client.get("/staff/approvals/")
    with CaptureQueriesContext(connection) as one:
        client.get("/staff/approvals/")
    proposed()
    proposed(at=timezone.now() - timedelta(days=4))
    with CaptureQueriesContext(connection) as three:
        client.get("/staff/approvals/")
    assert len(one) == len(three)


def test_who_worked_on_a_request_is_remembered_although_others_did_it_again():
    data_request = request_at("in_review")
    first, second = make_staff("analyst", "approver"), make_staff("analyst")
    record("request.target_matched", by=first, obj=data_request)
    data_request.targets.update(matched_by=second, matched_at=timezone.now())
    assert {first.pk, second.pk} <= involved(data_request)
