"""What left, by its hash: all that the public check page knows, so that a paper or file proves itself without us.

A row is written at the moment something leaves, never before: what is only sealed or signed is as unknown as what was
made up. Nothing is deleted with the records, because a court asks years later.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import transaction
from django.db.models import F, Min, Q

from foundation.core.references import normalise_check_code
from requests_app.enums import PackageStatus
from requests_app.models import Certificate, DisclosurePackage, IssuedFile, RecipientCopy
from requests_app.release_enums import CertificateStatus, IssuedKind

# What no file has for a hash or code: what was typed is looked up in any case, so that every answer costs the same.
_NONE = "-"


class Verdict(StrEnum):
    """What anybody may know of a file."""

    ISSUED = "issued"
    WITHDRAWN = "withdrawn"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Found:
    """The answer about one hash or code, and its day: of the issue, or of the withdrawal."""

    verdict: Verdict
    at: datetime | None = None


@transaction.atomic
def issue(package: DisclosurePackage, *, at: datetime) -> None:
    """Write down everything that leaves with a release; what left before, and leaves again, keeps its first day."""
    rows = [
        IssuedFile(package=package, kind=kind, sha256=sha256, check_code=code, issued_at=at)
        for kind, sha256, code in _contents(package)
        if sha256
    ]
    IssuedFile.objects.bulk_create(rows, ignore_conflicts=True)


@transaction.atomic
def issue_certificate(certificate: Certificate, *, at: datetime) -> None:
    """Write down a certificate that was signed after the release; one that was signed before leaves with it."""
    package = certificate.package
    if package.released_at is None or certificate.status != CertificateStatus.SIGNED or certificate.signed is None:
        return
    row = IssuedFile(
        package=package, kind=IssuedKind.CERTIFICATE, sha256=certificate.signed.sha256,
        check_code=certificate.check_code, issued_at=at, withdrawn_at=_withdrawn(package, at),
    )  # fmt: skip
    IssuedFile.objects.bulk_create([row], ignore_conflicts=True)


@transaction.atomic
def issue_copy(copy: RecipientCopy, *, at: datetime) -> None:
    """Write down one person's copy of the archive, once a worker has its hash."""
    package = copy.package
    if package.released_at is None or not copy.sha256:
        return
    row = IssuedFile(
        package=package, kind=IssuedKind.ARCHIVE, sha256=copy.sha256, issued_at=copy.made_at,
        withdrawn_at=_withdrawn(package, at),
    )  # fmt: skip
    IssuedFile.objects.bulk_create([row], ignore_conflicts=True)


def withdraw(package: DisclosurePackage, *, at: datetime) -> None:
    """Say of everything that left with a package that it is not to be used any more."""
    package.issued.filter(withdrawn_at=None).update(withdrawn_at=at)


def withdraw_certificate(certificate: Certificate, *, at: datetime) -> None:
    """Say of one certificate that it is not to be used any more."""
    if certificate.signed is not None:
        of_it = certificate.package.issued.filter(kind=IssuedKind.CERTIFICATE, sha256=certificate.signed.sha256)
        of_it.filter(withdrawn_at=None).update(withdrawn_at=at)


def of_hash(sha256: str, *, code: str = "") -> Found:
    """Return what may be said of a file with this SHA-256, in lower case.

    Of records nothing, but to who has the check code of a paper that left with them. Their bytes are no secret: a
    table can be guessed, and a photo has whoever took it. An account holder who tried them out would learn here that
    they were disclosed. Everything else that leaves has random bits in it.
    """
    papers = IssuedFile.objects.filter(check_code=normalise_check_code(code) or _NONE)
    open_to_them = ~Q(kind=IssuedKind.RECORD) | Q(package__in=papers.values("package"))
    return _found(open_to_them, sha256=sha256 or _NONE)


def of_code(typed: str) -> Found:
    """Return what may be said of a paper with this check code, however it was typed."""
    return _found(check_code=normalise_check_code(typed) or _NONE)


def _found(*also: Q, **which: str) -> Found:
    """Look it up: the same file may have left more than once, and is in force while one of them is."""
    rows = IssuedFile.objects.filter(*also, **which).order_by(F("withdrawn_at").desc(nulls_first=True), "issued_at")
    first = rows.values_list("issued_at", "withdrawn_at").first()
    if first is None:
        return Found(Verdict.UNKNOWN)
    issued_at, withdrawn_at = first
    return Found(Verdict.ISSUED, issued_at) if withdrawn_at is None else Found(Verdict.WITHDRAWN, withdrawn_at)


def _contents(package: DisclosurePackage) -> Iterator[tuple[IssuedKind, str, str]]:
    """Yield kind, hash and check code of everything a package is, as it leaves."""
    if package.archive is not None:
        yield IssuedKind.ARCHIVE, package.archive.sha256, ""
    if package.manifest is not None:
        yield IssuedKind.MANIFEST, package.manifest.sha256, ""
    yield IssuedKind.MANIFEST, package.manifest_text_sha256, ""
    if package.letter is not None:
        yield IssuedKind.LETTER, package.letter.sha256, package.letter_code
    for sha256 in package.items.values_list("document__sha256", flat=True):
        yield IssuedKind.RECORD, sha256, ""
    signed = package.certificates.filter(status=CertificateStatus.SIGNED)
    for sha256, code in signed.values_list("signed__sha256", "check_code"):
        yield IssuedKind.CERTIFICATE, sha256, code
    for sha256 in package.copies.exclude(sha256="").values_list("sha256", flat=True):
        yield IssuedKind.ARCHIVE, sha256, ""


def _withdrawn(package: DisclosurePackage, at: datetime) -> datetime | None:
    """Return since when a package is withdrawn, for what is written down after that; None where it is in force.

    Its row is locked: whoever stops it at this moment sees the new row, or is seen here.
    """
    stands = DisclosurePackage.objects.select_for_update(of=("self",)).get(pk=package.pk)
    if stands.status == PackageStatus.REVOKED:
        since: datetime | None = package.issued.aggregate(since=Min("withdrawn_at"))["since"]
        return since or at
    return None
