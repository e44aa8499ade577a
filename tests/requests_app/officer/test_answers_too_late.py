"""An answer that comes when the question waits for none any more: nothing that was typed is lost."""

import pytest
from django.urls import reverse

from foundation.core.errors import TransitionRefused
from requests_app.services import intake, questions
from requests_app.views.officer import questions as pages
from tests.factories import request_at
from tests.people import client_for
from tests.requests_app.officer.helpers import pdf

pytestmark = pytest.mark.django_db
TYPED = "Page two <names> it.\n\nIn the second line."


@pytest.fixture
def asked():
    return request_at("awaiting_officer")


def send(asked, text=TYPED, files=()):
    url = reverse("officer:question", args=[asked.reference, 1])
    return client_for(asked.officer).post(url, {"text": text, "uploads": [pdf(name) for name in files]})


def assert_kept(answer, *words):
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "readonly>Page two &lt;names&gt; it.\n\nIn the second line.</textarea>" in page
    assert page.count("<textarea") == 1
    for said in words:
        assert said in page


def test_a_question_that_was_taken_back(asked):
    question = asked.clarifications.get()
    questions.cancel(question, by=question.asked_by)
    answer = send(asked, files=["page-2.pdf", "wrong.exe"])
    assert_kept(answer, "We took this question back. You need not answer.", "page-2.pdf, wrong.exe")
    assert not question.replies.exists()


def test_a_question_that_was_answered_in_another_tab(asked):
    assert send(asked, "The first answer").status_code == 302
    assert_kept(send(asked), "This question was answered before.")
    assert asked.clarifications.get().replies.get().text == "The first answer"
    assert send(asked, "The  first answer").status_code == 302  # a second click


def test_a_question_whose_time_is_over(asked):
    question = asked.clarifications.get()
    questions.sweep(at=question.due_at)
    assert_kept(send(asked), "The time to answer this question is over.")


def test_a_request_that_was_withdrawn(asked):
    intake.withdraw(asked, reason="", by=asked.officer)
    assert_kept(send(asked), "The request was withdrawn")
    assert send(asked, "").status_code == 302  # nothing to keep


def test_a_question_that_is_taken_back_while_the_answer_is_on_its_way(asked, monkeypatch):
    def late(question, *_given, **_named):
        questions.cancel(question, by=question.asked_by)
        raise TransitionRefused("This cannot be done any more: the state has changed.")

    monkeypatch.setattr(pages, "_answer", late)
    assert_kept(send(asked), "We took this question back.")
