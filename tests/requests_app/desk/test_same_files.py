"""The same file again: refused within a request, and known to staff in others they may see."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from requests_app.models import DataRequest, RequestDocument
from requests_app.services import same_files
from tests.documents.files import make_pdf
from tests.factories import request_at
from tests.people import client_for, make_officer, make_staff

pytestmark = pytest.mark.django_db


def upload(client, draft, content, name="order.pdf", **more):
    draft.refresh_from_db()
    sent = {"role": "order", "lock_version": draft.lock_version, "uploads": SimpleUploadedFile(name, content), **more}
    return client.post(f"/drafts/{draft.uid}/documents/", sent)


def test_the_same_file_is_not_added_twice():
    draft = request_at("draft")
    client, content = client_for(draft.officer), make_pdf("Annex")
    before = draft.documents.count()
    assert upload(client, draft, content).status_code == 302
    page = upload(client, draft, content, "annex.pdf").content.decode()
    assert "annex.pdf is the same file as order.pdf, which is added already. It was not added twice." in page
    assert "order.pdf is added already" in upload(client, draft, content).content.decode()
    assert draft.documents.count() == before + 1


def test_a_file_that_was_removed_may_come_again():
    draft = request_at("draft")
    client, content = client_for(draft.officer), make_pdf("Annex")
    upload(client, draft, content)
    item = draft.documents.order_by("pk").last()
    draft.refresh_from_db()
    client.post(f"/drafts/{draft.uid}/documents/", {"lock_version": draft.lock_version, "remove": str(item.uid)})
    assert upload(client, draft, content).status_code == 302
    assert draft.documents.filter(removed_at=None, document__sha256=item.document.sha256).count() == 1


def test_an_answer_takes_a_file_once():
    asked = request_at("awaiting_officer")
    client, content = client_for(asked.officer), make_pdf("Annex")
    where = f"/requests/{asked.reference}/questions/1/"
    both = [SimpleUploadedFile("a.pdf", content), SimpleUploadedFile("b.pdf", content)]
    page = client.post(where, {"text": "Here it is", "uploads": both}).content.decode()
    assert "b.pdf is the same file as a.pdf. Send it once." in page
    assert "Here it is" in page
    client.post(where, {"text": "Here it is", "uploads": SimpleUploadedFile("a.pdf", content)})
    assert asked.documents.filter(document__filename="a.pdf").count() == 1


def attach_same(data_request, document):
    """Attach another document with the same contents."""
    copy = request_at("submitted").documents.first().document
    type(copy).objects.filter(pk=copy.pk).update(sha256=document.sha256)
    RequestDocument.objects.create(
        data_request=data_request, document_id=_own(copy), added_at=timezone.now(), added_by=data_request.officer
    )


def _own(copy):
    RequestDocument.objects.filter(document=copy).delete()
    return copy.pk


def test_staff_know_where_the_same_file_was_sent_but_not_in_restricted_requests():
    here = request_at("in_review")
    document = here.documents.first().document
    there, hidden = request_at("submitted"), request_at("submitted", restricted=True)
    for other in (there, hidden):
        attach_same(other, document)
    analyst = here.test_people.analyst
    found = same_files.elsewhere(document, than=here, user=analyst)
    assert [other.reference for other in found] == [there.reference]
    page = client_for(analyst).get(f"/staff/requests/{here.reference}/").content.decode()
    assert "The same file came with 1 other request" in page
    assert f"/staff/requests/{there.reference}/" in page
    assert f"/staff/requests/{hidden.reference}/" not in page
    hidden.named_readers.add(analyst)
    found = same_files.elsewhere(document, than=here, user=analyst)
    assert {other.reference for other in found} == {there.reference, hidden.reference}
    assert same_files.elsewhere(document, than=here, user=make_officer(here.agency)) == []


def test_a_draft_is_nobodys_business():
    here = request_at("in_review")
    document = here.documents.first().document
    draft = request_at("draft")
    attach_same(draft, document)
    assert DataRequest.objects.filter(documents__document__sha256=document.sha256).distinct().count() == 2
    assert same_files.elsewhere(document, than=here, user=make_staff("analyst")) == []
