"""Certificates of a package: who drafts, who signs, what keeps a package back, and what is told when."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from foundation.audit.models import AuditEvent
from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused
from foundation.documents import services as documents
from foundation.documents.errors import DocumentRefused
from foundation.documents.models import Document
from foundation.documents.pen import Signed
from foundation.notifications.models import OutboundMessage
from requests_app.models import Certificate, CollectedFile, IssuedFile, PaperLook
from requests_app.services import (
    building,
    certificate_checks,
    certificates,
    packages,
    signing_keys,
    taking_out,
)
from tests.documents.files import make_pdf
from tests.people import client_for, make_staff
from tests.requests_app.records.steps import granted_request, released_package, sealed_package, seen

WANTED = "us_902_11"
FACTS = {"title": "Records custodian", "place": "Dublin"}


@pytest.fixture(autouse=True)
def _quick(monkeypatch, company, quick_letter):
    """No typesetter and no key: what is signed is the draft with an end."""
    monkeypatch.setattr("requests_app.services.certificate_paper.draft_pdf", _pdf)
    monkeypatch.setattr("requests_app.services.signing_keys.usable", lambda _user, at: None)


def _pdf(certificate, *, at):
    return make_pdf() + f"% {certificate.check_code} {sorted(certificate.facts.items())}".encode()


@pytest.fixture
def with_key(monkeypatch):
    """Custodians have a key that signs everything; what PIN came is kept."""
    pins = []

    def sign_pdf(content, _identity, *, pin, place, at):
        pins.append(pin)
        return Signed(content + b"\n% signed in " + place.encode(), at, "Demo Time Stamps")

    monkeypatch.setattr("requests_app.services.signing_keys.usable", lambda _user, at: _key(_user))
    monkeypatch.setattr("requests_app.services.signing_keys.sign_pdf", sign_pdf)
    return pins


def _key(user):
    known = signing_keys.of(user)
    day = timedelta(days=1)
    now = timezone.now()
    return known or user.signing_identities.create(
        subject="Ada", issuer="Root", serial="1", chain="PEM", sealed_key=b"x", valid_from=now - day,
        valid_until=now + day, added_at=now,
    )  # fmt: skip


def _sealed(**columns):
    data_request = granted_request(**({"certificate_form": WANTED} | columns))
    return sealed_package(data_request)


def _draft(package, *, by=None, custodian=None, **changes):
    custodian = custodian or make_staff("custodian", full_name="Ada Custodian")
    by = by or package.data_request.assignee or make_staff("analyst")
    facts = FACTS | {"executed_on": timezone.now().date().isoformat()} | changes
    return certificates.draft(package, form=WANTED, custodian=custodian, facts=facts, by=by)


def _read(certificate, by):
    PaperLook.objects.create(package=certificate.package, document=certificate.draft, user=by, first_at=timezone.now())


def _sign(certificate):
    _read(certificate, certificate.custodian)
    seen = certificate.draft.sha256
    return certificates.sign(certificate, pin="4471 otter", seen=seen, by=certificate.custodian)


def _told(event):
    return set(OutboundMessage.objects.filter(event=event).values_list("to_user_id", flat=True))


def test_a_package_waits_for_the_certificate_that_was_asked_for(db, with_key):
    package = _sealed()
    approver = package.data_request.provider and make_staff("approver")
    with pytest.raises(NotAllowed, match="certificate that was asked for is not signed"):
        packages.release(package, by=approver)
    certificate = _sign(_draft(package))
    assert (certificate.status, certificate.signed_with, certificate.stamped_by) == (
        "signed",
        "key",
        "Demo Time Stamps",
    )
    PaperLook.objects.create(package=package, document=certificate.signed, user=approver, first_at=timezone.now())
    PaperLook.objects.create(package=package, document=package.letter, user=approver, first_at=timezone.now())
    released = packages.release(package, by=approver)
    assert released.certificate_follows == ""
    assert certificates.current(released) == [certificate]
    assert IssuedFile.objects.filter(package=package, sha256=certificate.signed.sha256).exists()


def test_it_may_follow_for_a_reason_and_the_officer_is_told_once_it_is_signed(db, with_key):
    package = _sealed()
    approver = make_staff("approver")
    PaperLook.objects.create(package=package, document=package.letter, user=approver, first_at=timezone.now())
    released = packages.release(package, by=approver, certificate_follows="The custodian is away until Monday.")
    assert released.certificate_follows == "The custodian is away until Monday."
    event = AuditEvent.objects.get(action="package.released")
    assert b"away until Monday" in bytes(event.payload)
    assert not _told("certificate_follows")
    certificate = _sign(_draft(package))
    assert _told("certificate_follows") == {package.data_request.officer_id}
    assert IssuedFile.objects.filter(sha256=certificate.signed.sha256, check_code=certificate.check_code).exists()

    certificates.withdraw(certificate, reason="A wrong line number.", by=certificate.custodian)
    assert certificates.current(package) == []
    assert IssuedFile.objects.get(sha256=certificate.signed.sha256).withdrawn_at
    assert _told("certificate_withdrawn") == {package.data_request.officer_id}
    bodies = "".join(OutboundMessage.objects.values_list("body_text", flat=True))
    assert "wrong line number" not in bodies


@pytest.mark.parametrize("columns", [{"certificate_form": ""}, {"rank": 0}])
def test_nothing_waits_for_a_certificate_that_nobody_asked_for_or_in_an_emergency(db, columns):
    package = _sealed(**columns)
    assert certificates.release_refusal(package) == ""


def test_another_form_than_the_one_asked_for_does_not_open_the_package(db, with_key):
    package = _sealed()
    custodian = make_staff("custodian")
    facts = FACTS | {"executed_on": timezone.now().date().isoformat()}
    other = certificates.draft(package, form="generic", custodian=custodian, facts=facts, by=custodian)
    _sign(other)
    assert "not signed" in certificates.release_refusal(package)


def test_only_the_named_custodian_signs_what_they_read_as_it_stands(db, with_key):
    package = _sealed()
    certificate = _draft(package)
    custodian, seen = certificate.custodian, certificate.draft.sha256
    sign = {"pin": "4471 otter", "seen": seen}
    for other in (make_staff("custodian"), make_staff("approver"), package.data_request.assignee or make_staff()):
        with pytest.raises(NotAllowed):
            certificates.sign(certificate, by=other, **sign)
    with pytest.raises(Incomplete, match="Read every page"):
        certificates.sign(certificate, by=custodian, **sign)
    _read(certificate, make_staff("custodian"))
    with pytest.raises(Incomplete, match="Read every page"):
        certificates.sign(certificate, by=custodian, **sign)
    _read(certificate, custodian)
    changed = certificates.change(certificate, custodian=custodian, facts=FACTS | {"place": "Cork"}, by=custodian)
    with pytest.raises(TransitionRefused, match="changed since you opened"):
        certificates.sign(changed, by=custodian, **sign)
    assert Certificate.objects.get().signed_at is None
    assert with_key == []
    with documents.open_plain(changed.draft) as plain:
        assert b"Cork" in plain.read()
    certificate.draft.refresh_from_db()
    assert certificate.draft.purged_at, "what was drafted before is gone"


@pytest.mark.parametrize(("day", "words"), [("", "written by hand"), ("2026-01-05", "another day than today")])
def test_a_paper_that_names_no_day_or_another_one_is_not_signed_with_a_key(db, with_key, day, words):
    certificate = _draft(_sealed(), executed_on=day)
    _read(certificate, certificate.custodian)
    with pytest.raises(Incomplete, match=words):
        certificates.sign(certificate, pin="x", seen=certificate.draft.sha256, by=certificate.custodian)
    assert with_key == []


def test_nothing_is_signed_of_a_package_that_was_taken_back_meanwhile(db, with_key):
    package = _sealed()
    certificate = _draft(package)
    _read(certificate, certificate.custodian)
    analyst = package.data_request.assignee or make_staff("analyst")
    packages.take_back(package, reason="Other lines.", by=analyst)
    stale = Certificate.objects.get(pk=certificate.pk)
    with pytest.raises(NotAllowed, match="stopped or taken back"):
        certificates.sign(stale, pin="x", seen=certificate.draft.sha256, by=certificate.custodian)
    assert not certificates.to_sign(certificate.custodian).exists()


def test_a_seal_that_is_taken_off_ends_what_states_its_hashes(db, with_key):
    """A certificate of the files as they were sealed before opens no release, and nothing is signed of them."""
    package = _sealed()
    analyst, approver = make_staff("analyst"), make_staff("approver")
    signed = _sign(_draft(package))
    draft = _draft(package, custodian=make_staff("custodian"))
    _read(draft, draft.custodian)
    file = CollectedFile.objects.filter(export__package=package).order_by("pk").first()
    taking_out.take_out(file, whole=True, reason="Another account.", by=analyst)
    states = Certificate.objects.order_by("pk").values_list("pk", "status")
    assert dict(states) == {signed.pk: "withdrawn", draft.pk: "discarded"}
    anew = seen(building.build(package.pk), approver)
    assert "not signed" in certificates.release_refusal(anew)
    assert certificates.current(anew) == []
    with pytest.raises(TransitionRefused):
        certificates.sign(draft, pin="x", seen=draft.draft.sha256, by=draft.custodian)
    again = _sign(_draft(anew, custodian=signed.custodian))
    assert certificates.release_refusal(anew) == ""
    assert again.facts["manifest_sha256"] != signed.facts["manifest_sha256"]


def test_a_draft_made_while_the_package_was_sealed_anew_is_not_kept(db, with_key, monkeypatch):
    package = _sealed()
    other = package.archive

    def meanwhile(certificate, *, at):
        type(package).objects.filter(pk=package.pk).update(manifest=other)
        return _pdf(certificate, at=at)

    monkeypatch.setattr("requests_app.services.certificate_paper.draft_pdf", meanwhile)
    with pytest.raises(TransitionRefused, match="sealed anew"):
        _draft(package)
    assert not Certificate.objects.exists()


@pytest.mark.parametrize(("typed", "fits"), [("23:30", True), ("22:20", False), ("25:00", False), ("", False)])
def test_the_indian_form_is_signed_on_its_day_and_near_its_time_in_india(db, typed, fits):
    at = datetime(2026, 11, 20, 18, 1, tzinfo=UTC)  # 23:31 in India
    facts = {"executed_on": "2026-11-20", "time_ist": typed}
    certificate = Certificate(form="in_63_4", kind="records", facts=facts)
    custodian = make_staff("custodian", time_zone="Pacific/Auckland")
    assert (certificate_checks.day_refusal(certificate, by=custodian, at=at) == "") is fits
    later = at + timedelta(minutes=40)  # 21 November there, and the paper says 20
    assert certificate_checks.day_refusal(certificate, by=custodian, at=later)


def test_a_statement_that_each_page_is_signed_is_not_taken_with_fewer(db, monkeypatch):
    monkeypatch.setattr("foundation.documents.services.pages", lambda _document: [1, 2, 3])
    facts = {"signed_pages": 2}
    with pytest.raises(Incomplete, match="each of its 3 pages"):
        certificate_checks.require_pages(Certificate(form="uk_s9", facts=facts, draft=Document()))
    certificate_checks.require_pages(Certificate(form="generic", facts=facts, draft=Document()))
    certificate_checks.require_pages(Certificate(form="uk_s9", facts={"signed_pages": 3}, draft=Document()))


def test_what_was_asked_for_of_another_package_is_not_answered_by_this_one(db):
    package = _sealed()
    data_request = package.data_request
    other = data_request.packages.create(
        number=9, prepared_by=package.prepared_by, prepared_at=timezone.now(), due_at=timezone.now(), status="expired"
    )
    ask = data_request.later_asks.create(
        kind="certificate", package=other, certificate_form=WANTED, words="x", asked_by=data_request.officer,
        asked_at=timezone.now(),
    )  # fmt: skip
    assert certificates.asked_later(package) is None
    assert certificates.asked_later(other, form=WANTED) == ask


def test_on_paper_the_scan_counts_once_it_is_clean_and_the_custodian_confirms_it(db, settings):
    package = _sealed()
    certificate = _draft(package)
    custodian = certificate.custodian
    upload = SimpleUploadedFile("signed.pdf", make_pdf(pages=2))
    certificate = certificates.upload_scan(certificate, upload, pages=3, by=custodian)
    scan = certificate.signed
    assert certificates.current(package) == []
    with pytest.raises(DocumentRefused):
        certificates.sign_by_hand(certificate, seen=scan.sha256, by=custodian)
    settings.CLAMD_ADDRESS = ""
    documents.process(scan)
    with pytest.raises(Incomplete, match="Look at the pages"):
        certificates.sign_by_hand(certificate, seen=scan.sha256, by=custodian)
    PaperLook.objects.create(package=package, document=scan, user=custodian, first_at=timezone.now())
    with pytest.raises(NotAllowed):
        certificates.sign_by_hand(certificate, seen=scan.sha256, by=make_staff("custodian"))
    with pytest.raises(TransitionRefused):
        certificates.sign_by_hand(certificate, seen="0" * 64, by=custodian)
    signed = certificates.sign_by_hand(certificate, seen=scan.sha256, by=custodian)
    assert (signed.signed_with, signed.facts["signed_pages"], signed.identity) == ("hand", 3, None)
    assert certificates.release_refusal(package) == ""


def test_a_draft_is_told_to_its_custodian_and_its_end_to_whoever_drafted_it(db, with_key):
    package = _sealed()
    analyst = make_staff("analyst")
    certificate = _draft(package, by=analyst)
    assert _told("certificate_waits") == {certificate.custodian_id}
    with pytest.raises(TransitionRefused, match="waits for this custodian already"):
        _draft(package, by=analyst, custodian=certificate.custodian)
    with pytest.raises(Incomplete):
        certificates.discard(certificate, reason=" ", by=certificate.custodian)
    certificates.discard(certificate, reason="A secret reason", by=certificate.custodian)
    assert _told("certificate_discarded") == {analyst.pk}
    again = _sign(_draft(package, by=analyst, custodian=certificate.custodian))
    assert _told("certificate_signed") == {analyst.pk}
    assert again.check_code != certificate.check_code
    assert "secret reason" not in "".join(OutboundMessage.objects.values_list("body_text", flat=True))


def test_who_may_draft_and_for_whom(db):
    package = _sealed()
    custodian = make_staff("custodian")
    for stranger in (make_staff("auditor"), make_staff("approver"), make_staff("counsel")):
        with pytest.raises(NotAllowed):
            certificates.draft(package, form=WANTED, custodian=custodian, facts=FACTS, by=stranger)
    with pytest.raises(Incomplete, match="Choose a custodian"):
        certificates.draft(package, form=WANTED, custodian=make_staff("approver"), facts=FACTS, by=custodian)
    assert certificates.kind_of(package) == "records"


def test_a_restricted_request_is_nowhere_in_the_list_of_a_custodian_who_does_not_read_it(db, with_key):
    package = _sealed()
    certificate = _draft(package)
    reader = client_for(certificate.custodian)
    assert package.data_request.reference in reader.get(reverse("staff_certificates:list")).content.decode()
    type(package.data_request).objects.filter(pk=package.data_request_id).update(restricted=True)
    page = reader.get(reverse("staff_certificates:list")).content.decode()
    assert package.data_request.reference not in page
    assert reader.get(reverse("staff_certificates:certificate", args=[certificate.uid])).status_code == 404
    assert "99+" not in page


def test_the_pin_is_on_no_page_and_a_stale_factor_signs_nothing(db, with_key):
    package = _sealed()
    certificate = _draft(package)
    address = reverse("staff_certificates:sign", args=[certificate.uid])
    given = {"pin": "4471 otter secret", "seen": certificate.draft.sha256}
    stale = client_for(certificate.custodian, factor_age=3600)
    answer = stale.post(address, given)
    assert answer.status_code == 302
    assert with_key == []
    fresh = client_for(certificate.custodian)
    refused = fresh.post(address, given, follow=True)
    assert "Read every page of the draft first." in refused.content.decode()
    _read(certificate, certificate.custodian)
    empty = fresh.post(address, {"seen": given["seen"]})
    assert empty.status_code == 422
    done = fresh.post(address, given, follow=True)
    assert "The signature was checked and holds." in done.content.decode()
    assert "4471 otter secret" not in done.content.decode() + empty.content.decode()
    assert with_key == ["4471 otter secret"]


def test_a_certificate_can_follow_years_later_when_the_records_are_gone(db, with_key):
    package = released_package(granted_request(), at=datetime(2026, 1, 5, 12, tzinfo=UTC))
    type(package).objects.filter(pk=package.pk).update(status="purged", purged_at=timezone.now())
    package.refresh_from_db()
    certificate = _sign(_draft(package))
    assert certificates.current(package) == [certificate]


@pytest.mark.django_db
def test_a_package_from_which_everything_was_taken_out_is_no_search_in_vain():
    package = _sealed()
    package.items.all().delete()
    with pytest.raises(NotAllowed, match="nothing can be certified"):
        _draft(package)
    package.lines.clear()
    with pytest.raises(NotAllowed, match="nothing can be certified"):
        _draft(package)
    package.data_request.lines.update(decision="no_records")
    assert _draft(package).kind == "search"
