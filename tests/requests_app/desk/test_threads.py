"""One thread on both sides: what stands in it, under which names, and how far it was read."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from foundation.audit.models import AuditEvent
from requests_app.models import CaseNote, Clarification, Follower, ThreadRead
from requests_app.services import questions, threads, triage
from tests.factories import clean_pdf, request_at
from tests.people import client_for, make_officer, make_staff

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 18, 14, 20, tzinfo=UTC)
DAY = timedelta(days=1)


def titles(said):
    return [one.title for one in said]


def test_everything_said_stands_in_order_and_nothing_internal():
    data_request = request_at("in_review", at=AT - 3 * DAY)
    officer, analyst = data_request.officer, data_request.assignee
    type(analyst).objects.filter(pk=analyst.pk).update(full_name="Zacharias Quillfeather", pseudonym="reviewer 14")
    CaseNote.objects.create(data_request=data_request, text="INTERNAL", written_at=AT, written_by=analyst)
    first = questions.ask(data_request, text="Which?", by=analyst, at=AT)
    questions.answer(first, text="March.", by=officer, at=AT + DAY)
    second = questions.ask(data_request, text="And?", by=analyst, at=AT + 2 * DAY)
    questions.sweep(at=second.due_at)

    said = threads.for_officer(data_request, officer)

    assert titles(said) == ["Question 1", "Answer to question 1", "Question 2", "Closed without an answer"]
    assert [one.by for one in said][:2] == ["Meridian Exchange, reviewer 14", "You"]
    page = client_for(officer).get(reverse("officer:request", args=[data_request.reference])).content.decode()
    for hidden in ("Quillfeather", "INTERNAL", analyst.email):
        assert hidden not in page
    assert "Zacharias Quillfeather (reviewer 14)" in [one.by for one in threads.for_staff(data_request, analyst)]


def test_a_return_stands_in_the_thread_with_its_reason():
    data_request = request_at("submitted", at=AT - 3 * DAY)
    analyst = make_staff("analyst")
    triage.return_incomplete(data_request, code="dates", text="Add the dates.", by=analyst, at=AT)
    said = threads.for_officer(data_request, data_request.officer)
    assert [(one.title, one.text) for one in said] == [("Returned: something was missing", "Add the dates.")]


def test_opening_leaves_a_mark_once_and_only_of_who_counts():
    data_request = request_at("awaiting_officer")
    officer, asker = data_request.officer, data_request.clarifications.get().asked_by
    follower = make_officer(data_request.agency)
    Follower.objects.create(data_request=data_request, user=follower, added_at=AT, added_by=officer)
    address = reverse("officer:request", args=[data_request.reference])
    client_for(follower).get(address)
    client_for(make_staff("auditor")).get(reverse("staff:messages", args=[data_request.reference]))
    client_for(officer).head(address)
    assert not ThreadRead.objects.exists()

    assert ">New</span>" in client_for(officer).get(address).content.decode()
    row = ThreadRead.objects.get()
    assert ">New</span>" not in client_for(officer).get(address).content.decode()

    assert (row.user, ThreadRead.objects.get().read_at) == (officer, row.read_at)
    assert AuditEvent.objects.filter(action="question.thread_read").count() == 1
    page = client_for(asker).get(reverse("staff:messages", args=[data_request.reference])).content.decode()
    assert "Read by the officer" in page


def test_the_officer_reads_which_reviewer_read_the_answer_by_pseudonym_only():
    data_request = request_at("awaiting_officer")
    question = data_request.clarifications.get()
    analyst = question.asked_by
    type(analyst).objects.filter(pk=analyst.pk).update(full_name="Zacharias Quillfeather", pseudonym="reviewer 14")
    questions.answer(question, text="March.", by=data_request.officer)
    client_for(analyst).get(reverse("staff:messages", args=[data_request.reference]))
    page = client_for(data_request.officer).get(reverse("officer:request", args=[data_request.reference]))
    words = page.content.decode()
    assert "Read by reviewer 14" in words
    assert "Quillfeather" not in words


@pytest.mark.parametrize(("state", "seen"), [("clean", True), ("pending", False), ("infected", False)])
def test_a_document_of_ours_reaches_the_officer_once_it_is_clean(state, seen):
    data_request = request_at("in_review")
    analyst = data_request.assignee
    paper = clean_pdf(analyst, filename="our-list.pdf")
    question = questions.ask(data_request, text="Which?", documents=[paper], by=analyst)
    type(paper).objects.filter(pk=paper.pk).update(state=state, refusal="Virus" if state == "infected" else "")

    client = client_for(data_request.officer)
    page = client.get(reverse("officer:request", args=[data_request.reference])).content.decode()
    answer = client.get(reverse("officer:question_file", args=[data_request.reference, question.number, paper.uid]))

    assert ("our-list.pdf" in page) is seen
    assert answer.status_code == (200 if seen else 409)
    stranger = client_for(request_at("in_review").officer)
    address = reverse("officer:question_file", args=[data_request.reference, question.number, paper.uid])
    assert stranger.get(address).status_code == 404
    assert Clarification.objects.get(pk=question.pk).documents.count() == 1
