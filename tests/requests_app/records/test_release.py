"""Release by a second person, and everything that keeps a package from leaving."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.enums import AgencyStatus
from foundation.audit.models import AuditEvent
from foundation.core.errors import NotAllowed, TransitionRefused
from foundation.notifications.models import OutboundMessage
from requests_app.enums import NoticeStatus, PackageStatus, RequestStatus
from requests_app.models import Follower, Recall
from requests_app.services import building, notices, packages
from tests.people import client_for, make_officer, make_staff
from tests.requests_app.records.steps import granted_request, released_package, sealed_package, seen

pytestmark = pytest.mark.usefixtures("quick_letter")


@pytest.fixture
def granted(db, company):
    return granted_request()


def url(package, name="package"):
    base = f"/staff/requests/{package.data_request.reference}/records/"
    return base if name == "list" else f"{base}{package.number}/" + ("" if name == "package" else f"{name}/")


def test_second_person_releases_through_the_pages(granted):
    analyst, approver = granted.test_people.analyst, granted.test_people.approver
    Follower.objects.create(
        data_request=granted, user=make_officer(granted.agency), added_at=timezone.now(), added_by=granted.officer
    )
    client = client_for(analyst)
    base = f"/staff/requests/{granted.reference}/records/"
    assert "Prepare the records" in client.get(base).content.decode()
    assert client.post(f"{base}start/").headers["Location"] == f"{base}1/"
    assert client.post(f"{base}start/").headers["Location"] == f"{base}1/"  # a double click
    assert "The records are being collected" in client.get(f"{base}1/").content.decode()
    package = granted.packages.get()
    from_worker = building.build(package.pk)
    assert from_worker.status == PackageStatus.SEALED
    page = client.get(f"{base}1/").content.decode()
    assert "Release to the officer" not in page
    assert "another person must release" in page

    second = client_for(approver)
    assert "Release to the officer" not in second.get(f"{base}1/").content.decode()  # the letter was not looked at
    seen(from_worker, approver)
    page = second.get(f"{base}1/").content.decode()
    assert "Release to the officer" in page
    for item in from_worker.items.all():
        assert item.document.sha256 in page
    assert second.post(f"{base}1/release/").headers["Location"] == f"{base}1/"
    assert second.post(f"{base}1/release/").headers["Location"] == f"{base}1/"
    granted.refresh_from_db()
    package.refresh_from_db()
    assert (package.status, package.released_by) == (PackageStatus.RELEASED, approver)
    assert package.expires_at == package.released_at + timedelta(days=30)
    assert granted.status == RequestStatus.PRODUCED
    mails = OutboundMessage.objects.filter(event="records_ready")
    assert {m.to_user for m in mails} == set(granted.people())
    assert all("48213377" not in m.body_text for m in mails)
    actions = AuditEvent.objects.filter(action__in=["package.released", "request.produced"])
    assert actions.count() == 2


def test_release_asks_for_a_fresh_factor(granted):
    package = sealed_package(granted)
    client = client_for(granted.test_people.approver, factor_age=3600)
    answer = client.post(url(package, "release"))
    assert answer.headers["Location"].startswith("/sign-in/factor/")
    package.refresh_from_db()
    assert package.status == PackageStatus.SEALED


def test_preparer_cannot_release(granted):
    both = make_staff("analyst", "approver")
    package = sealed_package(granted, by=both)
    with pytest.raises(NotAllowed, match="second person"):
        packages.release(package, by=both)
    client_for(both).post(url(package, "release"))
    package.refresh_from_db()
    assert package.status == PackageStatus.SEALED


def test_roles_that_cannot_release(granted):
    package = sealed_package(granted)
    for role in ("analyst", "auditor", "custodian", "counsel"):
        person = make_staff(role)
        with pytest.raises(NotAllowed):
            packages.release(package, by=person)
        assert client_for(person).post(url(package, "release")).status_code == 403


def test_release_waits_for_the_window(db, company):
    granted = granted_request(barred=False)
    at = timezone.now()
    approver = granted.test_people.approver
    package = sealed_package(granted, at=at)
    with pytest.raises(NotAllowed, match="has not been told yet"):
        packages.release(package, by=approver, at=at)
    assert notices.send_due(at=at) == 2
    with pytest.raises(NotAllowed, match="may object until"):
        packages.release(package, by=approver, at=at + timedelta(days=7) - timedelta(seconds=1))
    assert packages.release(package, by=approver, at=at + timedelta(days=7)).status == PackageStatus.RELEASED


def test_bar_that_ended_meanwhile_is_seen_at_release(granted):
    order = granted.non_disclosure_orders.get()
    package = sealed_package(granted)
    with pytest.raises(NotAllowed, match="has not been told yet"):
        packages.release(package, by=granted.test_people.approver, at=timezone.now() + timedelta(days=40_000))
    assert order.bars_until.year == 2099


def test_objection_stops_the_release(granted):
    package = sealed_package(granted)
    granted.notices.update(status=NoticeStatus.OBJECTED, objected_at=timezone.now())
    with pytest.raises(NotAllowed, match="objected"):
        packages.release(package, by=granted.test_people.approver)


def test_nothing_leaves_to_a_suspended_agency_or_officer(granted):
    package = sealed_package(granted)
    granted.agency.status = AgencyStatus.SUSPENDED
    granted.agency.save()
    with pytest.raises(NotAllowed, match="agency is suspended"):
        packages.release(package, by=granted.test_people.approver)
    granted.agency.status = AgencyStatus.ACTIVE
    granted.agency.save()
    granted.officer.memberships.update(suspended_at=timezone.now())
    with pytest.raises(NotAllowed, match="officer is suspended"):
        packages.release(package, by=granted.test_people.approver)


def test_emergency_is_told_after_and_needs_its_call_back(db, company):
    granted = granted_request(barred=False, kind="emergency")
    package = sealed_package(granted)
    with pytest.raises(NotAllowed, match="Call the agency back"):
        packages.release(package, by=granted.test_people.approver)
    assert set(granted.notices.values_list("status", "after_disclosure", "due_at")) == {("planned", True, None)}
    assert notices.send_due() == 0


def test_stop_by_one_person_at_once(granted):
    package = released_package(granted)
    client = client_for(make_staff("approver"))
    page = client.post(url(package, "stop"), {"cause": "wrong_account", "reason": ""}).content.decode()
    assert "Error: " in page
    client.post(url(package, "stop"), {"cause": "wrong_account", "reason": "Account B is another person"})
    package.refresh_from_db()
    assert package.status == PackageStatus.REVOKED
    assert Recall.objects.get().cause == "wrong_account"
    mail = OutboundMessage.objects.get(event="records_stopped")
    assert mail.to_user == granted.officer
    assert "another person" not in mail.body_text
    with pytest.raises(TransitionRefused):
        packages.revoke(package, cause="wrong_account", reason="again", by=granted.test_people.approver)


def test_download_ends_and_the_request_closes(granted):
    package = released_package(granted)
    assert packages.expire_due(at=package.expires_at - timedelta(seconds=1)) == 0
    assert packages.expire_due(at=package.expires_at) == 1
    assert packages.expire_due(at=package.expires_at) == 0
    granted.refresh_from_db()
    package.refresh_from_db()
    assert (package.status, granted.status) == (PackageStatus.EXPIRED, RequestStatus.CLOSED)


def test_strangers_and_staff_without_sight(granted):
    package = sealed_package(granted)
    officer = client_for(granted.officer)
    for name in ("list", "package", "release", "stop"):
        assert officer.get(url(package, name)).status_code == 404
    conflicted = make_staff("approver")
    conflicted.conflicts.create(agency=granted.agency, declared_at=timezone.now(), reason="Family")
    assert client_for(conflicted).get(url(package)).status_code == 404
    auditor = client_for(make_staff("auditor"))
    assert auditor.get(url(package)).status_code == 200
    assert auditor.post(url(package, "stop")).status_code == 403
    letter = auditor.get(f"/staff/requests/{granted.reference}/records/1/letter.pdf")
    assert b"".join(letter.streaming_content).startswith(b"%PDF-")
    assert AuditEvent.objects.filter(action="package.viewed").count() == 1


@pytest.mark.parametrize("count", [1, 3])
def test_queries_of_the_list(granted, count, django_assert_max_num_queries):
    for _ in range(count):
        package = sealed_package(granted)
        packages.revoke(package, cause="narrowed", reason="x", by=granted.test_people.approver)
    client = client_for(granted.test_people.analyst)
    with django_assert_max_num_queries(54):
        assert client.get(url(package, "list")).status_code == 200
