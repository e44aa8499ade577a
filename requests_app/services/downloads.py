"""Who takes what leaves: a grant opened by a fresh second factor, and a receipt for every transfer."""

import hashlib
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.dateformat import format as format_date

from accounts import cool_down
from accounts.models import User
from foundation.audit.trail import record
from foundation.core.errors import NotAllowed
from foundation.documents.models import Document
from requests_app.enums import NoticeStatus, PackageStatus
from requests_app.events import Event
from requests_app.models import Certificate, DisclosurePackage, DownloadGrant, DownloadReceipt
from requests_app.permissions import access_in_force
from requests_app.release_enums import CertificateStatus
from requests_app.services import copies_of_recipients, infected, mistakes, receipt_proofs
from requests_app.services.archive import unwrap_passphrase

# A large archive over a bad line takes hours: the grant outlives the freshness of the factor, not the working day.
GRANT = timedelta(hours=8)
# Files taken one by one lie open, other than the archive: one second factor lasts for clicking through them.
OPEN_GRANT = timedelta(hours=1)
# How often it is asked, while bytes go out, whether they still may.
LOOK_SECONDS = 1.0


class Kind(StrEnum):
    """What of a package is taken."""

    ARCHIVE = "archive"
    ITEM = "item"
    LETTER = "letter"
    MANIFEST = "manifest"
    CERTIFICATE = "certificate"
    PROOF = "proof"


# What a court asks for years later: it outlives the records.
LASTING = frozenset({Kind.LETTER, Kind.MANIFEST, Kind.CERTIFICATE, Kind.PROOF})
_ENDED = frozenset({PackageStatus.EXPIRED, PackageStatus.PURGED})


class DownloadRefused(NotAllowed):
    """Nothing can be downloaded now; the message says why."""


@dataclass(frozen=True)
class Transfer:
    """One answer with bytes of a file: from where, how many, to whom."""

    package: DisclosurePackage
    document: Document
    user: User
    first_byte: int = 0
    length: int = 0
    kind: Kind = Kind.ARCHIVE


def refusal(package: DisclosurePackage, *, user: User, at: datetime, kind: Kind = Kind.ARCHIVE) -> str | None:
    """Say in words for the officer why this cannot be downloaded now, or None. Asked before every byte and secret.

    Letter, manifest, certificate and proof can be taken after the download ended and the records were deleted.
    """
    if package.status == PackageStatus.REVOKED:
        return "We stopped this download. Do not use or pass on what you took."
    if user.pk not in {person.pk for person in package.data_request.people()}:
        return "Only the officer who asked and the colleagues named to follow may download."
    if package.status not in {PackageStatus.RELEASED, *_ENDED} or package.expires_at is None:
        return "These records are not released yet."
    if kind not in LASTING and (why := _records_refusal(package, kind=kind, at=at)):
        return why
    return _waits(package, user=user) or cool_down.download_refusal(user, at=at) or None


def _records_refusal(package: DisclosurePackage, *, kind: Kind, at: datetime) -> str:
    """Say why the records themselves cannot be downloaded now; empty where they can."""
    if package.status in _ENDED or (package.expires_at and package.expires_at <= at):
        return _ended(package)
    if infected.is_held(package):
        return "We hold these records back: a file in them was found unsafe. Do not open or pass on what you took."
    if kind == Kind.ITEM and not package.data_request.provider.single_files:
        return "The files of this package cannot be taken one by one. Download the archive."
    return ""


def _waits(package: DisclosurePackage, *, user: User) -> str | None:
    if access_in_force(package.data_request) or not user.is_officer:
        return "Downloads wait while the access of the officer or the agency is suspended."
    if _disputed(package) or mistakes.recipient_in_doubt(package.data_request):
        return "These records cannot be downloaded for the moment. Try again later, or write to us."
    return None


def _disputed(package: DisclosurePackage) -> bool:
    """Say whether somebody objected whose records are in it, and nobody has decided. The officer never learns that."""
    accounts = package.lines.values("target__account")
    notices = package.data_request.notices.filter(account__in=accounts)
    return notices.filter(status=NoticeStatus.OBJECTED).exists()


def _ended(package: DisclosurePackage) -> str:
    when = f" on {format_date(package.expires_at, 'j M Y')}" if package.expires_at else ""
    return f"The download ended{when}. Ask for the records again on the page of the request."


def certificates(package: DisclosurePackage) -> QuerySet[Certificate]:
    """Return the certificates of a package that stand: signed, and not withdrawn since."""
    rows = Certificate.objects.filter(package=package, status=CertificateStatus.SIGNED, signed__isnull=False)
    return rows.select_related("signed", "custodian").order_by("signed_at", "pk")


def certificate_name(certificate: Certificate) -> str:
    """Return the name under which a signed certificate is taken: the one its scan came with says too much."""
    package, signed = certificate.package, certificate.signed
    ending = signed.ending if signed else "pdf"
    return f"{package.data_request.reference}-{package.number}-certificate-{certificate.uid.hex[:8]}.{ending}"


@transaction.atomic
def open_grant(
    package: DisclosurePackage, *, user: User, session: str, kind: Kind = Kind.ARCHIVE, at: datetime | None = None
) -> DownloadGrant:
    """Let this person download this package in this session; the view has just seen a fresh second factor.

    Their copy of the archive gets its mark here. The trail keeps a hash of the mark: who reads the trail does not
    learn it, and who finds a mark in a file can show whose it is.
    """
    at = at or timezone.now()
    # One after the other, each seeing what the one before left: pressed twice, it is one grant and one copy.
    rows = DisclosurePackage.objects.select_for_update(of=("self",), no_key=True)
    package = rows.select_related("data_request__provider", "archive").get(pk=package.pk)
    if why := refusal(package, user=user, kind=kind, at=at):
        raise DownloadRefused(why)
    if known := live_grant(package, user=user, session=session, kind=kind, at=at):
        return known
    ends = min(at + GRANT, package.expires_at or at)
    grant = DownloadGrant.objects.create(
        package=package, user=user, session_hash=_hash(session), opened_at=at, ends_at=ends
    )
    facts: dict[str, str | int | None] = {"package": package.number}
    if copy := copies_of_recipients.copy_for(package, user=user, at=at):
        facts["mark_sha256"] = hashlib.sha256(copy.mark.encode()).hexdigest()
    record(Event.DOWNLOAD_OPENED, by=user, obj=package.data_request, data=facts, at=at)
    return grant


def live_grant(
    package: DisclosurePackage, *, user: User, session: str, kind: Kind = Kind.ARCHIVE, at: datetime | None = None
) -> DownloadGrant | None:
    """Return the grant this session has for this package now, or None; of a file that lies open, a young one."""
    at = at or timezone.now()
    mine = DownloadGrant.objects.filter(package=package, user=user, session_hash=_hash(session), ends_at__gt=at)
    if kind == Kind.ITEM:
        mine = mine.filter(opened_at__gt=at - OPEN_GRANT)
    return mine.order_by("-opened_at").first()


@transaction.atomic
def show_passphrase(package: DisclosurePackage, *, user: User, at: datetime | None = None) -> str:
    """Return what opens the archive, and note that it was shown; the view has just seen a fresh second factor."""
    at = at or timezone.now()
    if why := refusal(package, user=user, at=at):
        raise DownloadRefused(why)
    record(Event.PASSPHRASE_SHOWN, by=user, obj=package.data_request, data={"package": package.number}, at=at)
    return unwrap_passphrase(package)


def receipted(transfer: Transfer, chunks: Iterable[bytes], *, at: datetime | None = None) -> Iterator[bytes]:
    """Pass the chunks on and keep a receipt: begun with the first byte, closed with what really went out.

    Before the first chunk, and then every second, the package and the person are looked at again, so that stopping a
    download, suspending the officer or the agency, and ending sessions stop it.
    """
    receipt = _begin(transfer, at or timezone.now())
    sent, handed, look_at = 0, False, time.monotonic()
    try:
        for chunk in chunks:
            if (now := time.monotonic()) >= look_at:
                look_at = now + LOOK_SECONDS
                if not _still_open(transfer):
                    break
            handed = True
            yield chunk
            sent += len(chunk)
    finally:
        _close(receipt, transfer, sent, handed=handed, at=timezone.now())


@transaction.atomic
def _begin(transfer: Transfer, at: datetime) -> DownloadReceipt:
    member = transfer.user.membership
    return DownloadReceipt.objects.create(
        package=transfer.package,
        document=transfer.document,
        user=transfer.user,
        agency_name=member.agency.name if member else "",
        started_at=at,
        first_byte=transfer.first_byte,
    )


@transaction.atomic
def _close(receipt: DownloadReceipt, transfer: Transfer, sent: int, *, handed: bool, at: datetime) -> None:
    """Write the end of a transfer with its event; one that is complete handed over every byte that was asked for.

    One that was refused before its first piece leaves no receipt: who has one is asked to destroy what they took.
    """
    complete = sent == transfer.length
    mine = DownloadReceipt.objects.filter(pk=receipt.pk)
    if handed:
        mine.update(finished_at=at, bytes_sent=sent, complete=complete)
    else:
        mine.delete()
    facts: dict[str, str | int | None] = {
        "package": transfer.package.number,
        "sha256": transfer.document.sha256,
        "first_byte": transfer.first_byte,
        "bytes": sent,
        "size": transfer.document.size,
    }
    outcome = "ok" if complete else "broken_off"
    record(Event.DOWNLOADED, by=transfer.user, obj=transfer.package.data_request, outcome=outcome, data=facts, at=at)
    if handed:
        receipt_proofs.downloaded(
            transfer.package, transfer.document, facts, complete=complete, by=transfer.user, at=at
        )


def _still_open(transfer: Transfer) -> bool:
    """Ask everything once more that refusal() asked before the first byte, of rows as they are now."""
    readers = User.objects.filter(session_epoch=transfer.user.session_epoch, is_active=True)
    user = readers.filter(pk=transfer.user.pk).first()
    related = ("data_request__provider", "data_request__officer", "data_request__agency")
    package = DisclosurePackage.objects.select_related(*related).filter(pk=transfer.package.pk).first()
    if user is None or package is None:
        return False
    return refusal(package, user=user, kind=transfer.kind, at=timezone.now()) is None


def _hash(session: str) -> str:
    return salted_hmac("requests_app.download", session, algorithm="sha256").hexdigest()
