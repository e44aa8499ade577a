"""What the officer takes: grants, ranges, receipts; and everybody who may not."""

import json
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.access import FACTOR_AT
from accounts.enums import AgencyStatus
from accounts.models import FilingReceipt
from foundation.audit.models import AuditEvent
from foundation.core.paper import PDF
from foundation.core.references import new_check_code
from foundation.documents import services as documents
from foundation.documents.models import Document
from requests_app.models import (
    Certificate,
    DisclosurePackage,
    DownloadGrant,
    DownloadReceipt,
    Follower,
    RecipientCopy,
)
from requests_app.services import downloads, packages
from requests_app.services.archive import unwrap_passphrase
from tests.people import client_for, make_officer, make_staff
from tests.requests_app.records.steps import granted_request, released_package, sealed_package

pytestmark = pytest.mark.usefixtures("quick_letter")


@pytest.fixture
def released(db, company):
    return released_package(granted_request())


def url(package, name=""):
    return f"/requests/{package.data_request.reference}/records/{package.number}/" + (f"{name}/" if name else "")


def body(response):
    return b"".join(response.streaming_content)


def content(document):
    with documents.open_plain(document) as reader:
        return reader.read()


def signed(package, status="signed"):
    """A certificate of a package that was signed by hand."""
    document = documents.write_generated(
        f"%PDF-1.7 {status}".encode(), filename="certificate.pdf", media_type=PDF, purpose="certificate", by=None
    )
    people = package.data_request.test_people
    return Certificate.objects.create(
        package=package, kind="records", form="generic", status=status, custodian=people.analyst,
        drafted_by=people.analyst, drafted_at=timezone.now(), check_code=new_check_code(), signed=document,
        signed_with="hand", signed_at=timezone.now(),
    )  # fmt: skip


def copy_of(package, user):
    """The archive as this person gets it."""
    mark = RecipientCopy.objects.get(package=package, user=user).mark
    return content(package.archive)[: -len(mark)] + mark.encode()


def make_stale(client):
    session = client.session
    session[FACTOR_AT] = (timezone.now() - timedelta(hours=1)).isoformat()
    session.save()


def test_officer_reads_downloads_and_leaves_a_receipt(released):
    officer = released.data_request.officer
    client = client_for(officer)
    listed = client.get(f"/requests/{released.data_request.reference}/").content.decode()
    assert url(released) in listed
    page = client.get(url(released)).content.decode()
    for document in (released.archive, released.letter, released.manifest):
        assert document.sha256 in page
    for item in released.items.all():
        assert item.document.sha256 in page
    assert "sha256sum -c manifest.txt" in page
    answer = client.get(url(released, "archive"))
    assert answer.status_code == 200
    assert body(answer) == copy_of(released, officer)
    assert released.archive.filename in answer["Content-Disposition"]
    receipt = DownloadReceipt.objects.get()
    assert (receipt.user, receipt.agency_name, receipt.bytes_sent, receipt.complete) == (
        officer, released.data_request.agency.name, released.archive.size, True,
    )  # fmt: skip
    assert receipt.finished_at >= receipt.started_at
    event = AuditEvent.objects.get(action="package.downloaded")
    assert (event.outcome, event.actor_id) == ("ok", str(officer.pk))
    staff = client_for(make_staff("auditor"))
    assert "complete" in staff.get(f"/staff{url(released)}").content.decode()


def test_passphrase_is_shown_after_step_up_and_noted(released):
    client = client_for(released.data_request.officer, factor_age=3600)
    secret = unwrap_passphrase(released)
    answer = client.post(url(released, "passphrase"))
    assert answer.headers["Location"].startswith("/sign-in/factor/?next=")
    assert not AuditEvent.objects.filter(action="package.passphrase_shown").exists()
    client = client_for(released.data_request.officer)
    assert secret not in client.get(url(released)).content.decode()
    shown = client.post(url(released, "passphrase"))
    assert secret in shown.content.decode()
    assert shown["Cache-Control"] == "no-store"
    assert AuditEvent.objects.filter(action="package.passphrase_shown").count() == 1
    assert client.get(url(released, "passphrase")).status_code == 302


def test_step_up_then_resume_when_freshness_has_ended(released):
    client = client_for(released.data_request.officer)
    make_stale(client)
    answer = client.get(url(released, "archive"))
    wanted = {"next": url(released, "archive"), "back": url(released)}
    assert answer.headers["Location"] == f"/sign-in/factor/?{urlencode(wanted)}"
    page = client.get(reverse("accounts:download_starts"), wanted).content.decode()
    assert f"url={wanted['next']}" in page
    assert f'href="{wanted["back"]}"' in page
    assert not DownloadGrant.objects.exists()
    client = client_for(released.data_request.officer)
    first = client.get(url(released, "archive"), headers={"range": "bytes=0-99"})
    whole = copy_of(released, released.data_request.officer)
    assert (first.status_code, body(first)) == (206, whole[:100])
    etag = first["ETag"]
    make_stale(client)
    headers = {"range": "bytes=100-", "if-range": etag}
    rest = client.get(url(released, "archive"), headers=headers)
    assert (rest.status_code, body(rest)) == (206, whole[100:])
    receipts = DownloadReceipt.objects.order_by("first_byte").values_list("first_byte", "bytes_sent", "complete")
    assert list(receipts) == [(0, 100, True), (100, len(whole) - 100, True)]
    changed = client.get(url(released, "archive"), headers=headers | {"if-range": '"other"'})
    assert (changed.status_code, body(changed)) == (200, whole)
    assert client.get(url(released, "archive"), headers={"range": f"bytes={len(whole)}-"}).status_code == 416
    assert DownloadGrant.objects.count() == 1


def test_other_session_needs_its_own_factor(released):
    officer = released.data_request.officer
    body(client_for(officer).get(url(released, "letter")))
    other = client_for(officer, factor_age=3600)
    assert other.get(url(released, "letter")).status_code == 302


def test_grant_ends(released):
    client = client_for(released.data_request.officer)
    body(client.get(url(released, "letter")))
    DownloadGrant.objects.update(ends_at=timezone.now())
    make_stale(client)
    assert client.get(url(released, "letter")).status_code == 302


def test_broken_off_download_is_a_receipt_too(released):
    client = client_for(released.data_request.officer)
    answer = client.get(url(released, "archive"))
    next(iter(answer.streaming_content))
    answer._iterator.close()  # as the server does when the line breaks
    receipt = DownloadReceipt.objects.get()
    assert (receipt.complete, receipt.bytes_sent) == (False, 0)
    assert receipt.finished_at
    assert AuditEvent.objects.get(action="package.downloaded").outcome == "broken_off"


@pytest.mark.usefixtures("looks_each_time")
def test_stopping_ends_downloads_under_way(released):
    user = released.data_request.officer
    transfer = downloads.Transfer(released, released.archive, user, 0, 30)
    chunks = downloads.receipted(transfer, iter([b"x" * 10] * 3))
    assert next(chunks) == b"x" * 10
    approver = released.data_request.test_people.approver
    packages.revoke(released, cause="wrong_recipient", reason="Wrong officer", by=approver)
    assert list(chunks) == []
    assert DownloadReceipt.objects.get().complete is False


@pytest.mark.parametrize("what", ["not_followed", "objected"])
@pytest.mark.usefixtures("looks_each_time")
def test_what_keeps_from_a_download_ends_one_under_way(released, what):
    user = make_officer(released.data_request.agency)
    follower = Follower.objects.create(
        data_request=released.data_request, user=user, added_at=timezone.now(), added_by=released.data_request.officer
    )
    chunks = downloads.receipted(downloads.Transfer(released, released.archive, user, 0, 30), iter([b"x" * 10] * 3))
    assert next(chunks) == b"x" * 10
    if what == "objected":
        released.data_request.notices.filter(account__in=released.accounts()).update(status="objected")
    else:
        Follower.objects.filter(pk=follower.pk).update(status="ended")
    assert list(chunks) == []
    assert DownloadReceipt.objects.get().complete is False


def test_head_sends_and_notes_nothing(released):
    client = client_for(released.data_request.officer)
    answer = client.head(url(released, "archive"))
    assert (answer.status_code, answer["Content-Length"]) == (200, str(released.archive.size))
    assert not DownloadReceipt.objects.exists()


def test_follower_may_download(released):
    follower = make_officer(released.data_request.agency)
    Follower.objects.create(
        data_request=released.data_request, user=follower, added_at=timezone.now(), added_by=follower
    )
    assert body(client_for(follower).get(url(released, "letter"))).startswith(b"%PDF-")
    assert DownloadReceipt.objects.get().user == follower


def test_strangers_see_nothing(released):
    stranger, colleague = make_officer(), make_officer(released.data_request.agency)
    for client in (client_for(stranger), client_for(colleague), client_for(make_staff("approver"))):
        for name in ("", "archive", "letter", "manifest", "passphrase"):
            assert client.get(url(released, name)).status_code == 404


def test_lead_sees_that_it_is_there_but_takes_nothing(released):
    lead = client_for(make_officer(released.data_request.agency, lead=True))
    assert "Only the officer who asked" in lead.get(url(released)).content.decode()
    assert lead.get(url(released, "archive")).headers["Location"] == url(released)
    page = lead.post(url(released, "passphrase"), follow=True).content.decode()
    assert unwrap_passphrase(released) not in page


def test_nothing_before_release(db, company):
    package = sealed_package(granted_request())
    client = client_for(package.data_request.officer)
    for name in ("", "archive", "letter", "manifest", "passphrase"):
        assert client.get(url(package, name)).status_code == 404
    with pytest.raises(downloads.DownloadRefused):
        downloads.show_passphrase(package, user=package.data_request.officer)
    with pytest.raises(downloads.DownloadRefused):
        downloads.open_grant(package, user=package.data_request.officer, session="s")


def test_clear_words_after_stop_and_end(released):
    client = client_for(released.data_request.officer)
    body(client.get(url(released, "letter")))
    packages.expire_due(at=released.expires_at)
    page = client.get(url(released)).content.decode()
    assert "The download ended on" in page
    assert f'href="{url(released, "archive")}"' not in page
    assert client.get(url(released, "archive")).headers["Location"] == url(released)
    assert client.post(url(released, "passphrase")).status_code == 302


def test_time_over_before_the_sweep_came(released):
    user = released.data_request.officer
    at = released.expires_at
    assert "ended on" in downloads.refusal(released, user=user, at=at)
    assert downloads.refusal(released, user=user, at=at - timedelta(seconds=1)) is None


def test_stopped_package_says_so(released):
    packages.revoke(released, cause="narrowed", reason="x", by=released.data_request.test_people.approver)
    client = client_for(released.data_request.officer)
    assert "We stopped this download" in client.get(url(released)).content.decode()
    assert client.get(url(released, "archive")).status_code == 302
    assert not DownloadReceipt.objects.exists()


def test_suspension_stops_everything(released):
    client = client_for(released.data_request.officer)
    agency = released.data_request.agency
    agency.status = AgencyStatus.SUSPENDED
    agency.save()
    for name in ("", "archive", "passphrase"):
        assert client.get(url(released, name)).status_code == 404
    user = type(released.data_request.officer).objects.get(pk=released.data_request.officer_id)
    released.data_request.refresh_from_db()
    with pytest.raises(downloads.DownloadRefused, match="suspended"):
        downloads.show_passphrase(released, user=user)


def test_papers_outlive_the_records(released):
    client = client_for(released.data_request.officer)
    certificate = signed(released)
    packages.expire_due(at=released.expires_at)
    DisclosurePackage.objects.update(status="purged", purged_at=timezone.now())
    papers = {"letter": released.letter, "manifest": released.manifest}
    papers |= {f"certificates/{certificate.uid}": certificate.signed}
    page = client.get(url(released)).content.decode()
    for name, document in papers.items():
        assert url(released, name) in page, name
        assert body(client.get(url(released, name))) == content(document), name
    assert DownloadReceipt.objects.filter(complete=True).count() == 3
    assert not DownloadGrant.objects.exists()
    make_stale(client)
    assert client.get(url(released, "letter")).headers["Location"].startswith("/sign-in/factor/")


def test_no_paper_of_a_stopped_package_and_no_certificate_that_was_withdrawn(released):
    client = client_for(released.data_request.officer)
    standing, withdrawn = signed(released), signed(released, "withdrawn")
    Document.objects.filter(pk=standing.signed_id).update(filename="Scan of Helen.pdf")
    name = f"{released.data_request.reference}-1-certificate-{standing.uid.hex[:8]}.pdf"
    answer = client.get(url(released, f"certificates/{standing.uid}"))
    assert name in answer["Content-Disposition"]
    assert body(answer)
    page = client.get(url(released)).content.decode()
    assert (page.count(name), "Scan of Helen" in page) == (2, False), "offered, and in the receipt"
    assert client.get(url(released, f"certificates/{withdrawn.uid}")).status_code == 404
    packages.revoke(released, cause="narrowed", reason="x", by=released.data_request.test_people.approver)
    for name in ("letter", "manifest", f"certificates/{standing.uid}"):
        assert client.get(url(released, name)).headers["Location"] == url(released), name
        assert url(released, name) not in client.get(url(released)).content.decode()


def test_receipts_say_in_words_what_happened(released):
    client = client_for(released.data_request.officer)
    whole = {"range": ""}
    for header in (whole, {"range": "bytes=0-9"}, {"range": "bytes=10-"}):
        body(client.get(url(released, "archive"), headers=header))
    answer = client.get(url(released, "archive"))
    next(iter(answer.streaming_content))
    answer._iterator.close()  # as the server does when the line breaks
    page = client.get(url(released)).content.decode()
    for words in (": complete<", "a part, complete", "the rest, complete", "broken off"):
        assert words in page
    assert "from byte 10 on" in page
    listed = client.get(url(released, "receipts")).content.decode()
    assert listed.count("from byte 10 on") == 1
    other = make_officer(released.data_request.agency, lead=True)
    assert "broken off" not in client_for(other).get(url(released, "receipts")).content.decode()


def test_many_receipts_are_read_page_by_page(released):
    officer = released.data_request.officer
    common = {"package": released, "document": released.archive, "user": officer, "started_at": timezone.now()}
    DownloadReceipt.objects.bulk_create(
        DownloadReceipt(**common, first_byte=number, bytes_sent=1) for number in range(1, 56)
    )
    for client, address in (
        (client_for(officer), url(released, "receipts")),
        (client_for(released.data_request.test_people.analyst), f"/staff{url(released, 'receipts')}"),
    ):
        first = client.get(address).content.decode()
        assert "50 of 55 shown" in first
        assert "from byte 55 on" in first
        assert "from byte 5 on" not in first
        oldest = DownloadReceipt.objects.get(first_byte=6).pk
        assert f'href="?before={oldest}"' in first
        second = client.get(address, {"before": oldest}).content.decode()
        assert "from byte 5 on" in second
        assert "from byte 6 on" not in second
        assert client.get(address, {"before": "x' or 1"}).status_code == 200


def test_a_download_has_a_receipt_of_the_bytes_that_went_out(released):
    officer = released.data_request.officer
    client = client_for(officer)
    body(client.get(url(released, "archive"), headers={"range": "bytes=0-99"}))
    receipt = FilingReceipt.objects.get(kind="download")
    told = json.loads(receipt.words)
    assert (told["package"], told["sha256"], told["first_byte"], told["bytes"], told["complete"]) == (
        released.number, released.archive.sha256, 0, 100, True,
    )  # fmt: skip
    entry = AuditEvent.objects.get(pk=receipt.entry)
    assert (entry.action, entry.actor_kind, entry.ip) == ("receipt.issued", "system", "")
    page = f"/requests/{released.data_request.reference}/receipts/"
    assert "File downloaded" in client.get(page).content.decode()
    lead = make_officer(agency=released.data_request.agency, lead=True)
    answer = client_for(lead).get(page)
    assert (answer.status_code, "File downloaded" in answer.content.decode()) == (200, False)
    assert client_for(lead).get(f"{page}{receipt.uid}.json").status_code == 404
