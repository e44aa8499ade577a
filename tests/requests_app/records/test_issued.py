"""What the check page knows of what left: nothing before it leaves, everything after, and what was withdrawn."""

import hashlib
import io
from datetime import timedelta
from functools import partial
from importlib import import_module

import pytest
import pyzipper
from django.db import connection
from django.utils import timezone

from foundation.core.references import new_check_code
from foundation.documents import services as documents
from requests_app.models import Certificate, IssuedFile, RecipientCopy
from requests_app.release_enums import CertificateKind
from requests_app.services import issued, packages, paper_looks
from requests_app.services.archive import unwrap_passphrase
from requests_app.services.issued import Found, Verdict
from tests.requests_app.records.steps import granted_request, sealed_package

UNKNOWN = Found(Verdict.UNKNOWN)


@pytest.fixture
def sealed(db, company, quick_letter):
    return another()


def another():
    data_request = granted_request()
    package = sealed_package(data_request)
    package.data_request.test_people = data_request.test_people
    return package


def release(package):
    people = package.data_request.test_people
    package = packages.release(package, by=people.approver)
    package.data_request.test_people = people
    return package


def stop(package):
    by = package.released_by
    return packages.revoke(package, cause="wrong_account", reason="Account B is another person", by=by)


def unpacked(package):
    """The hash of the archive and of everything in it, as whoever took it computes them."""
    with documents.open_plain(package.archive) as reader:
        archive = reader.read()
    found = {"archive": hashlib.sha256(archive).hexdigest()}
    with pyzipper.AESZipFile(io.BytesIO(archive)) as opened:
        opened.setpassword(unwrap_passphrase(package).encode())
        found |= {name: hashlib.sha256(opened.read(name)).hexdigest() for name in opened.namelist()}
    return found


def signed_certificate(package, status="signed"):
    """A certificate with the least that its row needs."""
    scan = documents.write_generated(
        f"signed {status} {package.pk}".encode(), filename="c.pdf", media_type="application/pdf", purpose="t", by=None
    )
    people = package.data_request.test_people
    return Certificate.objects.create(
        package=package, kind=CertificateKind.RECORDS, form="generic", status=status, custodian=people.approver,
        drafted_by=people.analyst, drafted_at=timezone.now(), check_code=new_check_code(), signed=scan,
        signed_with="hand", signed_at=timezone.now(),
    )  # fmt: skip


def test_all_of_it_is_known_from_the_release_on_and_withdrawn_with_it(sealed):
    sealed.letter_code = new_check_code()
    sealed.save(update_fields=["letter_code"])
    hashes = unpacked(sealed)
    assert {"manifest.txt", "manifest.json", "letter.pdf"} < set(hashes)
    assert len(hashes) == 12
    signed, dropped = signed_certificate(sealed), signed_certificate(sealed, "withdrawn")
    issued.issue_certificate(signed, at=timezone.now())
    paper_looks.note_look(sealed, signed.signed, by=signed.custodian, at=timezone.now())
    with_code = partial(issued.of_hash, code=sealed.letter_code)
    asked = [*((with_code, sha256) for sha256 in hashes.values()), (issued.of_hash, signed.signed.sha256)]
    asked += [(issued.of_code, sealed.letter_code.lower().replace("-", " ")), (issued.of_code, signed.check_code)]
    assert {look(what) for look, what in asked} == {UNKNOWN}, "sealed and signed is not issued"

    package = release(sealed)
    assert {look(what) for look, what in asked} == {Found(Verdict.ISSUED, package.released_at)}
    assert issued.of_code(dropped.check_code) == issued.of_hash(dropped.signed.sha256) == UNKNOWN
    issued.issue(package, at=package.released_at + timedelta(days=40))
    assert {look(what) for look, what in asked} == {Found(Verdict.ISSUED, package.released_at)}, "the first day stays"

    stop(package)
    called_at = package.recalls.get().called_at
    assert {look(what) for look, what in asked} == {Found(Verdict.WITHDRAWN, called_at)}


def test_what_is_ready_after_the_release_is_in_force_or_withdrawn_like_the_rest(sealed):
    package = release(sealed)
    made = {"package": package, "made_at": package.released_at, "due_at": package.released_at}
    early = RecipientCopy.objects.create(user=package.data_request.officer, mark="a" * 32, sha256="a" * 64, **made)
    issued.issue_copy(early, at=timezone.now())
    certificate = signed_certificate(package)
    issued.issue_certificate(certificate, at=package.released_at + timedelta(days=9))
    assert issued.of_hash("a" * 64).verdict == Verdict.ISSUED
    assert issued.of_code(certificate.check_code) == Found(Verdict.ISSUED, package.released_at + timedelta(days=9))

    issued.withdraw_certificate(certificate, at=package.released_at + timedelta(days=10))
    assert issued.of_code(certificate.check_code).verdict == Verdict.WITHDRAWN
    assert issued.of_hash(package.letter.sha256).verdict == Verdict.ISSUED

    stop(package)
    late = RecipientCopy.objects.create(user=package.released_by, mark="b" * 32, sha256="b" * 64, **made)
    issued.issue_copy(late, at=timezone.now() + timedelta(hours=1))
    assert issued.of_hash("b" * 64) == issued.of_hash("a" * 64)
    assert issued.of_hash("b" * 64).verdict == Verdict.WITHDRAWN


def test_of_records_nothing_is_said_without_the_code_of_a_paper_that_left_with_them(sealed):
    package, other = release(sealed), release(another())
    theirs = other.letter_code
    for sha256 in package.items.values_list("document__sha256", flat=True):
        assert issued.of_hash(sha256) == issued.of_hash(sha256, code=new_check_code()) == UNKNOWN
        assert issued.of_hash(sha256, code=sha256) == UNKNOWN
        assert issued.of_hash(sha256, code=package.letter_code.lower()).verdict == Verdict.ISSUED
    only_here = set(package.items.values_list("document__sha256", flat=True))
    only_here -= set(other.items.values_list("document__sha256", flat=True))
    assert {issued.of_hash(sha256, code=theirs) for sha256 in only_here} <= {UNKNOWN}
    made_up = IssuedFile.objects.create(package=package, kind="record", sha256="e" * 64, issued_at=package.released_at)
    assert issued.of_hash(made_up.sha256, code=theirs) == UNKNOWN
    certificate = signed_certificate(package)
    issued.issue_certificate(certificate, at=package.released_at)
    assert issued.of_hash(made_up.sha256, code=certificate.check_code).verdict == Verdict.ISSUED
    here = Found(Verdict.ISSUED, package.released_at)
    for sha256 in (package.archive.sha256, package.manifest.sha256, package.manifest_text_sha256):
        assert issued.of_hash(sha256) == issued.of_hash(sha256, code=theirs) == here
    stop(package)
    assert issued.of_hash(made_up.sha256, code=package.letter_code).verdict == Verdict.WITHDRAWN
    assert issued.of_hash(made_up.sha256) == UNKNOWN


def test_a_file_that_left_twice_is_in_force_while_one_of_them_is(sealed):
    package, first = release(sealed), timezone.now() - timedelta(days=99)
    other = another()
    same = package.letter.sha256
    IssuedFile.objects.create(
        package=other, kind="letter", sha256=same, issued_at=first, withdrawn_at=first + timedelta(days=1)
    )
    assert issued.of_hash(same) == Found(Verdict.ISSUED, package.released_at)
    stop(package)
    assert issued.of_hash(same).at == package.recalls.get().called_at, "the day from which none of them is"


def test_what_left_before_is_filled_in(sealed):
    package, other = release(sealed), another()
    before = set(package.issued.values_list("kind", "sha256", "issued_at"))
    IssuedFile.objects.all().delete()
    stop(package)
    with connection.cursor() as cursor:
        cursor.execute(import_module("requests_app.migrations.0050_what_was_issued")._ISSUED)
    filled = IssuedFile.objects.values_list("kind", "sha256", "issued_at")
    lost = {("manifest", package.manifest_text_sha256, package.released_at)}
    assert set(filled) == before - lost
    called_at = package.recalls.get().called_at
    assert set(IssuedFile.objects.values_list("withdrawn_at", flat=True)) == {called_at}
    assert not other.issued.exists(), "sealed, and never released"
