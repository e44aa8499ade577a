"""Files of a draft that were refused: they take no place, can be taken out at once, and nothing can rest on them."""

import pytest
from django.utils import timezone

from foundation.documents.models import Document
from requests_app.services import drafts, preflight
from requests_app.services.preflight import Step
from tests.factories import clean_pdf, request_at
from tests.people import client_for
from tests.requests_app.officer.helpers import pdf

pytestmark = pytest.mark.django_db


def filled(count, state="refused"):
    """A draft with so many more files, all in this state."""
    draft = request_at("draft")
    for number in range(count):
        document = clean_pdf(draft.officer, filename=f"paper-{number}.pdf")
        draft.documents.create(document=document, role="supporting", added_at=timezone.now(), added_by=draft.officer)
    pks = draft.documents.filter(role="supporting").values("document")
    why = "It is damaged." if state in {"refused", "infected"} else ""
    Document.objects.filter(pk__in=pks).update(state=state, refusal=why)
    return draft


def body(draft, part="documents"):
    return client_for(draft.officer).get(f"/drafts/{draft.uid}/{part}/").content.decode()


def test_the_limit_is_said_and_refused_files_take_no_place():
    draft = filled(20)
    assert "Up to 20 files in all." in body(draft)
    assert drafts.add_documents(draft, [pdf("a.pdf", "a")], version=draft.lock_version, by=draft.officer) == []
    draft = filled(19, "clean")
    (refusal,) = drafts.add_documents(draft, [pdf("a.pdf", "a")], version=draft.lock_version, by=draft.officer)
    assert refusal == "a.pdf was not added: a request takes up to 20 files in all."


def test_refused_files_go_with_one_button():
    draft = filled(3)
    assert "Remove the refused files" in body(draft)
    data = {"remove": "refused", "lock_version": draft.lock_version}
    client = client_for(draft.officer)
    assert client.post(f"/drafts/{draft.uid}/documents/", data).status_code == 302
    assert [item.role for item in preflight.attached(draft)] == ["order"]
    assert "Remove the refused" not in body(draft)
    assert "changed in another window" in client.post(f"/drafts/{draft.uid}/documents/", data).content.decode()


def test_files_that_are_being_checked_are_one_line():
    draft = filled(5, "pending")
    said = body(draft)
    assert said.count("Look again") == 1
    assert "5 files are being checked" in said
    draft = filled(1, "pending")
    assert "paper-0.pdf is being checked" in body(draft)


@pytest.mark.parametrize("state", ["refused", "infected"])
def test_no_clause_stands_in_a_refused_file(state):
    draft = filled(1, "clean")
    item = draft.documents.get(role="supporting")
    assert "paper-0.pdf" in body(draft, "notice")
    draft.secrecy_asked = True
    draft.save(update_fields=["secrecy_asked"])
    draft.non_disclosure_orders.all().delete()
    draft.non_disclosure_orders.create(clause="§ 1", document=item.document)
    assert not [f for f in preflight.findings(draft, timezone.now()) if f.step == Step.NOTICE]
    Document.objects.filter(pk=item.document_id).update(state=state, refusal="No.", scanned_at=timezone.now())
    (found,) = [f for f in preflight.findings(draft, timezone.now()) if f.step == Step.NOTICE]
    assert found.message.startswith("The document the clause stands in cannot be used")
    assert "paper-0.pdf" not in body(draft, "notice")
    client = client_for(draft.officer)
    data = {"secrecy": "yes", "clause": "x", "endless": "on", "document": item.uid, "lock_version": draft.lock_version}
    assert "error-summary" in client.post(f"/drafts/{draft.uid}/notice/", data).content.decode()
