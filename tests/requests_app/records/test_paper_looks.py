"""The pages of a letter and a certificate are looked at before a package leaves, by whoever releases it."""

import pytest
from django.utils import timezone

from foundation.audit.models import AuditEvent
from foundation.core.errors import NotAllowed
from foundation.core.paper import PDF
from foundation.core.references import new_check_code
from foundation.documents import services as documents
from requests_app.enums import PackageStatus
from requests_app.events import Event
from requests_app.models import Certificate, DataRequest, PaperLook
from requests_app.services import building, packages, paper_looks
from tests.documents.files import make_pdf
from tests.people import client_for, make_staff
from tests.requests_app.records.steps import granted_request, seen


@pytest.fixture
def sealed(db, company, monkeypatch):
    """A package whose letter nobody has looked at."""
    monkeypatch.setattr("requests_app.services.building.letter_pdf", lambda *_args, **_kwargs: make_pdf("Dear officer"))
    granted = granted_request()
    package = building.build(packages.start(granted, by=granted.test_people.analyst).pk)
    package.data_request.test_people = granted.test_people
    return package


def certificate_of(package, **columns):
    """A certificate with a file that stands for it."""
    document = documents.write_generated(
        make_pdf("I certify"), filename="certificate.pdf", media_type=PDF, purpose="certificate", by=None, preview=True
    )
    custodian = make_staff("custodian")
    return Certificate.objects.create(
        package=package, kind="records", form="generic", custodian=custodian, drafted_by=custodian, draft=document,
        drafted_at=timezone.now(), check_code=new_check_code(), **columns,
    )  # fmt: skip


def signed(certificate):
    """The same file, signed by hand."""
    values = {"status": "signed", "signed": certificate.draft, "signed_with": "hand", "signed_at": timezone.now()}
    Certificate.objects.filter(pk=certificate.pk).update(**values)


def test_page_shows_every_page_and_counts_as_a_look(sealed):
    approver, address = sealed.data_request.test_people.approver, f"/staff/requests/{sealed.data_request.reference}"
    client = client_for(approver)
    before = client.get(f"{address}/records/1/letter/").content.decode()
    assert "pictures of its pages are being made" in before
    assert not PaperLook.objects.exists()
    documents.process(sealed.letter)
    page = client.get(f"{address}/records/1/letter/").content.decode()
    assert f"{address}/records/1/letter/1.png" in page
    assert sealed.letter.sha256 in page
    assert PaperLook.objects.get().user == approver
    assert AuditEvent.objects.filter(action=Event.PAPER_SEEN).count() == 1
    picture = client.get(f"{address}/records/1/letter/1.png")
    assert (picture.status_code, picture["Content-Type"]) == (200, "image/png")
    assert client.get(f"{address}/records/1/letter/2.png").status_code == 404
    assert len(paper_looks.pages(documents_again(sealed.letter))) == 1


def documents_again(document):
    document.refresh_from_db()
    return document


def test_a_file_of_which_no_picture_can_be_made_is_looked_at_by_opening_it(sealed):
    approver, address = sealed.data_request.test_people.approver, f"/staff/requests/{sealed.data_request.reference}"
    sealed.letter.preview_error = "No page images could be made of this file."
    sealed.letter.save(update_fields=["preview_error"])
    client = client_for(approver)
    assert "No page images could be made" in client.get(f"{address}/records/1/letter/").content.decode()
    assert paper_looks.unseen_refusal(sealed, by=approver)
    client.get(f"{address}/records/1/letter.pdf")
    assert paper_looks.unseen_refusal(sealed, by=approver) == ""


def test_nobody_releases_what_they_have_not_looked_at(sealed):
    approver = sealed.data_request.test_people.approver
    # Somebody else has: that is not enough.
    seen(sealed, sealed.data_request.test_people.analyst)
    with pytest.raises(NotAllowed, match="Open the letter"):
        packages.release(sealed, by=approver)
    checks = packages.checklist(sealed, by=approver, at=timezone.now())
    assert [check.refusal for check in checks if not check.passed] == ["Open the letter and look at its pages first."]
    seen(sealed, approver)
    draft = certificate_of(sealed)
    assert paper_looks.unseen_refusal(sealed, by=approver) == ""
    signed(draft)
    with pytest.raises(NotAllowed, match="Open the signed certificate"):
        packages.release(sealed, by=approver)
    paper_looks.note_look(sealed, draft.draft, by=approver)
    assert packages.release(sealed, by=approver).status == PackageStatus.RELEASED


def test_certificate_is_shown_by_its_draft_and_only_with_its_own_package(sealed):
    certificate = certificate_of(sealed)
    documents.process(certificate.draft)
    address = f"/staff/requests/{sealed.data_request.reference}/records"
    client = client_for(sealed.data_request.test_people.approver)
    page = client.get(f"{address}/1/certificate/{certificate.uid}/").content.decode()
    assert certificate.check_code in page
    assert f"{address}/1/certificate/{certificate.uid}/1.png" in page
    assert client.get(f"{address}/1/certificate/{certificate.uid}/1.png").status_code == 200
    other = granted_request()
    assert client.get(f"/staff/requests/{other.reference}/records/1/certificate/{certificate.uid}/").status_code == 404
    assert client.get(f"{address}/2/certificate/{certificate.uid}/").status_code == 404


def test_a_look_of_somebody_who_may_not_see_the_request_counts_nothing(sealed):
    DataRequest.objects.filter(pk=sealed.data_request.pk).update(restricted=True)
    for by in (sealed.data_request.officer, make_staff("administrator"), make_staff("approver")):
        with pytest.raises(NotAllowed):
            paper_looks.note_look(sealed, sealed.letter, by=by)
    assert not PaperLook.objects.exists()
    assert not AuditEvent.objects.filter(action=Event.PAPER_SEEN).exists()
