"""What long files bring: a worker that is killed, a lease that is lost, a full disk, a line that breaks off."""

import hashlib
import os
import resource
import signal
from collections import Counter
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connections
from django.utils import timezone

from foundation.core.jobs import JobState
from foundation.documents import services as documents
from foundation.documents import vault
from foundation.documents.errors import StorageUnavailable
from foundation.documents.models import Document
from foundation.documents.storage import document_storage
from requests_app.enums import PackageStatus
from requests_app.models import DisclosurePackage, DownloadReceipt, PackageItem, RecipientCopy
from requests_app.services import building, downloads, packages
from tests.people import client_for
from tests.requests_app.records.steps import granted_request, released_package

pytestmark = pytest.mark.usefixtures("quick_letter")

MIB = 1024 * 1024
HOUR = timedelta(hours=1)


@pytest.fixture
def granted(db, company):
    return long_request(company)


def long_request(company):
    """A granted request with an archive of some frames."""
    company.rows = ["{account},2026-05-01T00:00:00+00:00," + "9" * 100_000] * 11
    return granted_request()


def started(granted, *, at=None):
    return packages.start(granted, by=granted.test_people.analyst, at=at)


def of_package(package):
    return Document.objects.filter(purpose=f"package-{package.uid.hex}")


@pytest.fixture
def left_over():
    """Stored files of this test that no row names."""
    before = stored()
    return lambda: stored() - before - set(Document.objects.values_list("storage_name", flat=True))


def stored():
    return {name for name, _changed in document_storage().entries()}


# Killed ---------------------------------------------------------------------------------------------------------------
def dies(*_args, **_more):
    os.kill(os.getpid(), signal.SIGKILL)


def in_the_archive(real):
    def archive(*args, **more):
        for number, piece in enumerate(real(*args, **more)):
            if number == 8:
                dies()
            yield piece

    return archive


POINTS = {
    "before anything is written": ("manifest_json", lambda _real: dies),
    "between two files": ("letter_pdf", lambda _real: dies),
    "in the middle of the archive": ("write_archive", in_the_archive),
    "before the seal": ("_seal", lambda _real: dies),
    "inside of the seal": ("wrap_passphrase", lambda _real: dies),
}


def killed_while_building(package, point):
    """Build in a process of its own that is killed there; nothing of ours runs after it."""
    connections.close_all()
    child = os.fork()
    if not child:
        name, changed = POINTS[point]
        setattr(building, name, changed(getattr(building, name)))
        try:
            building.build(package.pk)
        finally:
            os._exit(0)
    _pid, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    package.refresh_from_db()


def test_worker_killed_anywhere_leaves_one_whole_package_in_the_end(committed_db, company, left_over):
    package = started(long_request(company))
    for point in POINTS:
        killed_while_building(package, point)
        assert (package.status, package.state, package.archive_id) == ("preparing", JobState.RUNNING, None), point
        assert not PackageItem.objects.exists()
        assert building.build(package.pk) is None, "its lease still runs"
        DisclosurePackage.objects.update(claimed_until=timezone.now())
    assert of_package(package).count() == 3, "what the last one had written: the next one removes it"
    assert building.build_due() == 1
    package.refresh_from_db()
    assert (package.status, package.items.count()) == (PackageStatus.SEALED, 8)
    assert set(of_package(package)) == {package.manifest, package.letter, package.archive}
    assert not left_over()
    assert content(package.archive)


def content(document):
    with documents.open_plain(document) as reader:
        found = reader.read()
    assert hashlib.sha256(found).hexdigest() == document.sha256
    return found


# Lost -----------------------------------------------------------------------------------------------------------------
def meanwhile(monkeypatch, act):
    """Let something happen in the middle of the archive; the row is looked at with every piece."""
    real = building.write_archive

    def archive(*args, **more):
        for number, piece in enumerate(real(*args, **more)):
            if number == 8:
                act()
            yield piece

    monkeypatch.setattr(building, "write_archive", archive)
    monkeypatch.setattr(building, "RENEWED_EVERY", 0)


def test_worker_whose_lease_was_taken_stops_in_the_archive(granted, monkeypatch):
    package = started(granted)
    later = timezone.now() + timedelta(hours=9)
    meanwhile(
        monkeypatch, lambda: DisclosurePackage.objects.filter(pk=package.pk).update(claimed_until=later, attempts=2)
    )
    assert building.build(package.pk).status == PackageStatus.PREPARING
    package.refresh_from_db()
    assert (package.claimed_until, package.attempts, package.archive) == (later, 2, None)
    assert not PackageItem.objects.exists()
    monkeypatch.undo()
    monkeypatch.setattr(building, "letter_pdf", lambda *_args, **_more: b"%PDF-1.7 letter")
    assert building.build(package.pk, at=later).status == PackageStatus.SEALED
    assert of_package(package).count() == 3


def test_package_taken_back_in_the_archive_leaves_nothing(granted, left_over, monkeypatch):
    package = started(granted)
    analyst = granted.test_people.analyst
    meanwhile(monkeypatch, lambda: packages.take_back(package, reason="Not yet", by=analyst))
    assert building.build(package.pk).status == PackageStatus.REVOKED
    assert not of_package(package).exists()
    assert not left_over()


def test_lease_is_renewed_while_a_long_archive_is_written(granted, monkeypatch):
    began = timezone.now() - HOUR
    package = started(granted, at=began)
    seen = []
    meanwhile(monkeypatch, lambda: seen.append(DisclosurePackage.objects.get(pk=package.pk).claimed_until))
    assert building.build(package.pk, at=began).status == PackageStatus.SEALED
    assert seen[0] > began + HOUR


# Full -----------------------------------------------------------------------------------------------------------------
@pytest.fixture
def full_disk():
    """No file of this process may grow beyond 2 MiB: writing says so as on a full disk."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)

    def limit(size):
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))

    limit(2 * MIB)
    yield lambda: limit(limits[0])
    limit(limits[0])


def tried_until_blocked(package, monkeypatch):
    monkeypatch.setattr(building, "TRIES", 2)
    for _ in range(building.TRIES):
        package.refresh_from_db()
        package = building.build(package.pk, at=package.due_at)
        assert not of_package(package).exists(), "what a try wrote makes room again"
    assert package.status == PackageStatus.BLOCKED
    return package


def test_full_disk_is_said_plainly_and_leaves_nothing(granted, full_disk, left_over, monkeypatch):
    package = tried_until_blocked(started(granted), monkeypatch)
    assert package.blocked_reason == (
        "The package could not be built after several tries: There is no room left where files are kept."
    )
    assert not left_over()
    full_disk()
    packages.build_again(package, by=granted.test_people.analyst)
    assert building.build(package.pk).status == PackageStatus.SEALED


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (StorageUnavailable(), StorageUnavailable.sentence),
        (ConnectionError("s3.internal.example:9000 refused"), "Something went wrong that nobody foresaw"),
    ],
    ids=["storage", "unforeseen"],
)
def test_storage_that_fails_is_said_without_the_programs_own_words(granted, monkeypatch, error, words):
    def fails(*_args):
        raise error

    package = started(granted)
    for export in package.exports.all():
        building.collecting.run(export.pk)
    monkeypatch.setattr(vault.Intake, "write", fails)
    package = tried_until_blocked(package, monkeypatch)
    assert words in package.blocked_reason
    assert "s3.internal" not in package.blocked_reason + package.last_error


# Cut ------------------------------------------------------------------------------------------------------------------
@pytest.fixture
def released(granted):
    return released_package(granted)


def test_download_that_is_cut_again_and_again_has_the_same_hash(released):
    client, archive = client_for(released.data_request.officer), released.archive
    url = f"/requests/{released.data_request.reference}/records/{released.number}/archive/"
    step, came, answers = 700_001, hashlib.sha256(), Counter()
    offset, etag = 0, ""
    while offset < archive.size:
        last = min(offset + step, archive.size) - 1
        headers = {"range": f"bytes={offset}-{last}", **({"if-range": etag} if etag else {})}
        answer = client.get(url, headers=headers)
        part = b"".join(answer.streaming_content)
        assert answer["Content-Range"] == f"bytes {offset}-{last}/{archive.size}"
        came.update(part)
        offset, etag = offset + len(part), answer["ETag"]
        answers[answer.status_code] += 1
    assert answers == {206: -(-archive.size // step)}
    assert came.hexdigest() == RecipientCopy.objects.get().sha256
    sent = list(DownloadReceipt.objects.order_by("first_byte").values_list("first_byte", "bytes_sent", "complete"))
    assert [first for first, _bytes, _complete in sent] == list(range(0, archive.size, step))
    assert sum(count for _first, count, _complete in sent) == archive.size
    assert all(complete for _first, _bytes, complete in sent)


def test_rest_of_a_broken_download_is_taken_from_where_it_broke(released):
    client = client_for(released.data_request.officer)
    url = f"/requests/{released.data_request.reference}/records/{released.number}/archive/"
    answer = client.get(url)
    pieces = iter(answer.streaming_content)
    came = next(pieces) + next(pieces)
    answer._iterator.close()  # as the server does when the line breaks
    broken = DownloadReceipt.objects.get()
    assert (broken.complete, broken.bytes_sent) == (False, len(came) - MIB)
    rest = client.get(url, headers={"range": f"bytes={len(came)}-", "if-range": answer["ETag"]})
    came += b"".join(rest.streaming_content)
    assert hashlib.sha256(came).hexdigest() == RecipientCopy.objects.get().sha256


def test_who_may_go_on_is_asked_at_first_and_then_by_the_clock(released, monkeypatch):
    clock, asked = iter([0.0, 0.3, 0.6, 0.9, 1.2, 1.4]), []
    monkeypatch.setattr(downloads, "LOOK_SECONDS", 1.0)
    monkeypatch.setattr(downloads, "time", SimpleNamespace(monotonic=lambda: next(clock, 0.0)))
    monkeypatch.setattr(downloads, "_still_open", lambda _transfer: asked.append(1) or len(asked) < 2)
    transfer = downloads.Transfer(released, released.archive, released.data_request.officer, 0, 50)
    assert len(list(downloads.receipted(transfer, iter([b"x" * 10] * 5)))) == 4
    assert DownloadReceipt.objects.get().complete is False
