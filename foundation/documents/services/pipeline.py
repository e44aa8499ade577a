"""What a worker does to a file: look what it is, have it scanned, make pictures of its pages, read what it says.

The row is the job. A claim is a lease (leases.py), so a worker that dies loses nothing, and two never do the same.
Every stage may be done again: it looks at the row whether it is done already.
"""

import logging
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from foundation.core.errors import TransitionRefused
from foundation.documents.enums import DocumentState
from foundation.documents.errors import DocumentDamaged
from foundation.documents.models import Document
from foundation.documents.services.inspecting import forget_copy, inspect
from foundation.documents.services.judging import judge
from foundation.documents.services.leases import Heartbeat, claim, close, retry
from foundation.documents.services.previewing import forget_pages, preview
from foundation.documents.services.rescanning import is_wanted, rescan, wake_unscanned
from foundation.documents.services.resumable import measure
from foundation.documents.vault import discard, remove_blob

logger = logging.getLogger(__name__)

# What is done to a file that may be seen, one after the other.
STAGES = (preview, inspect)
_SEEN = frozenset({DocumentState.CLEAN, DocumentState.UNSCANNED})


def process(document: Document, *, at: datetime | None = None) -> Document:
    """Do what is due for a document; does nothing when nothing is, or when another worker does it."""
    at = at or timezone.now()
    if not claim(document, at=at):
        document.refresh_from_db()
        return document
    document.refresh_from_db()
    try:
        document = _work(document, at)
    except TransitionRefused:
        document.refresh_from_db()  # our lease ended, and another worker was faster
    except (DocumentDamaged, OSError) as error:
        # The storage is at fault, not the file: an alarm for the operator, and another attempt.
        logger.exception("%s cannot be read from the storage", document)
        retry(document, at, str(error))
    return document


def _work(document: Document, at: datetime) -> Document:
    """Do one thing after the other under our claim; each may have been done by a worker that died."""
    heartbeat = Heartbeat(document, at)
    if document.state == DocumentState.RECEIVING:
        return measure(document, at=at)
    if document.state == DocumentState.PURGED:
        return _remove(document)
    if document.state == DocumentState.PENDING:
        document = judge(document, at, heartbeat)
    elif document.state in _SEEN and is_wanted(document) and not rescan(document, at, heartbeat):
        return document
    if document.state not in _SEEN or document.claimed_until is None:
        return document
    for stage in STAGES:
        heartbeat.renew()
        if not stage(document, at):
            return document
    # A scan that was asked for while we were at the pictures: it stays a job.
    wanted = is_wanted(Document.objects.get(pk=document.pk))
    close(document, due_at=at if wanted else None, attempts=0)
    return document


def sweep(*, at: datetime | None = None, limit: int = 20) -> int:
    """Do what is due and was dropped, remove what was given up half way, and return how many there were.

    Without a time each file is claimed at its own: one after the other may take many minutes.
    """
    now = at or timezone.now()
    wake_unscanned(at=now)
    due = list(Document.objects.due(now).order_by("due_at")[:limit])
    for document in due:
        try:
            process(document, at=at)
        except Exception:  # one file that breaks the worker must not keep the others waiting
            logger.exception("%s broke the worker", document)
    return len(due) + remove_abandoned(at=now)


def remove_abandoned(*, at: datetime, limit: int = 100) -> int:
    """Remove uploads that ended half way or that no form took, with their stored files; return how many."""
    with transaction.atomic():
        rows = (
            Document.objects.abandoned(at)
            .select_for_update(skip_locked=True, of=("self",))
            .order_by("created_at")[:limit]
        )
        for row in rows:
            discard(row)
        return len(rows)


def _remove(document: Document) -> Document:
    """Finish a purge: the stored files go, then the rows of the pages; whatever breaks here is done again."""
    remove_blob(document.storage_name)
    forget_pages(document)
    forget_copy(document)
    close(document, due_at=None, attempts=0, last_error="")
    return document
