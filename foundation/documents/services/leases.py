"""The lease of a document's job: exactly one worker holds it, and one that dies loses nothing."""

import time
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction

from foundation.audit.canonical import JSON
from foundation.audit.trail import record
from foundation.core.errors import TransitionRefused
from foundation.documents.enums import DocumentState
from foundation.documents.events import DocumentEvent
from foundation.documents.models import Document

# Longer than any single step that cannot say that it is still at it.
LEASE = timedelta(minutes=5)
# While a file is measured nobody renews: a slow storage gives 20 MB in a second.
BYTES_PER_SECOND = 20_000_000
RENEW_SECONDS = 60.0
FIRST_RETRY = timedelta(seconds=15)
LAST_RETRY = timedelta(minutes=15)


def claim(document: Document, *, at: datetime) -> bool:
    """Take the job of a document for the time of a lease; exactly one of several workers gets it."""
    with transaction.atomic():
        row = Document.objects.due(at).select_for_update(skip_locked=True).filter(pk=document.pk).first()
        if row is None:
            return False
        row.claimed_until = at + LEASE
        if row.state == DocumentState.RECEIVING:
            row.claimed_until += timedelta(seconds=(row.size or 0) / BYTES_PER_SECOND)
        row.attempts += 1
        row.save(update_fields=["claimed_until", "attempts"])
    return True


class Heartbeat:
    """Renews the claim of a worker that is still at it: a file of 10 GB may take the scanner an hour.

    at is when the claim was taken; time since then is measured by a clock that nobody sets.
    """

    def __init__(self, document: Document, at: datetime) -> None:
        self._document = document
        self._at = at
        self._started = self._last = time.monotonic()

    def beat(self) -> None:
        """Renew the claim when a minute has passed; raises TransitionRefused when it is not ours any more."""
        if time.monotonic() - self._last >= RENEW_SECONDS:
            self.renew()

    def renew(self) -> None:
        """Renew the claim now; raises TransitionRefused when it is not ours any more."""
        self._last = time.monotonic()
        until = self._at + timedelta(seconds=self._last - self._started) + LEASE
        if not keep(self._document, claimed_until=until):
            raise TransitionRefused("Another worker has this file now.")


def retry(document: Document, at: datetime, error: str) -> None:
    """Leave the job for later, a little later each time; it is never given up, because nothing unchecked may pass."""
    wait = min(FIRST_RETRY * 2 ** min(max(document.attempts - 1, 0), 10), LAST_RETRY)
    close(document, due_at=at + wait, last_error=error[:500])


def close(document: Document, **values: object) -> bool:
    """Give the claim back with these values, if it is still ours and the file was not purged meanwhile."""
    return keep(document, claimed_until=None, **values)


def keep(document: Document, **values: object) -> bool:
    """Store these values under our claim and go on with the job; False when it is not ours any more."""
    held = Document.objects.filter(pk=document.pk, claimed_until=document.claimed_until, state=document.state)
    if held.update(**values) != 1:
        return False
    for name, value in values.items():
        setattr(document, name, value)
    return True


def note(document: Document, at: datetime, event: DocumentEvent, data: Mapping[str, JSON], **values: object) -> bool:
    """Store the result of one stage with its event and go on; False when the job is not ours any more."""
    with transaction.atomic():
        kept = keep(document, attempts=0, **values)
        if kept:
            record(event, by=None, obj=document, data=data, at=at)
    return kept
