"""The whole request as paper: what it says to whom, and who may take it."""

import io
from datetime import timedelta

import pypdfium2
import pytest
from django.utils import timezone

from foundation.audit.models import AuditEvent
from requests_app.models import RequestLine, Target
from requests_app.services import amendments, printing, questions
from tests.factories import request_at
from tests.people import client_for, make_officer, make_staff

pytestmark = pytest.mark.django_db


def read(answer):
    assert answer.status_code == 200, answer.headers
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Cache-Control"] == "no-store"
    pdf = pypdfium2.PdfDocument(io.BytesIO(answer.content))
    text = " ".join(page.get_textpage().get_text_bounded() for page in pdf)
    return " ".join(text.split())


def paper(data_request, *, by=None, staff=False):
    path = "staff/requests" if staff else "requests"
    return client_for(by or data_request.officer).get(f"/{path}/{data_request.reference}/print.pdf")


@pytest.mark.parametrize(
    ("found", "words"), [([], ""), ([3], "3"), ([1, 2], "1, 2"), ([5, 1, 2, 3, 3, 9, 10], "1 to 3, 5, 9, 10")]
)
def test_runs_of_numbers_are_joined(found, words):
    assert printing.numbers_of(found) == words


def test_the_officers_paper_says_everything_and_names_no_staff():
    asked = request_at("awaiting_officer", investigating_officer="Kari Lund", investigating_rank="Superintendent")
    analyst = asked.assignee
    questions.answer(asked.clarifications.get(), text="The period in the order.", by=asked.officer)
    asked.refresh_from_db()
    amendments.add_facts(asked, text="The witness spoke again.", by=asked.officer)
    text = read(paper(asked))
    document = asked.documents.get().document
    for words in (
        asked.reference, asked.title, asked.officer.get_full_name(), "Kari Lund", "Superintendent", asked.facts,
        "48213377", "Which period should we use?", "The period in the order.", "The witness spoke again.",
        "The answer arrived", analyst.pseudonym, f"Printed by {asked.officer.get_full_name()}", "page 1 of",
        "In review",
    ):  # fmt: skip
        assert words in text, words
    assert document.sha256[:40] in text.replace(" ", "")
    assert analyst.get_full_name() not in text
    assert "ACC-" not in text
    event = AuditEvent.objects.get(action="request.printed")
    assert (event.actor_id, event.object_label) == (str(asked.officer.pk), asked.reference)


def test_what_is_not_signed_yet_stands_on_the_staffs_paper_only():
    waiting = request_at("awaiting_approval")
    assert "Disclosed" not in read(paper(waiting))
    text = read(paper(waiting, by=waiting.assignee, staff=True))
    assert "Disclosed" in text
    assert "For staff only" in text
    decided = request_at("granted")
    assert "Disclosed" in read(paper(decided))
    assert "ACC-" not in read(paper(decided))


def test_who_may_not_see_it_takes_nothing():
    sent = request_at("submitted")
    assert paper(sent, by=make_officer()).status_code == 404
    assert paper(sent, by=make_officer(sent.agency)).status_code == 404
    assert paper(sent, by=make_staff("administrator"), staff=True).status_code == 403
    stale = client_for(sent.officer, factor_age=3600).get(f"/requests/{sent.reference}/print.pdf")
    assert stale.status_code == 302
    assert "factor" in stale["Location"]
    sent.officer.downloads_wait_until = timezone.now() + timedelta(hours=5)
    sent.officer.save()
    assert paper(sent).status_code == 302
    assert not AuditEvent.objects.filter(action="request.printed").exists()


def test_five_hundred_identifiers_make_one_line_for_what_is_alike():
    sent = request_at("submitted", identifiers=[("uid", "48213377")])
    first = sent.lines.first()
    made = Target.objects.bulk_create(
        Target(data_request=sent, kind="uid", given=str(70000000 + n), normalised=str(70000000 + n)) for n in range(499)
    )
    RequestLine.objects.bulk_create(
        RequestLine(data_request=sent, target=target, category=category, period_from=first.period_from,
                    period_to=first.period_to)
        for target in made for category in ("registration", "transactions")
    )  # fmt: skip
    text = read(paper(sent))
    assert "70000498" in text
    assert "1 to 500" in text
