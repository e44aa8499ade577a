"""The archive as each person gets it: the stored one with their mark at its end, and the hash of that."""

import hashlib
import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from foundation.audit.trail import record
from foundation.core import jobs
from foundation.core.hurry import hurry_on_commit
from foundation.documents import services as documents
from foundation.documents.models import Document
from requests_app.events import Event
from requests_app.models import DataRequest, DisclosurePackage, RecipientCopy
from requests_app.services import copy_marks, issued

logger = logging.getLogger(__name__)

TASK = "requests.hash_copy"
LEASE = timedelta(hours=1)
TRIES = 5
# Hashed while the person waits: well under a second. Larger ones, a worker hashes.
_AT_ONCE = 32 * 1024 * 1024


@transaction.atomic
def copy_for(package: DisclosurePackage, *, user: User, at: datetime | None = None) -> RecipientCopy | None:
    """Return this person's copy of a package, made now where there is none; None of an archive without room for it.

    Its hash is there at once for a small archive, and later for a large one.
    """
    at = at or timezone.now()
    if known := mine(package, user=user):
        return known
    archive = package.archive
    if archive is None or not _has_room(archive):
        return None
    fresh = {"mark": copy_marks.new_mark(), "made_at": at, "due_at": at}
    copy, created = RecipientCopy.objects.get_or_create(package=package, user=user, defaults=fresh)
    if created and (archive.size or 0) <= _AT_ONCE:
        run(copy.pk, at=at)
        copy.refresh_from_db()
    elif created:
        hurry_on_commit(TASK, copy.pk)
    return copy


def mine(package: DisclosurePackage, *, user: User) -> RecipientCopy | None:
    """Return this person's copy, or None where they never opened the download."""
    return RecipientCopy.objects.filter(package=package, user=user).first()


def readable(user: User) -> QuerySet[RecipientCopy]:
    """Return the copies of packages this member of staff may read about."""
    cases = DataRequest.objects.visible_to_staff(user)
    rows = RecipientCopy.objects.filter(package__data_request__in=cases)
    return rows.select_related("user", "package__data_request__agency", "package__archive")


@transaction.atomic
def trace(mark: str, *, by: User, at: datetime | None = None) -> RecipientCopy | None:
    """Return the copy with this mark, or None where there is none that this person may read about; noted each time."""
    at = at or timezone.now()
    found = readable(by).filter(mark=mark).first()
    facts: dict[str, str | int | None] = {"mark_sha256": hashlib.sha256(mark.encode()).hexdigest()}
    if found is None:
        record(Event.COPY_TRACED, by=by, outcome="not_found", data=facts, at=at)
        return None
    facts["package"] = found.package.number
    record(Event.COPY_TRACED, by=by, obj=found.package.data_request, data=facts, at=at)
    return found


def etag(copy: RecipientCopy, archive: Document) -> str:
    """Return what names the bytes of this copy, before its hash is known too: one person has one copy of an archive."""
    return hashlib.sha256(f"{archive.sha256} {copy.user_id}".encode()).hexdigest()


def hash_due(*, at: datetime | None = None, limit: int = 20) -> int:
    """Hash the copies that no worker has taken, or one that died; return how many were due."""
    at = at or timezone.now()
    waiting = RecipientCopy.objects.filter(jobs.due(at), sha256="").order_by("due_at", "pk")
    keys = list(waiting.values_list("pk", flat=True)[:limit])
    for pk in keys:
        run(pk, at=at)
    return len(keys)


def run(copy_id: int, *, at: datetime | None = None) -> None:
    """Hash one copy if it is due and nobody else does."""
    at = at or timezone.now()
    rows = RecipientCopy.objects.filter(pk=copy_id, sha256="")
    for copy in jobs.claim(rows, at=at, lease=LEASE, limit=1):
        try:
            digest = _digest(copy)
        except Exception as error:  # whatever it was, the row must not wait for the end of its lease
            logger.exception("The copy %s could not be hashed", copy.pk)
            jobs.fail(copy, str(error) or type(error).__name__, at=at, give_up_after=TRIES)
        else:
            _finish(copy, digest, at=at)


@transaction.atomic
def _finish(copy: RecipientCopy, digest: str, *, at: datetime) -> None:
    """Write the hash down, and have the check page know it."""
    if jobs.finish(copy, at=at, sha256=digest):
        issued.issue_copy(copy, at=at)


def _digest(copy: RecipientCopy) -> str:
    """Return the hash of the archive with the mark of this copy in it."""
    archive = copy.package.archive
    if archive is None:
        raise ValueError("There is no archive.")
    documents.require_clean(archive)
    end = copy_marks.comment(copy.mark)
    left = (archive.size or 0) - len(end)
    found = hashlib.sha256()
    for piece in documents.pieces(archive):
        found.update(piece[:left] if left < len(piece) else piece)
        left -= min(left, len(piece))
        if not left:
            break
    found.update(end)
    return found.hexdigest()


def _has_room(archive: Document) -> bool:
    """Say whether a stored archive ends with the blank mark; one that was built before there were marks does not."""
    blank = copy_marks.comment(copy_marks.BLANK)
    if not documents.is_usable(archive) or (archive.size or 0) < len(blank):
        return False
    with documents.open_plain(archive) as reader:
        reader.seek((archive.size or 0) - len(blank))
        return reader.read() == blank
