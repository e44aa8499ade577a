"""Declared conflicts: who declares keeps away from everything of that agency until somebody else ends it."""

import pytest
from django.utils import timezone

from accounts.enums import ApplicationStatus
from accounts.models import DeclaredConflict
from accounts.services import conflicts, vetting
from foundation.audit.models import AuditEvent
from foundation.core.errors import NotAllowed, PortalError
from tests.accounts.factories import confirmed_call, make_application
from tests.accounts.helpers import actions, words
from tests.people import client_for, make_agency, make_officer, make_staff

pytestmark = pytest.mark.django_db


def test_who_declares_lets_go_and_does_nothing_with_that_agency_any_more():
    agency = make_agency()
    mine, waiting, elsewhere = make_application(agency), make_application(agency), make_application(make_agency())
    analyst = make_staff("analyst")
    vetting.take(mine, by=analyst)
    client = client_for(analyst)
    url = f"/staff/access/{mine.reference}/conflict/"
    assert client.post(url, {"reason": " "}).status_code == 422
    assert client.post(url, {"reason": "My sister works there"})["Location"] == "/staff/conflicts/"
    client.post(url, {"reason": "Twice"})
    conflict = DeclaredConflict.objects.get()
    assert (conflict.agency, conflict.user) == (agency, analyst)
    mine.refresh_from_db()
    assert (mine.status, mine.reviewer) == (ApplicationStatus.IN_REVIEW, None)
    for application in (mine, waiting):
        with pytest.raises(NotAllowed, match="conflict"):
            vetting.take(application, by=analyst)
        with pytest.raises(NotAllowed):
            vetting.assign(application, to=analyst, by=make_staff("analyst"))
    with pytest.raises(NotAllowed, match="conflict"):
        confirmed_call(mine, by=analyst)
    for act in (vetting.recommend, vetting.decline, vetting.approve):
        with pytest.raises(NotAllowed, match="conflict"):
            act(mine, by=analyst, reason="Fine")
    vetting.take(elsewhere, by=analyst)
    said = AuditEvent.objects.get(action="access.conflict_declared")
    assert b"sister" not in bytes(said.payload), "the reason is in the row, not in the trail"


def test_an_agency_that_is_not_in_the_registry_is_declared_by_the_application():
    application, other = make_application(), make_application()
    analyst = make_staff("analyst")
    conflicts.declare(by=analyst, reason="A friend", application=application)
    with pytest.raises(NotAllowed, match="conflict"):
        vetting.take(application, by=analyst)
    vetting.take(other, by=analyst)


def test_the_page_of_an_agency_declares_too():
    agency = make_agency()
    client = client_for(make_staff("approver"))
    url = f"/staff/agencies/{agency.uid}/conflict/"
    assert agency.name in words(client.get(url))
    client.post(url, {"reason": "I worked there"})
    assert DeclaredConflict.objects.get().agency == agency


def test_an_approver_ends_it_and_never_their_own():
    agency = make_agency()
    analyst, one, other = make_staff("analyst"), make_staff("approver"), make_staff("approver")
    theirs = conflicts.declare(by=analyst, reason="Sister", agency=agency)
    own = conflicts.declare(by=one, reason="Brother", agency=agency)
    client = client_for(one)
    assert client_for(analyst).post(f"/staff/conflicts/{theirs.pk}/end/").status_code == 403
    with pytest.raises(NotAllowed):
        conflicts.end(theirs, by=analyst)
    answer = client.post(f"/staff/conflicts/{own.pk}/end/", follow=True)
    assert "Another person ends it" in words(answer)
    assert (
        client_for(one, factor_age=3600)
        .post(f"/staff/conflicts/{theirs.pk}/end/")["Location"]
        .startswith("/sign-in/factor/")
    )
    client.post(f"/staff/conflicts/{theirs.pk}/end/")
    theirs.refresh_from_db()
    own.refresh_from_db()
    assert theirs.ended_at is not None
    assert own.ended_at is None
    vetting.take(make_application(agency), by=analyst)
    with pytest.raises(PortalError, match="ended already"):
        conflicts.end(theirs, by=other)
    assert actions(action="access.conflict_ended") == ["access.conflict_ended"]


def test_the_list_shows_own_conflicts_and_approvers_those_of_all(django_assert_num_queries):
    analyst, other = make_staff("analyst"), make_staff("analyst", full_name="Jonas Weiss")
    conflicts.declare(by=other, reason="His cousin Zebulon", agency=make_agency())
    client, approver = client_for(analyst), client_for(make_staff("approver"))
    assert "Zebulon" not in words(client.get("/staff/conflicts/"))
    assert "Zebulon" in words(approver.get("/staff/conflicts/"))
    with django_assert_num_queries(7):
        approver.get("/staff/conflicts/")
    for _ in range(2):
        conflicts.declare(by=other, reason="More", agency=make_agency())
    with django_assert_num_queries(7):
        approver.get("/staff/conflicts/")


def test_who_may_declare():
    agency = make_agency()
    for role in ("auditor", "counsel", "administrator"):
        person = make_staff(role)
        if role == "administrator":  # the others may come near a request of the agency, and declare it there
            with pytest.raises(NotAllowed):
                conflicts.declare(by=person, reason="x", agency=agency)
        assert client_for(person).post(f"/staff/agencies/{agency.uid}/conflict/", {"reason": "x"}).status_code == 403
    officer = make_officer()
    assert client_for(officer).get("/staff/conflicts/").status_code == 404
    assert not DeclaredConflict.objects.filter(user=officer, declared_at__lte=timezone.now()).exists()
