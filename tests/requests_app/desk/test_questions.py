from datetime import UTC, datetime, timedelta

import pytest

from foundation.audit.models import AuditEvent
from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused
from foundation.notifications.models import OutboundMessage
from foundation.notifications.reminders import remind
from requests_app.enums import ClarificationStatus, RequestStatus
from requests_app.models import Follower
from requests_app.services import questions
from tests.factories import clean_pdf, request_at
from tests.people import make_officer, make_staff

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 18, 14, 20, tzinfo=UTC)


def in_review(**changes):
    return request_at("in_review", at=AT - timedelta(days=3), **changes)


def mails(event):
    return list(OutboundMessage.objects.filter(event=event).order_by("pk"))


def test_asking_stops_the_clock_and_writes_to_the_officer_and_followers():
    data_request = in_review()
    officer, analyst = data_request.officer, data_request.assignee
    colleague = make_officer(data_request.agency)
    Follower.objects.create(data_request=data_request, user=colleague, added_at=AT, added_by=officer)

    question = questions.ask(data_request, text=" Which period? ", by=analyst, at=AT)

    data_request.refresh_from_db()
    assert data_request.status == RequestStatus.AWAITING_OFFICER
    assert data_request.clock_stopped_at == AT
    assert question.text == "Which period?"
    assert question.due_at == datetime(2026, 12, 2, 17, tzinfo=UTC)  # 10 working days
    sent = mails("question_asked")
    assert {m.to_address for m in sent} == {officer.email, colleague.email}
    assert "Which period" not in sent[0].body_text
    actions = AuditEvent.objects.values_list("action", flat=True)
    assert {"request.waiting_for_officer", "question.asked"} <= set(actions)


def test_the_answer_moves_the_deadline_by_the_days_the_clock_stood():
    data_request = in_review()
    before = data_request.deadline_at
    question = questions.ask(data_request, text="Which period?", by=data_request.assignee, at=AT)
    paper = clean_pdf(data_request.officer)

    questions.answer(
        question, text="March.", documents=[paper], by=data_request.officer, at=AT + timedelta(days=2, hours=3)
    )

    data_request.refresh_from_db()
    question.refresh_from_db()
    assert data_request.status == RequestStatus.IN_REVIEW
    assert data_request.deadline_at == before + timedelta(days=2)
    assert data_request.clock_stood == timedelta(days=2, hours=3)
    assert data_request.clock_stopped_at is None
    assert question.status == ClarificationStatus.ANSWERED
    assert list(question.replies.get().documents.all()) == [paper]
    assert data_request.documents.filter(document=paper).exists()
    assert [m.to_address for m in mails("question_answered")] == [data_request.assignee.email]


def test_two_answers_have_one_effect():
    data_request = in_review()
    question = questions.ask(data_request, text="Which period?", by=data_request.assignee, at=AT)
    questions.answer(question, text="March.", by=data_request.officer, at=AT + timedelta(hours=1))
    with pytest.raises(TransitionRefused):
        questions.answer(question, text="April.", by=data_request.officer, at=AT + timedelta(hours=2))
    assert question.replies.count() == 1
    assert len(mails("question_answered")) == 1


def test_only_the_officer_answers_and_only_staff_cancel():
    data_request = in_review()
    question = questions.ask(data_request, text="Which period?", by=data_request.assignee, at=AT)
    events = AuditEvent.objects.count()
    for person in (make_officer(data_request.agency), make_officer(data_request.agency, lead=True), make_staff()):
        with pytest.raises(NotAllowed):
            questions.answer(question, text="March.", by=person, at=AT)
    with pytest.raises(NotAllowed):
        questions.cancel(question, by=data_request.officer, at=AT)
    assert AuditEvent.objects.count() == events
    assert not question.replies.exists()


def test_an_empty_question_or_answer_is_refused():
    data_request = in_review()
    with pytest.raises(Incomplete):
        questions.ask(data_request, text="  ", by=data_request.assignee, at=AT)
    question = questions.ask(data_request, text="Which period?", by=data_request.assignee, at=AT)
    with pytest.raises(Incomplete):
        questions.answer(question, text="", by=data_request.officer, at=AT)


def test_cancelling_starts_the_clock_again():
    data_request = in_review()
    before = data_request.deadline_at
    question = questions.ask(data_request, text="Which period?", by=data_request.assignee, at=AT)
    questions.cancel(question, by=make_staff("analyst"), at=AT + timedelta(hours=5))
    data_request.refresh_from_db()
    assert data_request.status == RequestStatus.IN_REVIEW
    assert data_request.deadline_at == before
    assert data_request.clock_stood == timedelta(hours=5)
    assert len(mails("question_cancelled")) == 1


def test_pauses_of_hours_add_up_to_a_day():
    data_request = in_review()
    before = data_request.deadline_at
    for n in range(1, 4):
        asked = AT + timedelta(days=n)
        question = questions.ask(data_request, text="Which period?", by=data_request.assignee, at=asked)
        questions.answer(question, text="March.", by=data_request.officer, at=asked + timedelta(hours=9))
        data_request.refresh_from_db()
        assert data_request.deadline_at == before + timedelta(days=n * 9 // 24)


def test_the_sweep_reminds_once_then_closes_and_staff_can_open_again():
    data_request = in_review()
    before = data_request.deadline_at
    question = questions.ask(data_request, text="Which period?", by=data_request.assignee, at=AT)
    remind(at=AT + timedelta(days=1))
    assert not mails("question_reminder")
    for days, told in ((3, 1), (2, 1), (1, 2)):
        soon = question.due_at - timedelta(days=days)
        assert questions.sweep(at=soon) == 0
        remind(at=soon)
        remind(at=soon + timedelta(hours=1))
        assert len(mails("question_reminder")) == told

    over = question.due_at + timedelta(minutes=1)
    assert questions.sweep(at=over) == 1
    assert questions.sweep(at=over) == 0
    data_request.refresh_from_db()
    question.refresh_from_db()
    assert data_request.status == RequestStatus.LAPSED
    assert question.status == ClarificationStatus.LAPSED
    assert len(mails("question_lapsed")) == 1
    assert [m.to_address for m in mails("question_unanswered")] == [data_request.assignee.email]

    again = over + timedelta(days=1)
    questions.reopen(data_request, by=data_request.assignee, at=again)
    data_request.refresh_from_db()
    assert data_request.status == RequestStatus.IN_REVIEW
    assert data_request.deadline_at == before + (again - AT) // timedelta(days=1) * timedelta(days=1)


def test_a_question_of_an_emergency_goes_out_at_once():
    data_request = request_at("in_review", kind="emergency", at=AT - timedelta(hours=3))
    questions.ask(data_request, text="Which number?", by=data_request.assignee, at=AT)
    assert mails("question_asked")[0].urgent
