"""What an officer reads of the time: expected date, a clock that is stopped, the next step, when it was answered."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from django.utils.dateformat import format as format_date

from foundation.audit.trail import record
from requests_app.enums import Outcome, RequestStatus
from requests_app.events import Event
from requests_app.models import Clarification, ClarificationReply, DataRequest
from requests_app.what_next import what_next
from tests.factories import request_at
from tests.people import client_for

pytestmark = pytest.mark.django_db


def read(data_request):
    page = client_for(data_request.officer).get(f"/requests/{data_request.reference}/")
    assert page.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", page.content.decode().partition("<main")[2]).split())


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("submitted", "Next, a person looks at it by"),
        ("in_review", "a second person decides. We write if we have a question"),
        ("awaiting_approval", "a second person decides. We write if we have a question"),
        ("granted", "We prepare the records, and write when they can be downloaded."),
    ],
)
def test_an_open_request_names_a_date_and_the_next_step(status, words):
    data_request = request_at(status, at=timezone.now() - timedelta(hours=8))
    page = read(data_request)
    assert words in page
    assert "Answer expected" in page
    assert f"by {format_date(data_request.deadline_at.astimezone(UTC), 'D j M')}" in page or "2027" in page


def test_who_signs_is_not_told_apart_from_who_reviews():
    words = {what_next(request_at(status), answers=True, at=timezone.now()) for status in
             ("in_review", "awaiting_approval")}  # fmt: skip
    assert None not in words
    assert len(words) == 1


def test_a_clock_that_stands_says_since_when_and_until_when_to_answer():
    data_request = request_at("awaiting_officer")
    stopped = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
    DataRequest.objects.filter(pk=data_request.pk).update(clock_stopped_at=stopped)
    page = read(data_request)
    question = data_request.clarifications.get()
    assert re.search(
        r"Our clock stopped on .*5 Jan.*09:00 UTC.*, waiting for you\. It runs again once you answer\.", page
    )
    assert f"{question.due_at.astimezone(UTC):%H:%M} UTC" in page
    assert [page.count(words) for words in ("Answer by", "ithout an answer")] == [1, 1]  # said once


def test_a_late_answer_says_so():
    data_request = request_at("in_review")
    DataRequest.objects.filter(pk=data_request.pk).update(deadline_at=timezone.now() - timedelta(days=2))
    page = read(data_request)
    assert "We are late." in page
    assert "We expect to answer" not in page


def test_nothing_is_promised_once_it_is_over():
    closed = request_at("refused")
    assert what_next(closed, answers=True, at=timezone.now()) is None
    nothing = request_at("granted")
    nothing.outcome = Outcome.NO_RECORDS
    assert what_next(nothing, answers=True, at=timezone.now()).words.startswith("Nothing was found")
    assert what_next(nothing, answers=True, quashed=True, at=timezone.now()) is None


def test_an_answered_question_shows_when_it_was_answered_not_when_it_was_asked():
    data_request = request_at("awaiting_officer")
    asked, answered = datetime(2025, 12, 29, 9, 0, tzinfo=UTC), datetime(2026, 1, 2, 15, 0, tzinfo=UTC)
    question = data_request.clarifications.get()
    ClarificationReply.objects.create(
        clarification=question, text="Page two.", answered_at=answered, answered_by=data_request.officer
    )
    Clarification.objects.filter(pk=question.pk).update(status="answered", asked_at=asked, closed_at=answered)
    DataRequest.objects.filter(pk=data_request.pk).update(status=RequestStatus.IN_REVIEW, clock_stopped_at=None)
    page = read(data_request)
    head = page.partition("You answered a question")[2]
    assert "Answered 2 Jan 2026, 15:00 UTC" in head
    assert "Asked 29 Dec 2025, 09:00 UTC" in page
    assert "You" in head


def test_every_time_on_the_page_has_the_readers_own_beside_it():
    data_request = request_at("submitted")
    submitted, look = datetime(2026, 1, 5, 2, 30, tzinfo=UTC), timezone.now() + timedelta(days=400)
    record(Event.SUBMITTED, by=data_request.officer, obj=data_request, at=submitted)
    DataRequest.objects.filter(pk=data_request.pk).update(first_look_due_at=look)
    type(data_request.officer).objects.filter(pk=data_request.officer_id).update(time_zone="America/New_York")
    data_request.officer.refresh_from_db()
    page = read(data_request)
    timeline = page.partition("Timeline")[2]
    assert "5 Jan 2026, 02:30 UTC (" in timeline
    assert "21:30 your time)" in timeline
    assert re.search(r"a person looks at it by .*? UTC \(.*? your time\) ?\. We write", page)
    whole = client_for(data_request.officer).get(f"/requests/{data_request.reference}/").content.decode()
    assert 'title="5 Jan 2026, 02:30:00 UTC"' in whole
