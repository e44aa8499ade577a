"""Rights end with what gave them: an officer who joins another agency leaves everything of the old one behind."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import Desk, User
from accounts.services import letting_in
from foundation.core.errors import NotAllowed
from foundation.notifications.models import OutboundMessage
from preservation import message_subjects as hold_subjects
from preservation.models import PreservationHold
from preservation.permissions import hold_refusal, may_extend
from preservation.services import drafts as hold_drafts
from requests_app import message_subjects
from requests_app.models import DataRequest, Follower
from requests_app.notify.recipients import officers
from requests_app.permissions import access_in_force, request_refusal
from requests_app.querysets import left_behind
from requests_app.services import downloads, drafts
from tests.accounts.factories import make_application
from tests.accounts.helpers import words
from tests.factories import request_at
from tests.people import client_for, make_agency, make_officer, make_provider, make_staff
from tests.preservation.holds import draft_of, hold_of
from tests.requests_app.records.company import Company
from tests.requests_app.records.steps import granted_request, released_package

pytestmark = pytest.mark.django_db


@pytest.fixture
def _no_typesetter(monkeypatch):
    monkeypatch.setattr("requests_app.services.building.letter_pdf", lambda *_args, **_kwargs: b"%PDF-1.7 letter")
    monkeypatch.setattr("requests_app.services.collect.company", lambda _provider: Company())


def moved(officer: User) -> User:
    """The same person, approved at another agency by the service that the desk's decision calls."""
    agency = make_agency()
    application = make_application(agency)
    application.user = officer
    letting_in.join(application, agency, by=make_staff("approver"), at=timezone.now())
    return User.objects.get(pk=officer.pk)


def test_an_officer_who_joins_another_agency_keeps_nothing_of_the_old_one():
    open_one = request_at("awaiting_officer")
    officer = open_one.officer
    draft = request_at("draft", officer=officer)
    beside = request_at("submitted", officer=make_officer(open_one.agency))
    Follower.objects.create(data_request=beside, user=officer, added_at=timezone.now(), added_by=beside.officer)
    desk = Desk.objects.create(agency=open_one.agency, name="Fraud desk")
    desk.members.add(officer)
    at_desk = request_at("submitted", officer=beside.officer, desk=desk)
    hold, hold_draft = hold_of(officer), draft_of(officer)
    PreservationHold.objects.filter(pk=hold.pk).update(expires_at=timezone.now() + timedelta(days=3))
    told = {open_one.reference, hold.reference}
    subjects = (message_subjects, hold_subjects)
    mine = {open_one.pk, draft.pk, beside.pk, at_desk.pk}
    assert set(DataRequest.objects.visible_to(officer).values_list("pk", flat=True)) == mine  # it could leak
    assert "Extend or release a hold" in words(client_for(officer).get("/requests/"))
    assert [subject.hidden(list(told), officer) for subject in subjects] == [set(), set()]

    officer = moved(officer)

    assert officer.is_officer
    assert "Waiting for you" not in words(client_for(officer).get("/requests/"))
    assert {said for subject in subjects for said in subject.hidden(list(told), officer)} == told
    assert list(DataRequest.objects.visible_to(officer)) == []
    assert list(PreservationHold.objects.visible_to(officer)) == []
    assert request_refusal(officer, "withdraw", open_one) == "Only the officer who filed it can do this."
    assert request_refusal(officer, "submit", draft) == "Only the officer who filed it can do this."
    assert hold_refusal(officer, "release", hold) == "Only the officer who filed the hold can do this."
    assert hold_refusal(officer, "request", hold_draft) == "Only the officer who filed the hold can do this."
    assert not may_extend(officer, hold)
    client = client_for(officer)
    for page in (f"/requests/{open_one.reference}/", f"/requests/drafts/{draft.uid}/", f"/holds/{hold.reference}/"):
        assert client.get(page).status_code in {302, 404}, page
    assert client.get(f"/requests/{open_one.reference}/").status_code == 404
    assert client.post(f"/requests/{open_one.reference}/withdraw/", {"reason": "x"}).status_code == 404


@pytest.mark.parametrize("start", [drafts.start, hold_drafts.start])
def test_nobody_without_an_agency_starts_a_draft(start):
    with pytest.raises(NotAllowed, match="You belong to no agency"):
        start(make_provider(), by=make_staff("analyst"), key=uuid4())


@pytest.mark.usefixtures("_no_typesetter")
def test_records_wait_and_nobody_is_written_to_once_their_officer_joined_another_agency():
    package = released_package(granted_request())
    officer, request = package.data_request.officer, package.data_request
    assert downloads.refusal(package, user=officer, at=timezone.now()) is None  # it could leak
    officer = moved(officer)
    package.data_request = DataRequest.objects.get(pk=request.pk)
    OutboundMessage.objects.all().delete()
    assert downloads.refusal(package, user=officer, at=timezone.now())
    assert access_in_force(package.data_request) == "The officer has left: nothing can be decided or released."
    assert DataRequest.objects.filter(left_behind(), pk=request.pk).exists()
    assert officers(package.data_request) == []
