"""A file of another system on its way in: sent, looked at as a dry run, then brought in or thrown away.

Nothing of it is a request before somebody has read the answers to its lines. The dry run is worked out anew each time
from the stored file, and once more at the import: what was decided meanwhile counts.
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission, has_permission
from foundation.audit.canonical import JSON
from foundation.audit.trail import record
from foundation.core.errors import NotAllowed, PortalError, Stale
from foundation.documents import services as documents
from foundation.documents.models import Document
from foundation.providers.models import Provider
from requests_app.enums import Channel, ImportOutcome, ImportSource
from requests_app.events import Event
from requests_app.models import DataRequest, ImportBatch, ImportLine
from requests_app.notify import takedowns as notify
from requests_app.services import batch_files, recording, sahyog, takedowns
from requests_app.services.line_reading import reasons
from requests_app.services.sahyog import Judged

PURPOSE = "batch"
# A file that nobody brought in goes after so long.
KEPT = timedelta(days=7)
# Of many notices in one file the first ones due are told of: a flood of mail is read by nobody.
_TOLD = 5
_AGAIN = "This file is here already: it was brought in as a batch."


def send(upload: Any, *, provider: Provider, by: User, at: datetime | None = None) -> Document:
    """Take a file for a dry run. Raises DocumentRefused, NotAllowed, BadList for one that is no list at all."""
    at = at or timezone.now()
    _may(by, provider)
    with transaction.atomic():
        document = documents.receive(
            upload, filename=upload.name, purpose=PURPOSE, by=by, limit=settings.UPLOAD_LIMIT_LIST, at=at
        )
        facts: dict[str, JSON] = {"sha256": document.sha256, "size": document.size or 0}
        record(Event.BATCH_SENT, by=by, obj=document, data=facts, at=at)
    return document


def sent_by(user: User) -> QuerySet[Document]:
    """Return the files this person sent and has neither brought in nor thrown away, newest first."""
    rows = Document.objects.filter(purpose=PURPOSE, uploaded_by=user, purged_at=None)
    used = ImportBatch.objects.filter(document=OuterRef("pk"))
    return rows.filter(~Exists(used)).order_by("-created_at", "-pk")


def batch_of(document: Document, provider: Provider) -> ImportBatch | None:
    """Return the batch that a file of the same bytes was brought in as, or None."""
    rows = ImportBatch.objects.filter(provider=provider, source=ImportSource.SAHYOG, sha256=document.sha256)
    return rows.first()


def dry_run(document: Document, *, provider: Provider, by: User, at: datetime | None = None) -> list[Judged]:
    """Answer each line of a file that was sent; writes nothing. Raises DocumentRefused while it is checked, BadList."""
    at = at or timezone.now()
    _may(by, provider)
    documents.require_clean(document)
    if (document.size or 0) > batch_files.SIZE:
        raise batch_files.BadList("The file is larger than 5 MB. Divide it into several files.")
    content = b"".join(documents.pieces(document))
    lines = batch_files.read(content, columns=sahyog.HEADINGS, needed=sahyog.NEEDED, most=sahyog.MOST)
    return sahyog.judge(lines, provider=provider, by=by, at=at)


@transaction.atomic
def bring_in(document: Document, *, provider: Provider, by: User, at: datetime | None = None) -> ImportBatch:
    """Make of each line what the dry run says, and store the answers. All of it, or nothing.

    Raises Stale where the same file was brought in already, also just now by somebody else.
    """
    at = at or timezone.now()
    judged = dry_run(document, provider=provider, by=by, at=at)
    source = {"filename": document.filename, "sha256": document.sha256, "document": document}
    return store(judged, source, provider=provider, by=by, at=at)


@transaction.atomic
def store(judged: list[Judged], source: dict[str, Any], *, provider: Provider, by: User, at: datetime) -> ImportBatch:
    """Make a batch of lines that have their answers; `source` has filename, sha256 and document of the file.

    Raises Stale where a file of these bytes was brought in already.
    """
    batch = _batch(source, provider, by, at)
    lines = [_line(batch, item, provider, by, at) for item in judged]
    ImportLine.objects.bulk_create(lines)
    notices = sorted((line.takedown for line in lines if line.takedown), key=lambda row: row.deadline_at)
    for notice in notices[:_TOLD]:
        notify.came(notice, at=at)
    counts = {str(outcome): sum(line.outcome == outcome for line in lines) for outcome in ImportOutcome}
    facts: dict[str, JSON] = {"source": str(batch.source), "lines": len(lines), **counts}
    record(Event.BATCH_IMPORTED, by=by, obj=batch, data=facts, at=at)
    return batch


def _batch(source: dict[str, Any], provider: Provider, by: User, at: datetime) -> ImportBatch:
    try:
        with transaction.atomic():
            return ImportBatch.objects.create(
                provider=provider, source=ImportSource.SAHYOG, imported_at=at, imported_by=by, **source
            )
    except IntegrityError:
        raise Stale(_AGAIN) from None


def _line(batch: ImportBatch, item: Judged, provider: Provider, by: User, at: datetime) -> ImportLine:
    """Bring one line in; what is refused on the way says why, and the others go on."""
    line = ImportLine(batch=batch, number=item.line.number, external_reference=item.reference)
    try:
        with transaction.atomic():
            if item.request is not None:
                line.data_request = recording.record(item.request, channel=Channel.SAHYOG, by=by, at=at)
            elif item.notice is not None:
                line.takedown = takedowns.enter(item.notice, provider=provider, by=by, told=False, at=at)
    except PortalError as refusal:
        item.outcome, item.said = ImportOutcome.REFUSED, reasons(refusal)
    line.outcome, line.said, line.given = item.outcome, "\n".join(item.said), item.kept()
    return line


@transaction.atomic
def discard(document: Document, *, by: User, at: datetime | None = None) -> None:
    """Throw a file away that was not brought in; doing it twice changes nothing."""
    at = at or timezone.now()
    row = Document.objects.select_for_update().get(pk=document.pk)
    if row.uploaded_by_id != by.pk or ImportBatch.objects.filter(document=row).exists():
        raise NotAllowed("This file cannot be thrown away: it was brought in.")
    if row.purged_at is None:
        documents.purge(row, by=by, reason="Nothing of it was brought in", at=at)
        record(Event.BATCH_DISCARDED, by=by, obj=row, at=at)


def forget(*, at: datetime | None = None, limit: int = 100) -> int:
    """Purge files that nobody brought in within KEPT; return how many."""
    at = at or timezone.now()
    used = ImportBatch.objects.filter(document=OuterRef("pk"))
    rows = Document.objects.filter(purpose=PURPOSE, purged_at=None, created_at__lt=at - KEPT, due_at=None)
    found = list(rows.filter(~Exists(used)).order_by("pk")[:limit])
    for row in found:
        documents.purge(row, by=None, reason="Nothing of it was brought in", at=at)
    return len(found)


def visible(user: User) -> QuerySet[ImportBatch]:
    """Return the batches of the companies this member of staff works for."""
    if not has_permission(user, Permission.SEE_QUEUE):
        return ImportBatch.objects.none()
    return ImportBatch.objects.filter(provider__in=user.staff_roles.filter(ended_at=None).values("provider"))


def lines_for(user: User, batches: QuerySet[ImportBatch]) -> QuerySet[ImportLine]:
    """Return the lines of batches that this person may know of: none about a request or notice they may not see."""
    requests = Q(data_request=None) | Q(data_request__in=DataRequest.objects.visible_to_staff(user))
    notices = Q(takedown=None) | Q(takedown__in=takedowns.visible(user))
    return ImportLine.objects.filter(requests, notices, batch__in=batches)


def _may(by: User, provider: Provider) -> None:
    own = by.staff_roles.filter(provider=provider, ended_at=None)
    if not has_permission(by, Permission.REVIEW_REQUEST) or not own.exists():
        raise NotAllowed("You do not have the right to do this.")
