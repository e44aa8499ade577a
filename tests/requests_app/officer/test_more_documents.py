"""Files that fail their check after they were sent: what the officer reads, adds and takes off."""

from datetime import timedelta
from functools import cache

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from foundation.audit.models import AuditEvent
from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused
from foundation.documents.errors import DocumentRefused
from foundation.documents.models import Document
from foundation.notifications.models import OutboundMessage
from requests_app.models import RequestDocument
from requests_app.services import later_documents, questions
from tests.documents.files import make_pdf
from tests.factories import clean_pdf, request_at
from tests.people import client_for, make_officer
from tests.requests_app.officer.helpers import pdf

pytestmark = pytest.mark.django_db

WHY = "It holds a script that runs by itself."


@cache
def content(name):
    """Return a file that is always the same under this name."""
    return make_pdf(name)


def settle(document, state="refused"):
    scanned = timezone.now() if state in {"clean", "infected"} else None
    why = "" if state == "clean" else WHY
    Document.objects.filter(pk=document.pk).update(
        state=state, refusal=why, scanned_at=scanned, due_at=None, claimed_until=None
    )


def add(data_request, *names, **more):
    """Add files through the page."""
    client = client_for(data_request.officer)
    uploads = [SimpleUploadedFile(name, content(name)) for name in names]
    return client.post(f"/requests/{data_request.reference}/documents/", {"uploads": uploads} | more, follow=True)


def added(data_request, name):
    return data_request.documents.get(document__filename=name).document


def mails(event):
    return list(OutboundMessage.objects.filter(event=event).order_by("pk"))


def page(data_request):
    return client_for(data_request.officer).get(f"/requests/{data_request.reference}/").content.decode()


@pytest.mark.parametrize("status", ["submitted", "in_review", "awaiting_officer", "awaiting_approval", "granted"])
def test_documents_can_be_added_while_a_request_is_open(status):
    data_request = request_at(status)
    answer = add(data_request, "annex.pdf", "list.pdf")
    assert "2 documents added." in answer.content.decode()
    items = data_request.documents.filter(role="supporting").order_by("pk")
    assert [(i.document.filename, i.document.state) for i in items] == [
        ("annex.pdf", "pending"), ("list.pdf", "pending")
    ]  # fmt: skip
    label = data_request._meta.label_lower
    events = AuditEvent.objects.filter(action="request.document_added", object_type=label)
    assert events.filter(object_id=str(data_request.pk), actor_id=str(data_request.officer_id)).count() == 2
    told = [data_request.assignee.email] if data_request.assignee else []
    assert [m.to_address for m in mails("documents_added")] == told
    assert all("annex" not in m.body_text and data_request.title not in m.body_text for m in mails("documents_added"))


@pytest.mark.parametrize("status", ["refused", "withdrawn", "closed", "lapsed"])
def test_nothing_is_added_to_a_request_that_is_not_open(status):
    data_request = request_at(status)
    before = data_request.documents.count()
    assert "This one is not open" in add(data_request, "annex.pdf").content.decode()
    assert data_request.documents.count() == before
    assert "Add documents" not in page(data_request)
    with pytest.raises(TransitionRefused):
        later_documents.add(data_request, [pdf()], by=data_request.officer)


def test_only_the_officer_who_filed_it_adds_documents():
    data_request = request_at("in_review")
    lead = make_officer(data_request.agency, lead=True)
    where = f"/requests/{data_request.reference}/documents/"
    answer = client_for(lead).post(where, {"uploads": [pdf("x.pdf")]}, follow=True)
    assert "Only the officer who filed it" in answer.content.decode()
    assert client_for(make_officer()).post(where, {"uploads": [pdf("x.pdf")]}).status_code == 404
    with pytest.raises(NotAllowed):
        later_documents.add(data_request, [pdf()], by=lead)
    with pytest.raises(NotAllowed):
        later_documents.remove_unusable(data_request, by=lead)
    assert not data_request.documents.filter(role="supporting").exists()


def test_the_same_file_none_and_too_many_are_refused():
    data_request = request_at("in_review")
    add(data_request, "annex.pdf")
    again = add(data_request, "new.pdf", "annex.pdf").content.decode()
    assert "annex.pdf is added already. It was not added twice." in again
    assert not data_request.documents.filter(document__filename="new.pdf").exists()
    assert "error-summary" in add(data_request).content.decode()
    with pytest.raises(Incomplete):
        later_documents.add(data_request, [], by=data_request.officer)
    with pytest.raises(Incomplete, match="up to 20"):
        later_documents.add(data_request, [pdf(f"{n}.pdf") for n in range(21)], by=data_request.officer)
    with pytest.raises(DocumentRefused):
        later_documents.add(data_request, [pdf("x.exe")], by=data_request.officer)


def test_files_of_an_answer_say_their_state_in_the_order_in_which_they_were_sent():
    data_request = request_at("in_review")
    asked = questions.ask(data_request, text="Which?", by=data_request.assignee)
    papers = [clean_pdf(data_request.officer, filename=f"{name}.pdf") for name in ("z", "a", "m")]
    questions.answer(asked, text="These.", documents=reversed(papers), by=data_request.officer)
    settle(papers[1])
    block = page(data_request).split("You answered a question")[1].split("</section>")[0]
    assert block.index("z.pdf") < block.index("a.pdf") < block.index("Refused") < block.index(WHY)
    assert block.index(WHY) < block.index("m.pdf")
    assert block.count("Refused") == 1


def test_the_officer_is_told_once_of_files_that_came_together():
    data_request = request_at("in_review")
    add(data_request, "annex.pdf", "list.pdf", "third.pdf")
    now = timezone.now()
    settle(added(data_request, "annex.pdf"))
    assert later_documents.tell(at=now) == 0  # the others are still being checked
    settle(added(data_request, "list.pdf"), "infected")
    settle(added(data_request, "third.pdf"), "clean")
    assert later_documents.tell(at=now) == 1
    assert later_documents.tell(at=now) == 0
    (mail,) = mails("document_unusable")
    assert mail.to_address == data_request.officer.email
    assert mail.subject == f"[{data_request.reference}] A document could not be used"
    for secret in ("annex", "list.pdf", WHY, data_request.title, data_request.case_number):
        assert secret not in mail.body_text + mail.subject
    assert AuditEvent.objects.filter(action="request.document_unusable").count() == 2


def test_a_check_that_takes_long_holds_nobody_up_and_a_closed_request_is_quiet():
    data_request = request_at("in_review")
    add(data_request, "annex.pdf", "list.pdf")
    settle(added(data_request, "annex.pdf"))
    assert later_documents.tell(at=timezone.now() + timedelta(minutes=11)) == 1
    closed = request_at("in_review")
    add(closed, "other.pdf")
    settle(added(closed, "other.pdf"))
    type(closed).objects.filter(pk=closed.pk).update(status="withdrawn")
    assert later_documents.tell() == 0


def test_the_page_lists_refused_files_on_top_until_they_are_taken_off():
    data_request = request_at("in_review")
    add(data_request, "annex.pdf", "list.pdf")
    settle(added(data_request, "annex.pdf"))
    settle(added(data_request, "list.pdf"), "infected")
    body = page(data_request)
    assert "2 documents could not be used" in body
    assert body.index("2 documents could not be used") < body.index("annex.pdf")
    client = client_for(data_request.officer)
    where = f"/requests/{data_request.reference}/documents/remove/"
    assert client.get(where).headers["Location"] == f"/requests/{data_request.reference}/"
    for _click in range(2):
        assert client.post(where).status_code == 302
    assert "could not be used" not in page(data_request)
    assert AuditEvent.objects.filter(action="request.document_removed").count() == 2
    assert RequestDocument.objects.filter(data_request=data_request).exclude(removed_at=None).count() == 2


def test_the_order_itself_is_never_taken_off():
    data_request = request_at("in_review")
    settle(data_request.documents.get().document, "infected")
    body = page(data_request)
    assert "A document could not be used" in body
    assert "Remove the refused" not in body
    assert later_documents.remove_unusable(data_request, by=data_request.officer) == 0
