"""Who takes what leaves: a grant opened by a fresh second factor, and a receipt for every transfer."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef
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
from requests_app.models import DisclosurePackage, DownloadGrant, DownloadReceipt
from requests_app.permissions import access_in_force
from requests_app.querysets import frozen
from requests_app.services import infected
from requests_app.services.archive import unwrap_passphrase

# A large archive over a bad line takes hours: the grant outlives the freshness of the factor, not the working day.
GRANT = timedelta(hours=8)


class DownloadRefused(NotAllowed):
    """Nothing can be downloaded now; the message says why."""


@dataclass(frozen=True)
class Transfer:
    """One answer with bytes of a file: from where, how many, to whom."""

    package: DisclosurePackage
    document: Document
    user: User
    first_byte: int
    length: int


def refusal(package: DisclosurePackage, *, user: User, at: datetime) -> str | None:
    """Say in words for the officer why nothing can be downloaded now, or None. Asked before every byte and secret."""
    if user.pk not in {person.pk for person in package.data_request.people()}:
        return "Only the officer who asked and the colleagues named to follow may download."
    if package.status == PackageStatus.REVOKED:
        return "We stopped this download. Do not use or pass on what you took."
    if package.status in {PackageStatus.EXPIRED, PackageStatus.PURGED}:
        return _ended(package)
    if package.status != PackageStatus.RELEASED or package.expires_at is None:
        return "These records are not released yet."
    if package.expires_at <= at:
        return _ended(package)
    if infected.is_held(package):
        return "We hold these records back: a file in them was found unsafe. Do not open or pass on what you took."
    return _waits(package, user=user) or cool_down.download_refusal(user, at=at) or None


def _waits(package: DisclosurePackage, *, user: User) -> str | None:
    if access_in_force(package.data_request) or not user.is_officer:
        return "Downloads wait while the access of the officer or the agency is suspended."
    if _disputed(package):
        return "These records cannot be downloaded for the moment. Try again later, or write to us."
    return None


def _disputed(package: DisclosurePackage) -> bool:
    """Say whether somebody objected whose records are in it, and nobody has decided. The officer never learns that."""
    accounts = package.lines.values("target__account")
    notices = package.data_request.notices.filter(account__in=accounts)
    return notices.filter(status=NoticeStatus.OBJECTED).exists()


def _ended(package: DisclosurePackage) -> str:
    when = f" on {format_date(package.expires_at, 'j M Y')}" if package.expires_at else ""
    return f"The download ended{when}. Ask us in a message to open it again."


@transaction.atomic
def open_grant(package: DisclosurePackage, *, user: User, session: str, at: datetime | None = None) -> DownloadGrant:
    """Let this person download this package in this session; the view has just seen a fresh second factor."""
    at = at or timezone.now()
    if why := refusal(package, user=user, at=at):
        raise DownloadRefused(why)
    if known := live_grant(package, user=user, session=session, at=at):
        return known
    ends = min(at + GRANT, package.expires_at or at)
    grant = DownloadGrant.objects.create(
        package=package, user=user, session_hash=_hash(session), opened_at=at, ends_at=ends
    )
    record(Event.DOWNLOAD_OPENED, by=user, obj=package.data_request, data={"package": package.number}, at=at)
    return grant


def live_grant(
    package: DisclosurePackage, *, user: User, session: str, at: datetime | None = None
) -> DownloadGrant | None:
    """Return the grant this session has for this package now, or None."""
    mine = DownloadGrant.objects.filter(package=package, user=user, session_hash=_hash(session))
    return mine.filter(ends_at__gt=at or timezone.now()).first()


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

    Between chunks the package and the person are looked at again, so that stopping a download, suspending the officer
    or the agency, and ending sessions stop it at once.
    """
    receipt = _begin(transfer, at or timezone.now())
    sent = 0
    try:
        for chunk in chunks:
            if not _still_open(transfer):
                break
            yield chunk
            sent += len(chunk)
    finally:
        _close(receipt, transfer, sent, timezone.now())


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
def _close(receipt: DownloadReceipt, transfer: Transfer, sent: int, at: datetime) -> None:
    """Write the end of a transfer with its event; one that is complete handed over every byte that was asked for."""
    complete = sent == transfer.length
    DownloadReceipt.objects.filter(pk=receipt.pk).update(finished_at=at, bytes_sent=sent, complete=complete)
    facts: dict[str, str | int | None] = {
        "package": transfer.package.number,
        "sha256": transfer.document.sha256,
        "first_byte": transfer.first_byte,
        "bytes": sent,
        "size": transfer.document.size,
    }
    outcome = "ok" if complete else "broken_off"
    record(Event.DOWNLOADED, by=transfer.user, obj=transfer.package.data_request, outcome=outcome, data=facts, at=at)


def _still_open(transfer: Transfer) -> bool:
    reader = User.objects.filter(pk=transfer.user.pk, session_epoch=transfer.user.session_epoch, is_active=True)
    released = DisclosurePackage.objects.filter(pk=transfer.package.pk, status=PackageStatus.RELEASED)
    held = Exists(infected.unsafe_items().filter(package=OuterRef("pk")))
    return released.exclude(frozen("data_request__")).filter(~held, Exists(reader)).exists()


def _hash(session: str) -> str:
    return salted_hmac("requests_app.download", session, algorithm="sha256").hexdigest()
