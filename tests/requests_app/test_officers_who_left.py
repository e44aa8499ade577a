"""Requests of officers who left: the desk is told, questions end in their time, and nobody who left is written to."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import AgencyMembership
from accounts.services import members
from foundation.notifications.models import OutboundMessage
from foundation.notifications.reminders import remind
from foundation.notifications.running_clocks import deadlines_between
from requests_app.models import Follower
from requests_app.services import questions
from tests.factories import request_at
from tests.people import make_officer, make_staff

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 18, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def told(event):
    return sorted(OutboundMessage.objects.filter(event=event).values_list("to_address", flat=True))


def goes(officer, how):
    if how == "left":
        officer.memberships.update(ended_at=AT)
    else:
        officer.is_active = False
        officer.save()


@pytest.mark.parametrize("how", ["left", "inactive"])
def test_the_desk_is_told_of_the_answer_and_whoever_left_is_not(how):
    data_request = request_at("in_review", at=AT)
    officer, follower = data_request.officer, make_officer(data_request.agency)
    Follower.objects.create(data_request=data_request, user=follower, added_at=AT, added_by=officer)
    goes(officer, how)
    remind(at=data_request.deadline_at)
    assert told("answer_late") == [data_request.assignee.email]
    assert told("answer_delayed") == [follower.email]
    assert not OutboundMessage.objects.filter(to_user=officer).exists()


@pytest.mark.parametrize("how", ["left", "inactive"])
def test_their_questions_end_in_time_and_the_desk_knows(how):
    data_request = request_at("awaiting_officer", at=AT)
    goes(data_request.officer, how)
    question = data_request.clarifications.get()
    assert questions.sweep(at=question.due_at) == 1
    data_request.refresh_from_db()
    assert data_request.status == "lapsed"
    assert told("question_unanswered") == [data_request.assignee.email]
    assert not OutboundMessage.objects.filter(to_user=data_request.officer).exists()


@pytest.mark.parametrize("who", ["left", "officer suspended", "agency suspended"])
def test_an_emergency_in_hand_is_told_to_the_desk_whatever_became_of_the_officer(who):
    data_request = request_at("in_review", kind="emergency", at=AT)
    if who == "left":
        goes(data_request.officer, "left")
    elif who == "officer suspended":
        data_request.officer.memberships.update(suspended_at=AT)
    else:
        type(data_request.agency).objects.filter(pk=data_request.agency_id).update(status="suspended")
    remind(at=data_request.deadline_at)
    assert data_request.assignee.email in told("emergency_undecided")
    assert not OutboundMessage.objects.filter(to_user=data_request.officer).exists()


def test_the_page_of_deadlines_says_who_left_and_who_is_suspended():
    left, waits, asked = (request_at(status, at=AT) for status in ("in_review", "in_review", "awaiting_officer"))
    goes(left.officer, "left")
    goes(asked.officer, "inactive")
    waits.officer.memberships.update(suspended_at=AT)
    shown = {(s.label, s.clock): s for s in deadlines_between(make_staff("analyst"), AT - DAY, AT + 60 * DAY)}
    of_left, of_waits = shown[left.reference, "Answer"], shown[waits.reference, "Answer"]
    assert (of_left.stopped, "has left" in of_left.note) == (False, True)
    assert (of_waits.stopped, "is suspended" in of_waits.note) == (True, True)
    question = shown[asked.reference, "Question"]
    assert (question.stopped, "has left" in question.note) == (False, True)


def test_at_the_removal_of_a_member_the_desk_and_the_leads_who_stay_are_told():
    data_request = request_at("in_review", at=AT)
    officer, analyst = data_request.officer, data_request.assignee
    request_at("in_review", at=AT, officer=officer, analyst=analyst, restricted=True)
    request_at("refused", at=AT, officer=officer)
    lead = make_officer(data_request.agency, lead=True)
    stranger = make_officer(lead=True)
    members.remove(AgencyMembership.objects.get(user=officer), by=lead, reason="Moved away.")
    assert told("officer_left") == [analyst.email]
    mail = OutboundMessage.objects.get(event="requests_left")
    assert mail.to_user == lead
    assert "one open request" in mail.body_text, "a restricted one is not counted for a lead"
    assert told("member_removed") == [officer.email]
    assert not OutboundMessage.objects.filter(to_user=stranger).exists()
