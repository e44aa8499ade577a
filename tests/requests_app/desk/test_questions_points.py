"""Questions point by point, more time, who gets the answer, and an answer after the end."""

from datetime import UTC, date, datetime, timedelta

import pytest

from accounts.models import Absence, DeclaredConflict, User
from foundation.audit.models import AuditEvent
from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused
from foundation.notifications.models import OutboundMessage
from preservation.enums import HoldStatus
from requests_app.enums import ClarificationStatus, RequestStatus
from requests_app.services import answer_time, questions
from requests_app.services.threads import for_officer
from tests.factories import request_at
from tests.people import make_staff
from tests.preservation.holds import hold_of

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 18, 14, 20, tzinfo=UTC)
DAY = timedelta(days=1)
POINTS = [{"check": "dates", "text": "Which period?"}, {"check": "", "text": "Whose signature is on page two?"}]


def asked(**changes):
    data_request = request_at("in_review", at=AT - 3 * DAY)
    return questions.ask(data_request, by=data_request.assignee, at=AT, **({"text": "", "items": POINTS} | changes))


def told(event):
    return {mail.to_user_id for mail in OutboundMessage.objects.filter(event=event)}


def test_each_point_is_answered_or_said_why_not():
    question = asked()
    officer = question.data_request.officer
    with pytest.raises(Incomplete, match="2 is open"):
        questions.answer(question, text="All of it.", items=[{"text": "March"}], by=officer, at=AT + DAY)

    items = [{"text": "March", "given": True}, {"text": "The judge will not say.", "given": False}]
    questions.answer(question, text="", items=items, by=officer, at=AT + DAY)

    thread = for_officer(question.data_request, officer)
    assert thread[-1].points == (("Which period?", items[0]), ("Whose signature is on page two?", items[1]))


def test_what_cannot_be_sent_is_refused():
    for wrong in ({"items": []}, {"text": "By {due}"}, {"days": 9}, {"days": 61}):
        with pytest.raises(Incomplete):
            asked(**wrong)
    with pytest.raises(NotAllowed):
        asked(owner=make_staff("approver"))
    assert asked(days=20).due_at == datetime(2026, 12, 16, 17, tzinfo=UTC)


def test_whoever_follows_it_up_is_told_and_gets_the_answer():
    owner = make_staff("analyst")
    question = asked(owner=owner)
    items = [{"text": "March"}, {"text": "Hers"}]
    questions.answer(question, text="", items=items, by=question.data_request.officer, at=AT + DAY)
    assert told("question_yours") == told("question_answered") == {owner.pk}


def left(person, _data_request):
    User.objects.filter(pk=person.pk).update(is_active=False)


def away(person, _data_request):
    Absence.objects.create(
        user=person, first_day=date(2026, 11, 18), last_day=date(2026, 11, 30), entered_at=AT, entered_by=person
    )


def has_a_conflict(person, data_request):
    DeclaredConflict.objects.create(user=person, agency=data_request.agency, reason="My sister", declared_at=AT)


@pytest.mark.parametrize("happens", [left, away, has_a_conflict])
def test_an_answer_goes_to_the_team_where_whoever_asked_is_gone(happens):
    colleague, question = make_staff("analyst"), asked(text="Which?", items=[])
    data_request = question.data_request
    asker = data_request.assignee
    happens(asker, data_request)

    questions.answer(question, text="March.", by=data_request.officer, at=AT + DAY)

    data_request.refresh_from_db()
    assert (data_request.assignee, data_request.status) == (None, RequestStatus.IN_REVIEW)
    assert colleague.pk in told("question_answered_team")
    assert not told("question_answered")
    assert AuditEvent.objects.get(action="request.given_back").reason.startswith("The colleague who asked")


def test_more_time_is_asked_for_once_and_decided_once():
    question = asked()
    officer, analyst = question.data_request.officer, question.data_request.assignee
    with pytest.raises(Incomplete):
        answer_time.ask_more(question, until=date(2026, 12, 2), reason="The court", by=officer, at=AT + DAY)
    answer_time.ask_more(question, until=date(2026, 12, 18), reason="The court", by=officer, at=AT + DAY)
    with pytest.raises(TransitionRefused):
        answer_time.ask_more(question, until=date(2026, 12, 19), reason="Again", by=officer, at=AT + DAY)
    with pytest.raises(NotAllowed):
        answer_time.decide_more(question, give=True, by=officer, at=AT + DAY)

    answer_time.decide_more(question, give=True, by=analyst, at=AT + 2 * DAY)

    with pytest.raises(TransitionRefused):
        answer_time.decide_more(question, give=False, by=make_staff("analyst"), at=AT + 2 * DAY)
    question.refresh_from_db()
    assert question.due_at == datetime(2026, 12, 18, 17, tzinfo=UTC)
    assert (told("question_more_time_asked"), told("question_more_time_given")) == ({analyst.pk}, {officer.pk})
    # The old end passes without a lapse; the new one closes it.
    assert questions.sweep(at=datetime(2026, 12, 3, tzinfo=UTC)) == 0
    assert questions.sweep(at=question.due_at) == 1


def test_no_more_time_leaves_the_day_and_staff_may_prolong_of_their_own_accord():
    question = asked()
    officer, analyst = question.data_request.officer, question.data_request.assignee
    answer_time.ask_more(question, until=date(2026, 12, 18), reason="The court", by=officer, at=AT + DAY)
    answer_time.decide_more(question, give=False, reason="The bar ends.", by=analyst, at=AT + DAY)
    assert "The bar ends." in [one.text for one in for_officer(question.data_request, officer)]
    question.refresh_from_db()
    assert question.due_at == datetime(2026, 12, 2, 17, tzinfo=UTC)
    assert told("question_more_time_refused") == {officer.pk}
    answer_time.prolong(question, until=date(2026, 12, 9), by=analyst, at=AT + DAY)
    question.refresh_from_db()
    assert question.due_at == datetime(2026, 12, 9, 17, tzinfo=UTC)
    with pytest.raises(Incomplete):
        answer_time.prolong(question, until=date(2027, 6, 1), by=analyst, at=AT + DAY)


def test_a_lapse_says_why_and_leaves_the_hold_and_a_late_answer_opens_nothing_by_itself():
    question = asked(text="Which?", items=[])
    data_request = question.data_request
    officer, analyst = data_request.officer, data_request.assignee
    hold = hold_of(officer)
    type(hold).objects.filter(pk=hold.pk).update(request_reference=data_request.reference)
    questions.sweep(at=question.due_at)
    question.refresh_from_db()
    data_request.refresh_from_db()
    hold.refresh_from_db()
    assert question.closed_because == "No answer came in time. It was due 2 Dec 2026, 17:00 UTC."
    assert (data_request.status, hold.status) == (RequestStatus.LAPSED, HoldStatus.ACTIVE)

    late = question.due_at + 3 * DAY
    questions.answer_late(question, text="March.", by=officer, at=late)
    with pytest.raises(TransitionRefused):
        questions.answer_late(question, text="March!", by=officer, at=late)
    data_request.refresh_from_db()
    assert data_request.status == RequestStatus.LAPSED
    assert told("question_answered_late") == {analyst.pk}

    questions.reopen(data_request, by=analyst, at=late + DAY)
    data_request.refresh_from_db()
    assert data_request.status == RequestStatus.IN_REVIEW
    assert question.replies.get().text == "March."


def test_a_late_answer_comes_within_thirty_days_and_from_the_officer_only():
    question = asked(text="Which?", items=[])
    questions.sweep(at=question.due_at)
    question.refresh_from_db()
    question.data_request.refresh_from_db()
    stranger = request_at("in_review").officer
    over = question.due_at + 31 * DAY
    for by, at in ((stranger, question.due_at + DAY), (question.data_request.officer, over)):
        with pytest.raises(TransitionRefused):
            questions.answer_late(question, text="March.", by=by, at=at)
    assert question.status == ClarificationStatus.LAPSED
