"""Files of packages are deleted after their time: what goes, what stays, and what keeps them."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from foundation.audit.models import AuditEvent
from foundation.documents import services as documents
from foundation.documents.models import Document
from requests_app.enums import PackageStatus, RequestStatus
from requests_app.models import AddedRecord, MistakenDisclosure
from requests_app.services import added_records, building, later, packages, preparing, purging
from tests.documents.files import make_pdf
from tests.requests_app.records.steps import granted_request, released_package

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_letter", "company")]
DAY = timedelta(days=1)


def expired(data_request=None):
    """A package whose download ended just now, and the moment."""
    package = released_package(data_request or granted_request())
    at = package.expires_at
    assert packages.expire_due(at=at) == 1
    package.refresh_from_db()
    return package, at


def files_of(package):
    files = [package.archive, *(item.document for item in package.items.all())]
    for export in package.exports.all():
        files += [file.document for file in export.files.all()]
        files += [file.as_json for file in export.files.all() if file.as_json]
    return files


def is_there(document):
    return Document.objects.get(pk=document.pk).purged_at is None


def test_files_go_when_their_time_is_over_and_paper_stays():
    package, at = expired()
    files, papers = files_of(package), [package.manifest, package.letter]
    assert len(files) > 8
    days = package.data_request.provider.purge_days
    assert purging.purge_due(at=at + days * DAY - timedelta(seconds=1)) == 0
    assert all(map(is_there, files))
    at += days * DAY
    assert [purging.purge_due(at=at), purging.purge_due(at=at)] == [1, 0]
    package.refresh_from_db()
    assert (package.status, package.purged_at, package.passphrase_wrapped) == (PackageStatus.PURGED, at, None)
    assert not any(map(is_there, files))
    assert all(map(is_there, papers))
    assert all(Document.objects.filter(pk__in=[f.pk for f in files]).values_list("sha256", flat=True))
    assert AuditEvent.objects.filter(action="package.purged").count() == 1


def test_a_stopped_package_stays_stopped_and_loses_its_files():
    data_request = granted_request()
    package = released_package(data_request)
    at = timezone.now()
    packages.revoke(package, cause="unsafe_file", reason="Wrong", by=data_request.test_people.approver, at=at)
    assert purging.purge_due(at=at + 29 * DAY) == 0
    assert purging.purge_due(at=at + 30 * DAY) == 1
    package.refresh_from_db()
    assert (package.status, package.purged_at is None) == (PackageStatus.REVOKED, False)
    assert not any(map(is_there, files_of(package)))


def test_a_mistake_that_is_looked_into_keeps_what_reached_the_wrong_person():
    data_request = granted_request()
    package = released_package(data_request)
    at = timezone.now()
    packages.revoke(package, cause="wrong_recipient", reason="Wrong", by=data_request.test_people.approver, at=at)
    found = MistakenDisclosure.objects.filter(recall__package=package)
    assert found.count() == 1
    assert purging.purge_due(at=at + 90 * DAY) == 0
    found.update(closed_at=at, closed_by=data_request.test_people.approver)
    assert purging.purge_due(at=at + 90 * DAY) == 1


@pytest.mark.parametrize("whole", [True, False])
def test_nothing_goes_while_the_officer_asks_for_it(whole):
    package, at = expired()
    officer = package.data_request.officer
    asked = later.ask(package.data_request, kind="reissue", words="Disk broken", by=officer, at=at,
                      package=None if whole else package)  # fmt: skip
    assert purging.purge_due(at=at + 99 * DAY) == 0
    assert all(map(is_there, files_of(package)))
    later.withdraw(asked, by=officer, at=at)
    assert purging.purge_due(at=at + 99 * DAY) == 1


def test_a_worker_that_dies_in_the_middle_leaves_everything(monkeypatch):
    package, at = expired()
    real, done = documents.purge, []

    def dies(document, **rest):
        done.append(document)
        if len(done) == 4:
            raise SystemExit
        return real(document, **rest)

    monkeypatch.setattr(documents, "purge", dies)
    with pytest.raises(SystemExit):
        purging.purge_due(at=at + 30 * DAY)
    package.refresh_from_db()
    assert package.status == PackageStatus.EXPIRED
    assert all(map(is_there, files_of(package)))
    monkeypatch.setattr(documents, "purge", real)
    assert purging.purge_due(at=at + 30 * DAY) == 1


def test_a_file_added_by_hand_stays_while_another_package_has_it(monkeypatch):
    monkeypatch.setattr(added_records, "carries", lambda _document: "")
    data_request = granted_request()
    people = data_request.test_people
    line = preparing.granted(data_request)[0][1]
    upload = SimpleUploadedFile("paper.pdf", make_pdf("By hand"), "application/pdf")
    added = added_records.add(
        data_request, upload, line=line, source="Archive", justification="Paper only", by=people.analyst
    )
    Document.objects.filter(pk=added.document_id).update(
        state="clean", scanned_at=timezone.now(), scanner="test", due_at=None
    )
    packages.start(data_request, by=people.analyst)
    first = building.build(data_request.packages.get().pk)
    assert first.items.filter(added=added).exists(), first.blocked_reason
    at = timezone.now()
    packages.revoke(first, cause="unsafe_file", reason="Wrong", by=people.approver, at=at)
    second = building.build(packages.start(data_request, by=people.analyst).pk)
    assert second.items.filter(added=added).exists()
    assert purging.purge_due(at=at + 30 * DAY) == 1
    assert is_there(added.document)
    packages.take_back(second, reason="Not needed", by=people.analyst, at=at)
    data_request.refresh_from_db()
    type(data_request).objects.filter(pk=data_request.pk).update(status=RequestStatus.CLOSED)
    assert purging.purge_due(at=at + 30 * DAY) == 1
    assert not is_there(added.document)
    assert "deleted" in added_records.hold_up(data_request, [line])


def test_what_was_added_and_waits_for_a_package_stays_while_the_request_is_reviewed_again():
    package, at = expired()
    data_request = package.data_request
    added = AddedRecord.objects.create(
        data_request=data_request, line=package.lines.first(), source="Archive", justification="Paper only",
        document=documents.write_generated(
            b"x", filename="x.txt", media_type="text/plain", purpose="record", by=None
        ),
        added_by=package.prepared_by, added_at=at,
    )  # fmt: skip
    type(data_request).objects.filter(pk=data_request.pk).update(status=RequestStatus.IN_REVIEW)
    assert purging.purge_due(at=at + 30 * DAY) == 1
    assert is_there(added.document)


def test_one_that_cannot_be_deleted_keeps_no_other(monkeypatch):
    first, _at = expired()
    second, at = expired()
    real = documents.purge

    def fails(document, **rest):
        if document.pk == first.archive_id:
            raise OSError
        return real(document, **rest)

    monkeypatch.setattr(documents, "purge", fails)
    assert purging.purge_due(at=at + 30 * DAY) == 1
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status) == (PackageStatus.EXPIRED, PackageStatus.PURGED)
    assert all(map(is_there, files_of(first)))
