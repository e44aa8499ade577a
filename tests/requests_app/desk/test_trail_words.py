"""What the history of a request and the audit log say of files, and what the filter by reference finds."""

import pytest
from django.utils import timezone

from foundation.audit.models import AuditEvent
from foundation.audit.trail import record
from requests_app.event_words import WORDS
from requests_app.events import Event
from requests_app.history import history
from requests_app.models import DisclosurePackage
from requests_app.services import questions
from tests.accounts.helpers import page, words
from tests.factories import request_at
from tests.people import client_for, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def data_request():
    return request_at("in_review", preview=True)


def shown(client, reference):
    return [
        cell.get_text(strip=True)
        for cell in page(client.get(f"/staff/audit/?reference={reference}")).select("tbody th .app-line")
    ]


def test_every_event_has_words():
    assert [event for event in Event if event not in WORDS] == []


def test_a_look_and_a_download_name_the_document_and_what_was_taken(data_request):
    document = data_request.documents.get().document
    uid = str(document.uid)
    facts = {"document": uid}
    by = data_request.assignee
    record(Event.DOCUMENT_VIEWED, by=by, obj=data_request, data=facts | {"page": 2})
    record(Event.DOCUMENT_DOWNLOADED, by=by, obj=data_request, data=facts)
    record(Event.DOCUMENT_DOWNLOADED, by=by, obj=data_request, data=facts | {"copy": "without active content"})
    record(Event.VIEWED, by=by, obj=data_request, data={"page": "history"})
    record(Event.PACKAGE_UNBLOCKED, by=by, obj=data_request, data={"package": 1})
    told = [(entry.title, entry.detail) for entry in history(data_request)][:5]
    named = f"Document {uid[:8]} ({document.filename})"
    assert told == [
        ("Package goes on", "Package 1."),
        ("Looked at", "The tab history."),
        ("Document downloaded", f"{named}, copy without active content."),
        ("Document downloaded", f"{named}, original."),
        ("Page of a document looked at", f"{named}, page 2."),
    ]
    assert not {"Looked at", "Page of a document looked at"} & {e.title for e in history(data_request, looks=False)}

    answer = client_for(make_staff("auditor")).get(f"/staff/audit/?reference={data_request.reference}&action=request.")
    text = words(answer)
    assert uid[:8] in text
    assert uid not in text
    assert document.filename not in text
    assert "Taken as original" in text
    assert "Taken as copy without active content" in text
    assert "Looked at history" in text


def test_the_reference_finds_what_was_written_about_the_parts_of_a_request(data_request):
    other = request_at("in_review", preview=True)
    by, now = data_request.assignee, timezone.now()
    for one in (data_request, other):
        package = DisclosurePackage.objects.create(
            data_request=one, number=1, prepared_by=by, due_at=now, prepared_at=now
        )
        record(Event.PACKAGE_SEALED, by=None, obj=package)
        record("document.rescanned", by=None, obj=one.documents.get().document)
    questions.ask(data_request, text="Which of the two accounts is meant?", by=by)
    client = client_for(make_staff("auditor"))
    found = shown(client, data_request.reference.lower())
    assert {"package.sealed", "document.rescanned", "question.asked"} <= set(found)
    assert found.count("package.sealed") == found.count("document.rescanned") == 1
    assert "question.asked" not in shown(client, other.reference)
    assert AuditEvent.objects.filter(action="package.sealed").count() == 2
    assert shown(client, "MX-26-0000000") == []
