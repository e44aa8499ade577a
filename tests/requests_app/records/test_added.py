"""Records added by hand: for a granted line, with a reason, checked, looked at by the releaser, and never outside."""

import io
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from foundation.audit.models import AuditEvent
from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused
from foundation.documents import services as documents
from foundation.documents.enums import DocumentState
from requests_app.enums import DataCategory, PackageStatus
from requests_app.models import AddedRecord
from requests_app.services import added_records, building, packages, taking_out
from tests.documents.files import make_locked_pdf, make_pdf
from tests.people import client_for, make_officer, make_staff
from tests.requests_app.records.steps import granted_request, sealed_package

pytestmark = pytest.mark.usefixtures("quick_letter")
CARD = "identity archive, scan"


@pytest.fixture
def granted(db, company):
    return granted_request()


def line_of(granted, category=DataCategory.TRANSACTIONS):
    return granted.lines.filter(category=category).order_by("pk").first()


def add(granted, content=None, name="card.pdf", *, process=True, **given):
    given = {
        "line": line_of(granted), "source": CARD, "justification": "The archive is on paper",
        "by": granted.test_people.analyst, **given,
    }  # fmt: skip
    added = added_records.add(granted, SimpleUploadedFile(name, content or make_pdf()), **given)
    if process:
        added.document = documents.process(added.document)
    return added


def csv_of(line, *, account=None, at=None):
    at = at or line.period_from
    return f"account,time_utc,amount\n{account or line.target.account},{at.isoformat()},5\n".encode()


def test_it_goes_into_the_package_and_the_manifest_says_so(granted):
    added = add(granted)
    package = sealed_package(granted)
    assert package.status == PackageStatus.SEALED, package.blocked_reason
    item = package.items.get(added=added)
    assert (item.name, item.rows, item.source) == (f"{granted.reference}-1-005.pdf", None, f"Added by hand: {CARD}")
    with documents.open_plain(package.manifest) as reader:
        stated = json.loads(reader.read())["files"][-1]
    assert (stated["sha256"], stated["source"]) == (added.document.sha256, item.source)
    event = AuditEvent.objects.get(action="record.added")
    assert event.reason == "The archive is on paper"


def test_whoever_releases_has_looked_at_it(granted):
    added, approver = add(granted), granted.test_people.approver
    package = sealed_package(granted)
    base = f"/staff/requests/{granted.reference}/records/"
    client = client_for(approver)
    page = client.get(f"{base}1/").content.decode()
    assert "was added by hand" in page
    assert "Release to the officer" not in page
    with pytest.raises(NotAllowed, match="look at it first"):
        packages.release(package, by=approver)
    shown = client.get(f"{base}added/{added.uid}/").content.decode()
    assert CARD in shown
    assert f"added/{added.uid}/1.png" in shown
    assert client.get(f"{base}added/{added.uid}/1.png").headers["Content-Type"] == "image/png"
    assert "Release to the officer" in client.get(f"{base}1/").content.decode()
    assert packages.release(package, by=approver).status == PackageStatus.RELEASED


def test_whoever_put_something_in_or_took_something_out_does_not_release(granted):
    both = make_staff("analyst", "approver")
    added = add(granted, by=both)
    package = sealed_package(granted)
    added_records.looked(added, by=both)
    with pytest.raises(NotAllowed, match="you added a file"):
        packages.release(package, by=both)
    file = package.exports.first().files.get()
    taking_out.take_out(file, whole=True, reason="Not needed", by=make_staff("analyst", "approver"))
    file.refresh_from_db()
    package = building.build(package.pk)
    with pytest.raises(NotAllowed, match="you took something out"):
        packages.release(package, by=file.taken_out_by)


def test_a_row_outside_the_grant_blocks_the_seal(granted):
    line = line_of(granted)
    add(granted, csv_of(line, account="99999999"), "trades.csv", line=line)
    package = sealed_package(granted)
    assert package.status == PackageStatus.BLOCKED
    assert "99999999" in package.blocked_reason


def test_a_table_inside_the_grant_passes_with_its_rows_counted(granted):
    line = line_of(granted)
    add(granted, csv_of(line), "trades.csv", line=line)
    package = sealed_package(granted)
    assert package.status == PackageStatus.SEALED, package.blocked_reason
    assert package.items.get(added__isnull=False).rows == 1


def test_a_table_that_is_none_of_ours_blocks_the_seal(granted):
    add(granted, b"name,amount\nSomebody Else,5\n", "notes.csv")
    why = sealed_package(granted).blocked_reason
    assert why == "notes.csv, added by hand: there is no column account; there is no column time_utc."


def test_a_blocked_package_names_each_added_file_and_row_in_words(granted):
    line = line_of(granted)
    head, inside = "account,time_utc,amount\n", f"{line.target.account},{line.period_from.isoformat()},5\n"
    for name, row in (("trades.csv", f"{line.target.account},,5\n"), ("older.csv", ",2026-05-01T00:00:00Z,5\n")):
        add(granted, f"{head}{inside}{inside}{row}".encode(), name, line=line)
    package = sealed_package(granted)
    assert package.blocked_reason.splitlines() == [
        "trades.csv, added by hand: row 3 has no time.",
        "older.csv, added by hand: row 3 names no account.",
    ]
    analyst = client_for(granted.test_people.analyst)
    page = analyst.get(f"/staff/requests/{granted.reference}/records/{package.number}/").content.decode()
    assert "trades.csv: row 3 has no time" in page
    for added in AddedRecord.objects.all():
        assert f"/records/added/{added.uid}/" in page
    page = client_for(granted.test_people.analyst).get(f"/staff/requests/{granted.reference}/records/1/")
    page = page.content.decode()
    assert "or was added by hand" in page
    guard = page[page.index("Does it hold more than was granted?") :]
    assert guard.index(">Yes<") < guard.index("row 3 has no time") < guard.index("row 3 names no account")


def test_the_form_says_what_a_table_must_look_like(granted):
    client = client_for(granted.test_people.analyst)
    page = client.get(f"/staff/requests/{granted.reference}/records/add/").content.decode()
    for word in ("time_utc", "on_file_from_utc", "on_file_until_utc", "2026-05-01T10:00:00Z"):
        assert word in page


def test_nothing_is_sealed_before_it_is_checked(granted):
    added = add(granted, process=False)
    with pytest.raises(TransitionRefused, match="still being checked"):
        packages.start(granted, by=granted.test_people.analyst)
    documents.process(added.document)
    assert sealed_package(granted).status == PackageStatus.SEALED


def test_a_file_that_is_refused_must_be_taken_out(granted):
    added = add(granted, make_locked_pdf(user="secret", owner="secret"))
    assert added.document.state == DocumentState.REFUSED
    with pytest.raises(TransitionRefused, match="Remove it"):
        packages.start(granted, by=granted.test_people.analyst)
    added_records.remove(added, reason="Replaced", by=granted.test_people.analyst)
    assert sealed_package(granted).status == PackageStatus.SEALED


def test_the_same_file_twice_is_one(granted):
    content = make_pdf()
    add(granted, content)
    with pytest.raises(Incomplete, match="not added twice"):
        add(granted, content)
    assert AddedRecord.objects.count() == 1


def test_a_line_that_was_refused_takes_nothing(granted):
    line = line_of(granted)
    line.decision, line.refusal_code = "refuse", "no_authority"
    line.save()
    with pytest.raises(Incomplete, match="granted"):
        add(granted, line=line)


def test_nothing_changes_once_a_package_is_sealed(granted):
    added = add(granted)
    sealed_package(granted)
    with pytest.raises(NotAllowed, match="Stop it"):
        add(granted, make_pdf("Another"))
    with pytest.raises(NotAllowed, match="Stop it"):
        added_records.remove(added, reason="Replaced", by=granted.test_people.analyst)


def test_a_worker_that_died_leaves_the_added_file(granted, monkeypatch):
    added = add(granted)
    package = packages.start(granted, by=granted.test_people.analyst)

    def dies(*args, **kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(building, "_seal", dies)
        with pytest.raises(KeyboardInterrupt):
            building.build(package.pk)
    package.refresh_from_db()
    built = building.build(package.pk, at=package.claimed_until)
    assert built.items.get(added=added).document_id == added.document_id


def test_through_the_pages(granted):
    analyst = granted.test_people.analyst
    client, base = client_for(analyst), f"/staff/requests/{granted.reference}/records/"
    line = line_of(granted)
    typed = {"line": str(line.uid), "source": CARD, "justification": "On paper"}
    answer = client.post(f"{base}add/", {**typed, "upload": SimpleUploadedFile("a.exe", b"MZ")})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "a.exe is not a kind of file we take" in page
    assert CARD in page
    answer = client.post(f"{base}add/", {**typed, "upload": SimpleUploadedFile("card.pdf", make_pdf())})
    assert answer.headers["Location"] == base
    added = AddedRecord.objects.get()
    assert "card.pdf" in client.get(base).content.decode()
    assert "being checked" in client.get(f"{base}added/{added.uid}/").content.decode()
    assert not added.looks.exists(), "nobody has seen a page of it"
    documents.process(added.document)
    got = client.get(f"{base}added/{added.uid}/file/")
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert io.BytesIO(b"".join(got.streaming_content)).read(5) == b"%PDF-"
    assert client.post(f"{base}added/{added.uid}/remove/", {"reason": " "}).status_code == 422
    assert AddedRecord.objects.get().removed_at is None
    client.post(f"{base}added/{added.uid}/remove/", {"reason": "It is of another year"})
    removed = AddedRecord.objects.get()
    assert (removed.removed_by, removed.removed_reason) == (analyst, "It is of another year")
    assert AuditEvent.objects.get(action="record.removed").reason == "It is of another year"
    assert "It is of another year" in client.get(f"{base}added/{added.uid}/").content.decode()
    assert client.get(f"{base}added/{added.uid}/1.png").status_code == 404


def test_strangers_see_nothing(granted):
    added = add(granted)
    base = f"/staff/requests/{granted.reference}/records/"
    for person in (granted.officer, make_officer(granted.agency)):
        client = client_for(person)
        for path in ("add/", f"added/{added.uid}/", f"added/{added.uid}/1.png", f"added/{added.uid}/file/"):
            assert client.get(base + path).status_code == 404
    auditor = client_for(make_staff("auditor"))
    assert auditor.post(f"{base}added/{added.uid}/remove/").status_code in {403, 404}
    assert AddedRecord.objects.get().removed_at is None


@pytest.mark.parametrize("count", [1, 3])
def test_queries_of_the_list(granted, count, django_assert_max_num_queries):
    for number in range(count):
        add(granted, make_pdf(f"Card {number}"))
    client = client_for(granted.test_people.analyst)
    with django_assert_max_num_queries(54):
        assert client.get(f"/staff/requests/{granted.reference}/records/").status_code == 200


def test_what_is_found_bad_after_the_seal_does_not_leave(granted):
    added, approver = add(granted), granted.test_people.approver
    package = sealed_package(granted)
    added_records.looked(added, by=approver)
    documents.purge(added.document, by=None)
    with pytest.raises(NotAllowed, match="found unsafe"):
        packages.release(package, by=approver)


def test_it_is_scanned_with_the_newest_signatures_before_it_is_packed(granted, clamd):
    added = add(granted, b"A list of names: FROWNED-UPON\n", "names.txt")
    assert added.document.state == DocumentState.CLEAN
    clamd.learn("Local.Frowned", b"FROWNED-UPON")
    client = client_for(granted.test_people.analyst)
    page = client.post(f"/staff/requests/{granted.reference}/records/start/", follow=True).content.decode()
    assert "A virus was found in this file" in page
    assert not granted.packages.exists()
