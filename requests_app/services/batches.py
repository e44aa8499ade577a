"""A file of another system on its way in: sent, looked at as a dry run, then brought in or thrown away.

Nothing of it is a request before somebody has read the answers to its lines. The dry run is worked out anew each time
from the stored file, and once more at the import: what was decided meanwhile counts.

The lines are the job: each waits until a worker answered it, some at a time in a transaction of their own. A worker
that dies leaves no line half done, and the next one goes on where it stopped. One worker is at a batch at a time.
"""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DataError, IntegrityError, transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission, has_permission
from foundation.audit.canonical import JSON
from foundation.audit.trail import record
from foundation.core.errors import NotAllowed, PortalError, Stale
from foundation.core.hurry import hurry_on_commit
from foundation.documents import services as documents
from foundation.documents.models import Document
from foundation.providers.models import Provider
from requests_app.enums import Channel, ImportOutcome, ImportSource
from requests_app.events import Event
from requests_app.models import DataRequest, ImportBatch, ImportLine
from requests_app.notify import takedowns as notify
from requests_app.services import batch_files, recording, sahyog, takedowns
from requests_app.services.batch_files import Line
from requests_app.services.line_reading import reasons
from requests_app.services.sahyog import Judged

logger = logging.getLogger(__name__)

PURPOSE = "batch"
# A file that nobody brought in goes after so long.
KEPT = timedelta(days=7)
# Batches in which lines may still wait: longer than workers are ever away.
_GOING = timedelta(days=60)
# Of many notices in one file the first ones due are told of: a flood of mail is read by nobody.
_TOLD = 5
_AGAIN = "This file is here already: it was brought in as a batch."
# What a line has instead of an answer until a worker came to it.
WAITS = ""
_AT_ONCE = 10
# What a line itself brings about, however it was written: it would do so the next time too.
_UNTAKEABLE = (ValueError, LookupError, DataError, IntegrityError)
_BROKE = "It could not be brought in. Record it by hand, and tell whoever runs this portal."


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
    return sahyog.judge(_lines(document, provider, by), provider=provider, by=by, at=at)


def _lines(document: Document, provider: Provider, by: User) -> list[Line]:
    _may(by, provider)
    documents.require_clean(document)
    if (document.size or 0) > batch_files.SIZE:
        raise batch_files.BadList("The file is larger than 5 MB. Divide it into several files.")
    content = b"".join(documents.pieces(document))
    return batch_files.read(content, columns=sahyog.HEADINGS, needed=sahyog.NEEDED, most=sahyog.MOST)


@transaction.atomic
def bring_in(document: Document, *, provider: Provider, by: User, at: datetime | None = None) -> ImportBatch:
    """Let a worker make of each line what the dry run says (`run`), and return the batch.

    Raises Stale where the same file was brought in already, also just now by somebody else, or was thrown away.
    """
    at = at or timezone.now()
    row = Document.objects.select_for_update().get(pk=document.pk)
    if row.purged_at is not None:
        raise Stale("This file was deleted. Nothing of it was brought in.")
    source = {"filename": row.filename, "sha256": row.sha256, "document": row}
    return start(_lines(row, provider, by), source, provider=provider, by=by, at=at)


@transaction.atomic
def start(lines: Iterable[Line], source: dict[str, Any], *, provider: Provider, by: User, at: datetime) -> ImportBatch:
    """Make a batch of lines that wait for their answers; `source` has filename, sha256 and document of the file.

    Raises Stale where a file of these bytes was brought in already.
    """
    batch = _batch(source, provider, by, at)
    rows = [
        ImportLine(
            batch=batch, number=line.number, external_reference=line.get("external_reference")[:100],
            given=sahyog.storable(line.cells), outcome=WAITS,
        )
        for line in lines
    ]  # fmt: skip
    ImportLine.objects.bulk_create(rows)
    record(Event.BATCH_STARTED, by=by, obj=batch, data={"source": str(batch.source), "lines": len(rows)}, at=at)
    hurry_on_commit("requests.import_batch", batch.pk)
    return batch


def progress(batch: ImportBatch) -> tuple[int, int]:
    """Return how many lines a batch has, and how many of them wait."""
    waits = Count("pk", filter=Q(outcome=WAITS))
    found = batch.lines.aggregate(total=Count("pk"), waits=waits)
    return found["total"], found["waits"]


def run_due(*, at: datetime | None = None, limit: int = 5) -> int:
    """Go on with batches that were not hurried, or were dropped by a worker that died; return how many."""
    at = at or timezone.now()
    begun = ImportBatch.objects.filter(source=ImportSource.SAHYOG, imported_at__gt=at - _GOING)
    waits = ImportLine.objects.filter(batch=OuterRef("pk"), outcome=WAITS)
    keys = list(begun.filter(Exists(waits)).order_by("pk").values_list("pk", flat=True)[:limit])
    for pk in keys:
        run(pk, at=at)
    return len(keys)


def run(batch_id: int, *, at: datetime | None = None) -> None:
    """Answer the lines of a batch that wait, unless another worker is at it."""
    while _some(batch_id, at or timezone.now()):
        pass


@transaction.atomic
def _some(batch_id: int, at: datetime) -> bool:
    """Answer the next lines; return whether there may be more."""
    batches = ImportBatch.objects.select_for_update(of=("self",), skip_locked=True)
    batch = batches.select_related("provider", "imported_by").filter(pk=batch_id).first()
    if batch is None or batch.imported_by is None:
        return False
    waiting = list(batch.lines.filter(outcome=WAITS).order_by("number")[:_AT_ONCE])
    for line in waiting:
        _bring(line, batch, batch.imported_by, at)
        line.save()
    if waiting and not batch.lines.filter(outcome=WAITS).exists():
        _finish(batch, at)
    return len(waiting) == _AT_ONCE


def _finish(batch: ImportBatch, at: datetime) -> None:
    """Tell of the notices that are due first, and note how the lines were answered."""
    for line in batch.lines.filter(takedown__isnull=False).order_by("takedown__deadline_at", "number")[:_TOLD]:
        if line.takedown is not None:
            notify.came(line.takedown, at=at)
    outcomes = list(batch.lines.values_list("outcome", flat=True))
    counts = {str(outcome): outcomes.count(str(outcome)) for outcome in ImportOutcome}
    facts: dict[str, JSON] = {"source": str(batch.source), "lines": len(outcomes), **counts}
    record(Event.BATCH_IMPORTED, by=batch.imported_by, obj=batch, data=facts, at=at)


def _batch(source: dict[str, Any], provider: Provider, by: User, at: datetime) -> ImportBatch:
    try:
        with transaction.atomic():
            return ImportBatch.objects.create(
                provider=provider, source=ImportSource.SAHYOG, imported_at=at, imported_by=by, **source
            )
    except IntegrityError:
        raise Stale(_AGAIN) from None


def _bring(line: ImportLine, batch: ImportBatch, by: User, at: datetime) -> None:
    """Answer one line as the dry run would, and bring it in; what is refused on the way says why, the others go on.

    A line without a time of arrival counts from when its batch was brought in, not from when a worker came to it.
    """
    item = Judged(Line(line.number, line.given), ImportOutcome.REFUSED)
    try:
        with transaction.atomic():
            item = sahyog.judge([item.line], provider=batch.provider, by=by, at=batch.imported_at)[0]
            if item.request is not None:
                line.data_request = recording.record(item.request, channel=Channel.SAHYOG, by=by, at=at)
            elif item.notice is not None:
                line.takedown = takedowns.enter(item.notice, provider=batch.provider, by=by, told=False, at=at)
    except PortalError as refusal:
        item.outcome, item.said = ImportOutcome.REFUSED, reasons(refusal)
    except _UNTAKEABLE:
        logger.exception("Line %s of batch %s could not be brought in", line.number, batch.pk)
        item.outcome, item.said = ImportOutcome.REFUSED, [_BROKE]
    line.outcome, line.said, line.given = item.outcome, "\n".join(item.said), item.kept()


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
