"""Who is told at each stage of a request's clocks, and who is not."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import DeclaredConflict, TeamMembership
from foundation.core.jobs import JobState
from foundation.notifications.models import OutboundMessage
from foundation.notifications.reminders import remind
from foundation.notifications.running_clocks import clocks, deadlines_between
from requests_app.models import Clarification, DataRequest, Follower
from requests_app.notify import intake as notify
from requests_app.services import acknowledging, case_clocks, questions
from tests.factories import request_at
from tests.people import make_officer, make_staff

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 18, 9, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def acknowledged(monkeypatch):
    """Requests of the factories have no receipt; only tests of that clock look at it."""
    monkeypatch.setattr("requests_app.services.reminders._LONGEST", timedelta(days=-400))


def told(event):
    return sorted(OutboundMessage.objects.filter(event=event).values_list("to_address", flat=True))


def emails(*people):
    return sorted(person.email for person in people)


def test_a_first_look_goes_to_who_is_on_call_then_to_everybody():
    data_request = request_at("submitted", at=AT)
    on_call, other, approver = make_staff("analyst"), make_staff("analyst"), make_staff("approver")
    TeamMembership.objects.create(user=on_call, team=data_request.team, on_call=True)
    due = data_request.first_look_due_at
    remind(at=due - timedelta(hours=4))
    remind(at=due)
    assert told("first_look_due") == told("first_look_late") == emails(on_call)
    remind(at=due + DAY)
    assert told("first_look_late") == emails(on_call, on_call, other, approver)
    DataRequest.objects.filter(pk=data_request.pk).update(status="in_review", assignee=other)
    remind(at=due + 3 * DAY)
    assert len(told("first_look_late")) == 4


def test_an_answer_is_told_to_the_assignee_and_when_it_is_late_to_the_officer():
    data_request = request_at("in_review", at=AT)
    officer, analyst, approver = data_request.officer, data_request.assignee, data_request.test_people.approver
    follower = make_officer(data_request.agency)
    Follower.objects.create(data_request=data_request, user=follower, added_at=AT, added_by=officer)
    due = data_request.deadline_at
    for days in (-5, -1):
        remind(at=due + days * DAY)
    assert told("answer_due") == emails(analyst, analyst)
    assert not told("answer_delayed")
    remind(at=due)
    assert (told("answer_late"), told("answer_delayed")) == (emails(analyst), emails(officer, follower))
    remind(at=due + DAY)
    assert told("answer_late") == emails(analyst, analyst, approver)
    assert told("answer_delayed") == emails(officer, follower)
    remind(at=due + 7 * DAY)
    assert told("answer_still_late") == emails(officer, follower)
    remind(at=due + 60 * DAY)
    assert len(told("answer_still_late")) == 2
    for mail in OutboundMessage.objects.filter(event__startswith="answer_"):
        assert data_request.title not in mail.body_text
        assert data_request.case_number not in mail.body_text
    of_officers = OutboundMessage.objects.filter(event__in=["answer_delayed", "answer_still_late"])
    assert not any(analyst.full_name in mail.body_text + mail.body_html for mail in of_officers)


def test_a_missed_end_is_told_to_the_officer_all_the_same():
    data_request = request_at("in_review", at=AT)
    remind(at=data_request.deadline_at + 2 * DAY)
    assert told("answer_delayed") == emails(data_request.officer)


def test_a_clock_that_stands_is_not_reminded_of_and_a_moved_deadline_is_told_anew():
    data_request = request_at("in_review", at=AT)
    due = data_request.deadline_at
    remind(at=due - DAY)
    question = questions.ask(data_request, text="Which?", by=data_request.assignee, at=due - timedelta(hours=9))
    Clarification.objects.filter(pk=question.pk).update(due_at=due + 30 * DAY)
    remind(at=due + 2 * DAY)
    assert (len(told("answer_due")), told("answer_late"), told("answer_delayed")) == (1, [], [])
    questions.answer(question, text="March.", by=data_request.officer, at=due + 3 * DAY)
    data_request.refresh_from_db()
    assert data_request.deadline_at == due + 3 * DAY
    remind(at=due + 3 * DAY - timedelta(hours=8))
    assert len(told("answer_due")) == 2
    remind(at=data_request.deadline_at)
    assert told("answer_delayed") == emails(data_request.officer)


def test_nobody_is_told_while_the_officer_is_suspended():
    data_request = request_at("in_review", at=AT)
    asked = request_at("awaiting_officer", officer=data_request.officer, at=AT)
    data_request.officer.memberships.update(suspended_at=AT)
    remind(at=data_request.deadline_at + DAY)
    remind(at=asked.clarifications.get().due_at - DAY)
    assert not OutboundMessage.objects.exists()
    data_request.officer.memberships.update(suspended_at=None)
    remind(at=data_request.deadline_at + 2 * DAY)
    assert told("answer_delayed") == emails(data_request.officer)


def test_a_restricted_request_is_told_to_named_readers_who_have_no_conflict():
    data_request = request_at("submitted", at=AT, restricted=True)
    named, conflicted, stranger = make_staff("analyst"), make_staff("analyst"), make_staff("analyst")
    TeamMembership.objects.create(user=stranger, team=data_request.team, on_call=True)
    make_staff("approver")
    data_request.named_readers.add(named, conflicted)
    DeclaredConflict.objects.create(user=conflicted, agency=data_request.agency, reason="x", declared_at=AT)
    remind(at=data_request.first_look_due_at + 3 * DAY)
    assert told("first_look_late") == emails(named)
    for reader, knows in ((named, True), (conflicted, False), (stranger, False)):
        listed = {shown.label for shown in deadlines_between(reader, AT - DAY, AT + 60 * DAY)}
        assert (data_request.reference in listed) == knows


def test_what_has_no_assignee_any_more_goes_to_those_who_review():
    data_request = request_at("in_review", at=AT)
    other = make_staff("analyst")
    gone = data_request.assignee
    gone.is_active = False
    gone.save()
    remind(at=data_request.deadline_at - DAY)
    assert told("answer_due") == emails(other)


def test_an_acknowledgement_is_noted_once_it_was_taken(monkeypatch):
    monkeypatch.setattr("requests_app.services.reminders._LONGEST", 2 * DAY)
    now = timezone.now()
    taken, lost, fresh = (
        request_at("submitted", submitted_at=now - timedelta(minutes=n), at=now - DAY) for n in (16, 16, 14)
    )
    analyst = make_staff("analyst")
    for row in (taken, lost, fresh):
        notify.received(row, at=row.submitted_at)
    receipts = OutboundMessage.objects.filter(event="request_received")
    done_at = taken.submitted_at + timedelta(seconds=4)
    receipts.filter(reference=taken.reference).update(state=JobState.DONE, finished_at=done_at)

    assert acknowledging.sweep(at=now) == 1
    assert acknowledging.sweep(at=now) == 0
    taken.refresh_from_db()
    assert taken.acknowledged_at == done_at
    remind(at=now)
    remind(at=now + timedelta(seconds=20))
    mail = OutboundMessage.objects.get(event="acknowledgement_missing")
    assert (mail.to_address, mail.reference) == (analyst.email, lost.reference)


def test_an_acknowledgement_that_came_back_is_none():
    now = timezone.now()
    early, late = (request_at("submitted", submitted_at=now - 4 * DAY, at=now - 5 * DAY) for _n in range(2))
    analyst = make_staff("analyst")
    for row in (early, late):
        notify.received(row, at=row.submitted_at)
    receipts = OutboundMessage.objects.filter(event="request_received")
    receipts.update(state=JobState.DONE, finished_at=now - 3 * DAY)
    receipts.filter(reference=early.reference).update(bounced_at=now - 3 * DAY)
    assert acknowledging.sweep(at=now) == 1, "what came back before the sweep looked was never taken"
    receipts.filter(reference=late.reference).update(bounced_at=now)
    assert [acknowledging.sweep(at=now), acknowledging.sweep(at=now)] == [1, 0]
    late.refresh_from_db()
    assert late.acknowledged_at is None
    assert told("acknowledgement_missing") == emails(analyst)
    assert "came back" in case_clocks.read(late, at=now).clocks[0].said


def test_a_request_sent_again_waits_for_its_own_receipt():
    now = timezone.now()
    again = request_at("submitted", submitted_at=now - timedelta(minutes=5), at=now - DAY, lock_version=2)
    notify.received(again, at=now - timedelta(hours=3))
    OutboundMessage.objects.update(state=JobState.DONE, finished_at=now - timedelta(hours=3))
    assert acknowledging.sweep(at=now) == 0


def test_the_page_of_deadlines_lists_what_is_owed_and_says_what_stands():
    analyst = make_staff("analyst")
    looked, waiting = request_at("in_review", at=AT), request_at("awaiting_officer", at=AT)
    new, urgent = request_at("submitted", at=AT), request_at("submitted", kind="emergency", at=AT)
    request_at("closed", at=AT)
    shown = list(deadlines_between(analyst, AT, AT + 60 * DAY))
    ours = {"Answer", "First look", "Question", "Emergency to take", "Emergency to decide"}
    found = {(one.clock, one.label) for one in shown if one.clock in ours}
    assert found == {
        ("Answer", looked.reference),
        ("Answer", waiting.reference),
        ("Answer", new.reference),
        ("First look", new.reference),
        ("Question", waiting.reference),
        ("Emergency to take", urgent.reference),
        ("Emergency to decide", urgent.reference),
    }
    stands = [one for one in shown if one.stopped and one.clock == "Answer"]
    assert [(one.label, one.note) for one in stands] == [
        (waiting.reference, "The clock is stopped until the officer answers.")
    ]
    assert {one.person_id for one in shown if one.label == looked.reference} == {looked.assignee_id}


def test_every_clock_of_a_request_is_named_and_says_who_is_told():
    named = {clock.name: clock for clock in clocks()}
    ours = {"acknowledgement", "first_look", "answer", "question", "emergency_take", "emergency_decide"}
    assert ours <= set(named)
    assert all(named[name].told and named[name].listing for name in ours)
    assert {name for name in ours if named[name].urgent} == {"emergency_take", "emergency_decide"}
