"""Every question can be answered whole, and what the officer cannot see is said and sent again."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from foundation.core.errors import Incomplete
from foundation.notifications.models import OutboundMessage
from requests_app.services import infected, questions
from tests.factories import clean_pdf, request_at
from tests.people import client_for

pytestmark = pytest.mark.django_db

POINTS = [{"check": "", "text": "Whose signature is on page two?"}]


@pytest.mark.parametrize("introduction", [True, False])
def test_the_words_above_the_points_are_answered_unless_they_only_lead_to_them(introduction):
    case = request_at("in_review")
    staff, thread = client_for(case.assignee), reverse("staff:messages", args=[case.reference])
    typed = {"text": "Which dates?", "others": POINTS[0]["text"]} | ({"introduction": "on"} if introduction else {})
    assert staff.post(thread, {"text": "Which dates?", "introduction": "on"}).status_code == 422
    assert staff.post(thread, typed).status_code == 302
    officer, address = client_for(case.officer), reverse("officer:question", args=[case.reference, 1])
    page = officer.get(reverse("officer:request", args=[case.reference])).content.decode()
    assert ("Your answer to the question above" in page) is not introduction
    assert officer.post(address, {"item_1": "Hers"}).status_code == (302 if introduction else 422)
    if not introduction:
        with pytest.raises(Incomplete):
            questions.answer(case.clarifications.get(), text="", items=[{"text": "Hers"}], by=case.officer)


def test_an_introduction_without_a_point_asks_nothing():
    case = request_at("in_review")
    with pytest.raises(Incomplete):
        questions.ask(case, text="Good morning.", introduction=True, by=case.assignee)


def test_no_more_time_needs_a_reason_that_the_officer_reads():
    case = request_at("in_review")
    question = questions.ask(case, text="Which?", by=case.assignee)
    later = (question.due_at + questions.timedelta(days=5)).date()
    questions_of = type(question).objects.filter(pk=question.pk)
    questions_of.update(more_time_asked_at=question.asked_at, more_time_until=later, more_time_reason="The court")
    staff, address = client_for(case.assignee), reverse("staff:more_time", args=[case.reference, question.uid])
    assert staff.post(address, {"action": "refuse", "reason": ""}).status_code == 422
    assert staff.post(address, {"action": "refuse", "reason": "The order ends then"}).status_code == 302
    page = client_for(case.officer).get(reverse("officer:request", args=[case.reference])).content.decode()
    assert "The order ends then" in page
    mail = OutboundMessage.objects.get(event="question_more_time_refused")
    assert "The order ends then" not in mail.body_text


def test_a_document_that_was_refused_is_told_of_and_sent_again():
    case = request_at("in_review")
    paper = clean_pdf(case.assignee, filename="walk.pdf")
    question = questions.ask(case, text="Which?", documents=[paper], by=case.assignee)
    type(paper).objects.filter(pk=paper.pk).update(state="refused", refusal="It is damaged.")
    infected.tell(), infected.tell()
    assert OutboundMessage.objects.get(event="question_document_refused").to_user_id == case.assignee_id
    staff, thread = client_for(case.assignee), reverse("staff:messages", args=[case.reference])
    words = staff.get(thread).content.decode()
    assert "The officer does not see walk.pdf" in words
    assert "It is damaged." in words
    assert staff.post(thread, {"action": "files"}).status_code == 422
    again = SimpleUploadedFile("again.pdf", b"%PDF-1.7\n" + b"x" * 50, "application/pdf")
    assert staff.post(thread, {"action": "files", "uploads": again}).status_code == 302
    assert [one.filename for one in question.documents.all()] == ["again.pdf"]
    officer = client_for(case.officer).get(reverse("officer:request", args=[case.reference])).content.decode()
    assert "A document of ours is being checked" in officer


def test_a_question_is_offered_in_the_languages_there_are_texts_in():
    case = request_at("in_review")
    form = client_for(case.assignee).get(reverse("staff:messages", args=[case.reference])).context["form"]
    assert [code for code, _name in form.fields["language"].choices] == ["en"]
