"""Whoever knows somebody in a case says so, and the case is not there for them any more."""

import pytest

from accounts.models import DeclaredConflict
from accounts.services import conflicts
from foundation.audit.models import AuditEvent
from foundation.core.errors import NotAllowed
from requests_app.services import declaring
from tests.factories import request_at
from tests.people import client_for, make_agency, make_officer, make_staff

pytestmark = pytest.mark.django_db


def url_of(data_request, page=""):
    return f"/staff/requests/{data_request.reference}/{page}"


def test_declaring_locks_out_at_once_and_gives_the_request_back():
    data_request = request_at("in_review")
    beside = request_at("in_review", officer=data_request.officer, analyst=data_request.assignee)
    analyst = data_request.assignee
    client = client_for(analyst)
    page = client.get(url_of(data_request))
    assert url_of(data_request, "conflict/") in page.content.decode()
    assert client.post(url_of(data_request, "conflict/"), {"about": "request", "reason": ""}).status_code == 422
    assert client.get(url_of(data_request)).status_code == 200
    given = {"about": "request", "reason": "The suspect is my cousin."}
    assert client.post(url_of(data_request, "conflict/"), given).url == "/staff/queue/"
    for address in ("", "sent/", "messages/", "notes/", "history/", "present/", "conflict/"):
        assert client.get(url_of(data_request, address)).status_code == 404
    assert client.post(url_of(data_request), {"action": "save"}).status_code == 404
    data_request.refresh_from_db()
    assert (data_request.assignee, data_request.status) == (None, "in_review")
    assert not data_request.assignments.filter(ended_at=None).exists()
    assert data_request.reference not in client.get("/staff/queue/").content.decode()
    # The other request of the same officer is still theirs.
    assert client.get(url_of(beside)).status_code == 200
    said = AuditEvent.objects.filter(object_label=data_request.reference).values_list("action", flat=True)
    assert {"access.conflict_declared", "request.given_back"} <= set(said)
    assert not [e for e in AuditEvent.objects.all() if b"cousin" in bytes(e.payload)], "the reason is in the row alone"


def test_the_whole_agency_takes_every_request_of_it():
    data_request = request_at("in_review")
    beside = request_at("in_review", officer=data_request.officer, analyst=data_request.assignee)
    elsewhere = request_at("in_review", officer=make_officer(make_agency()), analyst=data_request.assignee)
    declaring.declare(data_request, reason="My sister works there", whole_agency=True, by=data_request.assignee)
    for row, kept in ((data_request, False), (beside, False), (elsewhere, True)):
        analyst = row.assignee
        assert (client_for(analyst).get(url_of(row)).status_code == 200) is kept
        row.refresh_from_db()
        assert (row.assignee is not None) is kept


def test_a_conflict_declared_with_the_agency_gives_requests_back_too():
    data_request = request_at("in_review")
    conflicts.declare(by=data_request.assignee, reason="Brother", agency=data_request.agency)
    data_request.refresh_from_db()
    assert data_request.assignee is None


@pytest.mark.parametrize("role", ["counsel", "custodian", "auditor", "approver"])
def test_everybody_who_sees_the_queue_can_keep_away(role):
    data_request, person = request_at("in_review"), make_staff(role)
    declaring.declare(data_request, reason="A friend", by=person)
    with pytest.raises(NotAllowed):
        declaring.declare(data_request, reason="A friend", by=person)
    assert DeclaredConflict.objects.get().about_reference == data_request.reference


def test_an_approver_ends_it_and_the_request_is_there_again():
    data_request, approver = request_at("in_review"), make_staff("approver")
    analyst = data_request.assignee
    conflict = declaring.declare(data_request, reason="A friend", by=analyst)
    client = client_for(approver)
    assert "A friend" in client.get("/staff/conflicts/").content.decode()
    client.post(f"/staff/conflicts/{conflict.pk}/end/")
    assert client_for(analyst).get(url_of(data_request)).status_code == 200
    assert AuditEvent.objects.get(action="access.conflict_ended").object_label == data_request.reference


def test_a_conflict_about_a_restricted_request_is_known_to_its_readers_alone():
    data_request = request_at("in_review")
    analyst, reader, stranger = data_request.assignee, make_staff("approver"), make_staff("approver")
    data_request.restricted = True
    data_request.save()
    data_request.named_readers.set([analyst, reader])
    conflict = declaring.declare(data_request, reason="The suspect is my cousin.", by=analyst)
    text = client_for(stranger).get("/staff/conflicts/").content.decode()
    assert data_request.reference not in text
    assert "cousin" not in text
    assert client_for(stranger).post(f"/staff/conflicts/{conflict.pk}/end/").status_code == 404
    assert "cousin" in client_for(reader).get("/staff/conflicts/").content.decode()
    assert "cousin" in client_for(analyst).get("/staff/conflicts/").content.decode()
