"""A virus found later, a scanner that is silent, a file that was never scanned: what staff and officer see."""

import pytest
from django.utils import timezone

from foundation.audit.models import AuditEvent
from foundation.core.errors import NotAllowed
from foundation.documents.models import Document
from foundation.notifications.models import OutboundMessage
from requests_app.history import history
from requests_app.services import decisions, infected
from tests.factories import clean_pdf, request_at
from tests.people import client_for, make_staff
from tests.requests_app.desk.pages import proposed

pytestmark = pytest.mark.django_db


@pytest.fixture
def scanned(clamd):
    """A request in review whose order was clean when it came."""
    data_request = request_at("in_review", preview=True)
    document = data_request.documents.get().document
    Document.objects.filter(pk=document.pk).update(
        state="clean", scanner=f"ClamAV 1.0/{clamd.number - 1}/x", scanned_at=timezone.now()
    )
    return data_request


def original(data_request):
    return f"/staff/requests/{data_request.reference}/documents/{data_request.documents.get().document.uid}/"


def officers_file(data_request):
    return f"/requests/{data_request.reference}/documents/{data_request.documents.get().uid}/"


def make_infected(data_request):
    Document.objects.filter(pk=data_request.documents.get().document_id).update(
        state="infected", refusal="A virus was found in this file. Nobody can open it here.", scanned_at=timezone.now()
    )


def test_a_download_asks_the_scanner_again_and_then_goes_on(scanned):
    for person, url in ((scanned.assignee, original(scanned)), (scanned.officer, officers_file(scanned))):
        assert b"".join(client_for(person).get(url).streaming_content).startswith(b"%PDF")
    assert AuditEvent.objects.filter(action="document.rescanned").count() == 1


def test_while_the_scanner_is_silent_nobody_gets_the_original_but_staff_see_the_pages(scanned, clamd):
    clamd.stop()
    client = client_for(scanned.assignee)
    refused = client.get(original(scanned), follow=True)
    assert "The virus scanner does not answer" in refused.content.decode()
    assert "Page 1 of" in refused.content.decode()
    officer = client_for(scanned.officer).get(officers_file(scanned))
    assert officer.status_code == 409
    assert "The virus scanner does not answer" in officer.content.decode()
    assert not AuditEvent.objects.filter(action="request.document_downloaded").exists()


def test_what_was_found_at_a_download_is_shown_no_more_and_the_assignee_is_told_once(scanned, clamd):
    document = scanned.documents.get().document
    clamd.learn("Local.Pdf", b"Order of the court")
    clamd.learn("Local.AnyPdf", b"%PDF-1")
    client = client_for(scanned.assignee)
    page = client.get(original(scanned), follow=True).content.decode()
    assert "A virus was found in this file" in page
    assert "Page 1 of" not in page
    assert client.get(f"/staff/requests/{scanned.reference}/pages/{document.uid}/1.png").status_code == 404
    document.refresh_from_db()
    assert document.state == "infected"

    assert infected.tell() == 1
    assert infected.tell() == 0
    message = OutboundMessage.objects.get(event="document_infected")
    assert message.to_address == scanned.assignee.email
    assert document.filename not in message.body_text
    assert "Virus found in a document" in history(scanned)[0].title


def test_who_only_looks_at_a_closed_request_is_not_written_to(scanned):
    make_infected(scanned)
    type(scanned).objects.filter(pk=scanned.pk).update(status="withdrawn")
    assert infected.tell() == 0


@pytest.mark.parametrize("state", ["pending", "infected", "refused"])
def test_an_order_that_nobody_could_open_grants_nothing_and_is_told_of(state):
    proposal = proposed()
    data_request = proposal.data_request
    order = Document.objects.filter(pk=data_request.documents.get().document_id)
    approver = make_staff("approver")
    order.update(state=state, refusal="" if state == "pending" else "Closed.", scanned_at=timezone.now())
    type(data_request).objects.filter(pk=data_request.pk).update(assignee=None)  # sent, found, and taken by nobody yet

    with pytest.raises(NotAllowed, match=r"cannot be opened \(order.pdf\)"):
        decisions.sign(proposal, seen_hash=proposal.content_hash, by=approver)
    uid = order.get().uid
    for path in (f"documents/{uid}/", f"pages/{uid}/1.png"):
        answer = client_for(approver).get(f"/staff/requests/{data_request.reference}/{path}")
        assert not answer.streaming
        assert b"PNG" not in answer.content
    assert infected.tell() == (state == "infected")
    told = OutboundMessage.objects.filter(event="document_infected")
    assert [row.to_user for row in told] == ([proposal.proposed_by] if state == "infected" else [])

    added = clean_pdf(data_request.officer, text="A better copy")
    data_request.documents.create(
        document=added, role="supporting", added_at=timezone.now(), added_by=data_request.officer
    )
    decisions.sign(proposal, seen_hash=proposal.content_hash, by=approver)


def test_staff_see_everywhere_that_a_file_was_not_scanned():
    data_request = request_at("in_review")
    Document.objects.filter(pk=data_request.documents.get().document_id).update(state="unscanned", scanner="")
    client = client_for(data_request.assignee)
    for page in ("", "sent/"):
        body = client.get(f"/staff/requests/{data_request.reference}/{page}", follow=True).content.decode()
        assert "Not scanned for viruses" in body, page


def test_pages_say_when_the_scanner_is_asked_again():
    data_request = request_at("in_review")
    due = timezone.now().replace(hour=14, minute=5)
    Document.objects.filter(pk=data_request.documents.get().document_id).update(
        state="pending", due_at=due, last_error="scanner: gone"
    )
    words = "The virus scanner does not answer. Checked again at 14:05 UTC."
    client = client_for(data_request.assignee)
    for page in ("", "sent/"):
        assert words in client.get(f"/staff/requests/{data_request.reference}/{page}").content.decode(), page
    officer = client_for(data_request.officer)
    assert words in officer.get(f"/requests/{data_request.reference}/").content.decode()
    assert words in officer.get(officers_file(data_request)).content.decode()
