"""Handing requests over: at once to a proven colleague, else once we agreed; what goes along, and who is told."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from foundation.core.errors import NotAllowed, TransitionRefused
from foundation.notifications.models import OutboundMessage
from preservation.models import PreservationHold
from requests_app.models import DataRequest
from requests_app.services import followers, hand_overs, questions
from tests.factories import request_at
from tests.people import client_for, make_officer, make_provider

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def proven_officer(agency, **more):
    """A colleague who was vetted long ago and had a request answered."""
    person = make_officer(agency, **more)
    person.memberships.update(approved_at=timezone.now() - timedelta(days=91))
    request_at("granted", officer=person)
    return type(person).objects.get(pk=person.pk)


def mails(event):
    return sorted(OutboundMessage.objects.filter(event=event).values_list("to_address", flat=True))


@pytest.mark.parametrize(
    ("days", "answered", "proven"), [(91, 1, True), (90, 1, False), (91, 0, False), (365, 9, True), (None, 5, False)]
)
def test_proven_is_vetted_long_ago_and_answered_once(days, answered, proven):
    vetted = NOW - timedelta(days=days) if days is not None else None
    assert hand_overs.is_proven(vetted, answered, at=NOW) is proven


def test_a_proven_colleague_has_it_at_once_with_question_and_hold():
    asked = request_at("awaiting_officer")
    old, new = asked.officer, proven_officer(asked.agency)
    at = timezone.now()
    hold = PreservationHold.objects.create(
        provider=make_provider(), officer=old, agency=asked.agency, reference="HD-26-0000001", status="active",
        request_reference=asked.reference, created_at=at, requested_at=at, starts_at=at,
        expires_at=at + timedelta(days=90),
    )  # fmt: skip
    followers.add(asked, new, by=old)
    url = f"/requests/{asked.reference}/hand-over/"
    for _click in range(2):
        client_for(old).post(url, {"to": new.pk, "reason": "I change to another unit."})
    asked.refresh_from_db()
    hold.refresh_from_db()
    assert asked.officer == new
    assert hold.officer == new
    assert asked.hand_overs.count() == 1
    assert asked.followers.get().status == "ended"
    assert mails("request_given") == [old.email]
    assert mails("request_taken_over") == [new.email]
    assert "another unit" not in OutboundMessage.objects.get(event="request_given").body_text
    assert client_for(old).get(f"/requests/{asked.reference}/").status_code == 404
    page = client_for(new).get(f"/requests/{asked.reference}/").content.decode()
    assert "Send answer" in page
    assert "Handed over to another officer" in page
    with pytest.raises(NotAllowed):
        questions.answer(asked.clarifications.get(), text="Too late", by=old)
    questions.answer(asked.clarifications.get(), text="Mine now", by=new)


def test_a_new_colleague_waits_for_us():
    sent = request_at("in_review")
    old, new = sent.officer, make_officer(sent.agency)
    client = client_for(old)
    for _click in range(2):
        client.post(f"/requests/{sent.reference}/hand-over/", {"to": new.pk, "reason": "Illness"})
    sent.refresh_from_db()
    assert sent.officer == old
    waits = sent.hand_overs.get()
    assert waits.status == "waiting"
    assert mails("agreement_waits") == [sent.assignee.email]
    assert "waits for our agreement" in client.get(f"/requests/{sent.reference}/").content.decode()
    assert client_for(new).get(f"/requests/{sent.reference}/").status_code == 404
    staff, url = client_for(sent.assignee), f"/staff/requests/{sent.reference}/hand-overs/{waits.uid}/"
    assert (
        "May a new officer take this request over" in staff.get(f"/staff/requests/{sent.reference}/").content.decode()
    )
    assert "Illness" in staff.get(url).content.decode()
    for _click in range(2):
        staff.post(url, {"action": "agree", "reason": ""})
    sent.refresh_from_db()
    assert sent.officer == new
    assert mails("request_given") == [old.email]


def test_we_may_decline_and_the_officer_may_call_it_off():
    sent = request_at("in_review")
    new = make_officer(sent.agency)
    first = hand_overs.hand_over(sent, to=new, by=sent.officer)
    hand_overs.decline(first, reason="Call us first.", by=sent.assignee)
    assert mails("hand_over_declined") == [sent.officer.email]
    page = client_for(sent.officer).get(f"/requests/{sent.reference}/").content.decode()
    assert "Call us first." in page
    assert sent.assignee.get_full_name() not in page
    second = hand_overs.hand_over(sent, to=new, by=sent.officer)
    client_for(sent.officer).post(f"/requests/{sent.reference}/hand-over/cancel/")
    with pytest.raises(TransitionRefused):
        hand_overs.agree(second, by=sent.assignee)
    sent.refresh_from_db()
    assert sent.officer != new


def test_a_lead_hands_over_for_somebody_who_left_but_nothing_restricted_and_no_draft():
    gone = make_officer()
    agency = gone.membership.agency
    lead, new = make_officer(agency, lead=True), proven_officer(agency)
    rows = [request_at("in_review", officer=gone) for _n in range(2)]
    sealed = request_at("submitted", officer=gone, restricted=True)
    draft = request_at("draft", officer=gone, title="Secret draft")
    gone.memberships.update(ended_at=timezone.now())
    client = client_for(lead)
    page = client.get("/requests/hand-over/").content.decode()
    assert all(row.reference in page for row in rows)
    assert sealed.reference not in page
    assert draft.title not in page
    given = {"requests": [str(row.uid) for row in [*rows, sealed, draft]], "to": new.pk}
    client.post("/requests/hand-over/", given)
    assert DataRequest.objects.filter(officer=new, pk__in=[row.pk for row in rows]).count() == 2
    assert not DataRequest.objects.filter(officer=new, pk__in=[sealed.pk, draft.pk]).exists()
    for row in (sealed, draft):
        with pytest.raises(NotAllowed):
            hand_overs.hand_over(row, to=new, by=lead)


def test_nobody_else_hands_over_and_nobody_elsewhere_receives():
    sent = request_at("submitted")
    colleague, elsewhere = make_officer(sent.agency), proven_officer(make_officer().membership.agency)
    with pytest.raises(NotAllowed):
        hand_overs.hand_over(sent, to=colleague, by=colleague)
    with pytest.raises(NotAllowed):
        hand_overs.hand_over(sent, to=elsewhere, by=sent.officer)
    answer = client_for(sent.officer).post(f"/requests/{sent.reference}/hand-over/", {"to": elsewhere.pk})
    assert answer.status_code == 422
    empty = client_for(sent.officer).post("/requests/hand-over/", {"to": colleague.pk})
    assert "Choose at least one request" in empty.content.decode()


def test_a_restricted_request_goes_to_a_named_reader_and_only_once_we_agreed():
    sent = request_at("in_review", restricted=True)
    new = proven_officer(sent.agency)
    with pytest.raises(NotAllowed, match="named reader"):
        hand_overs.hand_over(sent, to=new, by=sent.officer)
    sent.named_readers.add(new)
    assert hand_overs.hand_over(sent, to=new, by=sent.officer).status == "waiting"


def test_a_draft_goes_along_with_its_owners_word():
    draft = request_at("draft")
    new = make_officer(draft.agency)
    client_for(draft.officer).post(f"/drafts/{draft.uid}/hand-over/", {"to": new.pk})
    draft.refresh_from_db()
    assert draft.officer == new
    assert client_for(new).get(f"/drafts/{draft.uid}/").status_code == 200


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_to_hand_over_asks_the_same_number_of_questions(rows, django_assert_num_queries):
    officer = make_officer()
    for _n in range(rows):
        request_at("awaiting_officer", officer=officer)
    client = client_for(officer)
    client.get("/requests/hand-over/")
    with django_assert_num_queries(10):
        client.get("/requests/hand-over/")
