"""After an order was quashed no package is built, and the request is opened again to be decided anew."""

import pytest

from foundation.audit.models import AuditEvent
from foundation.core.errors import NotAllowed, TransitionRefused
from foundation.documents.models import Document
from foundation.notifications.models import OutboundMessage
from requests_app.models import DataRequest, DisclosurePackage
from requests_app.services import building, collecting, notices, packages, reopening
from tests.people import client_for, make_staff
from tests.requests_app.changed_orders import add
from tests.requests_app.records.steps import granted_request, released_package, sealed_package

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company", "quick_letter")]


def page(user, data_request, tab=""):
    return client_for(user).get(f"/staff/requests/{data_request.reference}/{tab}").content.decode()


def test_nobody_prepares_records_under_a_quashed_order():
    data_request = granted_request()
    analyst = data_request.test_people.analyst
    assert "Prepare the records" in page(analyst, data_request, "records/")
    add(data_request, "quashed")
    with pytest.raises(NotAllowed, match="was quashed on"):
        packages.start(data_request, by=analyst)
    assert "Prepare the records" not in page(analyst, data_request, "records/")
    client_for(analyst).post(f"/staff/requests/{data_request.reference}/records/start/")
    assert not data_request.packages.exists()


def test_without_the_quash_the_same_is_built():
    assert sealed_package(granted_request()).status == "sealed"


def test_a_worker_builds_nothing_when_the_order_is_quashed_before_it_begins(monkeypatch):
    data_request = granted_request()
    package = packages.start(data_request, by=data_request.test_people.analyst)
    add(data_request, "quashed")
    monkeypatch.setattr(collecting, "carry_out", None)  # whoever asks the company now fails in another way
    for export in package.exports.all():
        collecting.run(export.pk)
    assert set(package.exports.values_list("attempts", flat=True)) == {0}
    package = building.build(package.pk)
    assert package.status == "blocked"
    assert "was quashed on" in package.blocked_reason
    assert not package.items.exists()
    with pytest.raises(NotAllowed, match="was quashed on"):
        packages.build_again(package, by=data_request.test_people.analyst)


def test_an_order_quashed_while_records_are_collected_is_not_sealed(monkeypatch):
    data_request = granted_request()
    package = packages.start(data_request, by=data_request.test_people.analyst)
    collected = collecting.carry_out

    def slowly(*args, **kwargs):
        collected(*args, **kwargs)
        if not data_request.orders.get().versions.filter(relation="quashed").exists():
            add(data_request, "quashed")

    monkeypatch.setattr(collecting, "carry_out", slowly)
    package = building.build(package.pk)
    assert package.status == "blocked"
    assert not Document.objects.filter(purpose__startswith="collect-").exists()
    assert not Document.objects.filter(purpose=f"package-{package.uid.hex}").exists()


@pytest.mark.parametrize(("relation", "cause"), [("quashed", "process_withdrawn"), ("narrows", "narrowed")])
def test_the_banner_leads_back_to_review_and_the_package_is_taken_back(relation, cause):
    data_request = granted_request()
    analyst = data_request.test_people.analyst
    package = sealed_package(data_request)
    version = add(data_request, relation)
    path = f"/staff/requests/{data_request.reference}/review-again/"
    assert path in page(analyst, data_request)
    client = client_for(analyst)
    asked = client.get(path).content.decode()
    assert "Open the request again?" in asked
    assert "taken back" in asked
    assert client.post(path).status_code == 302
    data_request = DataRequest.objects.get(pk=data_request.pk)
    assert (data_request.status, data_request.decided_at, data_request.outcome) == ("in_review", None, "none")
    assert set(data_request.lines.values_list("decision", flat=True)) == {"open"}
    moved = set(data_request.lines.values_list("order_version", flat=True))
    assert (moved == {version.pk}) == (relation == "narrows")
    package.refresh_from_db()
    assert package.status == "revoked"
    assert package.recalls.get().cause == cause
    assert AuditEvent.objects.filter(action="request.order_narrowed", actor_id=str(analyst.pk)).count() == 1
    assert AuditEvent.objects.filter(action="package.taken_back").count() == 1
    mail = OutboundMessage.objects.get(event="question_reopened", to_user=data_request.officer)
    assert "quashed" not in mail.body_text
    client.post(path)  # a second click
    assert OutboundMessage.objects.filter(event="question_reopened").count() == 1
    assert path not in page(analyst, data_request)
    officer = client_for(data_request.officer).get(f"/requests/{data_request.reference}/").content.decode()
    assert "Download stopped" not in officer


def test_a_worker_in_the_middle_stops_when_its_package_is_taken_back(monkeypatch):
    data_request = granted_request()
    package = packages.start(data_request, by=data_request.test_people.analyst)
    collected = collecting.carry_out

    def slowly(*args, **kwargs):
        collected(*args, **kwargs)
        if DataRequest.objects.get(pk=data_request.pk).status == "granted":
            add(data_request, "narrows")
            reopening.reopen(data_request, by=data_request.test_people.analyst)

    monkeypatch.setattr(collecting, "carry_out", slowly)
    package = building.build(package.pk)
    assert package.status == "revoked"
    assert package.archive is None
    assert collecting.forget_dropped() == 1
    assert not Document.objects.filter(purpose__startswith="collect-").exists()
    assert not Document.objects.filter(purpose=f"package-{package.uid.hex}").exists()


def test_only_reviewers_open_it_again_and_only_when_an_order_changed():
    data_request = granted_request()
    with pytest.raises(TransitionRefused, match="No order"):
        reopening.reopen(data_request, by=data_request.test_people.analyst)
    add(data_request, "quashed")
    approver = make_staff("approver")
    with pytest.raises(NotAllowed):
        reopening.reopen(data_request, by=approver)
    assert "review-again" not in page(approver, data_request)
    data_request.refresh_from_db()
    assert data_request.status == "granted"


def test_after_records_left_the_banner_leads_to_stopping_them():
    package = released_package(granted_request())
    data_request = DataRequest.objects.get(pk=package.data_request_id)
    add(data_request, "quashed")
    seen = page(data_request.assignee, data_request)
    assert "review-again" not in seen
    assert f'/staff/requests/{data_request.reference}/records/#packages"' in seen
    assert DisclosurePackage.objects.get(pk=package.pk).status == "released"


def test_an_account_that_is_refused_after_all_is_told_nothing():
    data_request = granted_request(barred=False)
    add(data_request, "quashed")
    reopening.reopen(data_request, by=data_request.test_people.analyst)
    data_request.lines.update(decision="refuse", refusal_code="other")
    DataRequest.objects.filter(pk=data_request.pk).update(status="granted")
    assert data_request.notices.filter(status="planned").exists()
    assert notices.send_due() == 0


def test_the_officer_reads_that_it_was_quashed():
    data_request = granted_request()
    client = client_for(data_request.officer)
    path = f"/requests/{data_request.reference}/"
    assert "We prepare the records" in client.get(path).content.decode()
    add(data_request, "quashed")
    seen = client.get(path).content.decode()
    assert "was quashed on" in seen
    assert "Nothing more is disclosed under it" in seen
    assert "We look at your request again" in seen
    assert "Order quashed" in seen
    assert "Accepted, preparing" not in seen
    assert "We prepare the records:" not in seen
    listed = client.get("/requests/").content.decode()
    assert "Order quashed" in listed
    assert "We decide again" in listed
