"""Files added by hand that turn out to be unsafe: before a release, after it, and those that carry something."""

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from foundation.audit.models import AuditEvent
from foundation.core.errors import NotAllowed, TransitionRefused
from foundation.documents import services as documents
from foundation.documents.models import Document, DocumentFindings
from foundation.notifications.models import OutboundMessage
from requests_app.enums import PackageStatus
from requests_app.history import history
from requests_app.services import added_records, downloads, infected, packages
from tests.documents.files import make_pdf
from tests.documents.test_sanitise import changed
from tests.people import client_for
from tests.requests_app.records.steps import granted_request, sealed_package

pytestmark = pytest.mark.usefixtures("quick_letter")
HIDDEN = b"A list of names: FROWNED-UPON\n"


@pytest.fixture
def granted(db, company):
    return granted_request()


def add(granted, content, name):
    added = added_records.add(
        granted, SimpleUploadedFile(name, content), line=granted.lines.order_by("pk").first(), source="archive",
        justification="On paper", by=granted.test_people.analyst,
    )  # fmt: skip
    added.document = documents.process(added.document)
    return added


def carrying(pdf):
    """A harmless file inside: the check takes the PDF, and nobody sees the file on its pages."""
    pdf.attachments["notes.txt"] = pikepdf.AttachedFileSpec(pdf, b"Notes of the author", filename="notes.txt")


def released_with(added, granted):
    package = sealed_package(granted)
    assert package.status == PackageStatus.SEALED, package.blocked_reason
    added_records.looked(added, by=granted.test_people.approver)
    return packages.release(package, by=granted.test_people.approver)


def turn(document, state="infected"):
    why = "A virus was found in this file."
    Document.objects.filter(pk=document.pk).update(state=state, refusal=why, scanned_at=timezone.now())


def test_a_release_scans_with_the_newest_signatures_first(granted, clamd):
    added, approver = add(granted, HIDDEN, "names.txt"), granted.test_people.approver
    package = sealed_package(granted)
    added_records.looked(added, by=approver)
    clamd.learn("Local.Frowned", b"FROWNED-UPON")
    client, base = client_for(approver), f"/staff/requests/{granted.reference}/records/1/"
    page = client.post(f"{base}release/", follow=True).content.decode()
    assert "names.txt: A virus was found in this file" in page
    assert "it cannot be released" in page
    assert "Release to the officer" not in page
    package.refresh_from_db()
    assert package.status == PackageStatus.SEALED
    assert not OutboundMessage.objects.filter(event="records_ready").exists()


def test_nothing_is_released_while_the_scanner_is_silent(granted, clamd):
    added, approver = add(granted, HIDDEN, "names.txt"), granted.test_people.approver
    package = sealed_package(granted)
    added_records.looked(added, by=approver)
    clamd.stop()
    url = f"/staff/requests/{granted.reference}/records/1/release/"
    assert "The virus scanner does not answer" in client_for(approver).post(url, follow=True).content.decode()
    package.refresh_from_db()
    assert package.status == PackageStatus.SEALED


@pytest.mark.usefixtures("looks_each_time")
@pytest.mark.parametrize("state", ["infected", "refused"])
def test_a_released_package_is_held_when_a_file_in_it_turns_out_unsafe(granted, state):
    added = add(granted, HIDDEN, "names.txt")
    package = released_with(added, granted)
    officer, people = client_for(granted.officer), granted.test_people
    url = f"/requests/{granted.reference}/records/1/"
    assert b"".join(officer.get(f"{url}archive/").streaming_content)
    transfer = downloads.Transfer(package, package.archive, granted.officer, 0, 30)
    under_way = downloads.receipted(transfer, iter([b"x" * 10] * 3))
    assert next(under_way) == b"x" * 10
    turn(added.document, state)
    assert list(under_way) == []
    assert officer.get(f"{url}archive/").headers["Location"] == url
    held = officer.get(url).content.decode()
    assert "a file in them was found unsafe" in held
    assert "names.txt" not in held
    with pytest.raises(downloads.DownloadRefused, match="unsafe"):
        downloads.show_passphrase(package, user=granted.officer)

    assert infected.tell() == 1
    assert infected.tell() == 0
    mails = OutboundMessage.objects.filter(event="record_unsafe")
    assert {mail.to_address for mail in mails} == {people.analyst.email, people.approver.email}
    assert all("names.txt" not in mail.body_text + mail.subject for mail in mails)
    assert "found unsafe; its package is held" in history(granted)[0].title
    staff, base = client_for(people.approver), f"/staff/requests/{granted.reference}/records/"
    page = staff.get(f"{base}1/").content.decode()
    assert "This package is held: nobody can download it." in page
    assert "A file in it is unsafe" in page, "a cause for stopping it"
    assert "Held: unsafe file" in staff.get(base).content.decode()


def test_a_sealed_package_is_held_too(granted):
    added, approver = add(granted, HIDDEN, "names.txt"), granted.test_people.approver
    package = sealed_package(granted)
    added_records.looked(added, by=approver)
    turn(added.document)
    with pytest.raises(NotAllowed, match="found unsafe"):
        packages.release(package, by=approver)
    assert infected.tell() == 1
    assert OutboundMessage.objects.get(event="record_unsafe").to_address == granted.test_people.analyst.email


def test_a_file_refused_as_it_came_is_told_on_its_page_only(granted):
    turn(add(granted, HIDDEN, "names.txt").document, "refused")
    assert infected.tell() == 0
    assert not AuditEvent.objects.filter(action="record.found_unsafe").exists()


def test_a_pdf_that_carries_something_does_not_go_in(granted):
    added = add(granted, changed(make_pdf(), carrying), "card.pdf")
    assert documents.is_usable(added.document), added.document.refusal
    with pytest.raises(TransitionRefused, match=r"card.pdf: It carries other files or programs. Save a plain copy"):
        packages.start(granted, by=granted.test_people.analyst)
    client, url = (
        client_for(granted.test_people.analyst),
        f"/staff/requests/{granted.reference}/records/added/{added.uid}/",
    )
    page = client.get(url).content.decode()
    assert "It carries other files or programs." in page
    assert "About this file" in page
    assert "embedded file" in page
    assert f"{url}copy/" in page
    copy = b"".join(client.get(f"{url}copy/").streaming_content)
    event = AuditEvent.objects.filter(action="record.downloaded").get()
    assert b"without active content" in bytes(event.payload)
    added_records.remove(added, reason="Replaced", by=granted.test_people.analyst)
    add(granted, copy, "plain.pdf")
    assert packages.start(granted, by=granted.test_people.analyst).status == PackageStatus.PREPARING


def test_a_pdf_nobody_looked_into_yet_waits(granted):
    added = add(granted, make_pdf(), "card.pdf")
    DocumentFindings.objects.filter(document=added.document).delete()
    assert "still being looked into" in added_records.hold_up(granted, granted.lines.all())


def test_a_file_without_a_copy_says_so(granted):
    added = add(granted, HIDDEN, "names.txt")
    url = f"/staff/requests/{granted.reference}/records/added/{added.uid}/copy/"
    page = client_for(granted.test_people.analyst).get(url, follow=True).content.decode()
    assert "There is no copy of this file without active content" in page
