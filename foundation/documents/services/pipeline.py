"""What a worker does to a file: look what it is, have it scanned, make pictures of its pages.

The row is the job. A claim is a lease, so a worker that dies loses nothing, and two workers never do the same.
"""

import logging
import os
from collections.abc import Iterator
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from foundation.audit.trail import record
from foundation.core.errors import TransitionRefused
from foundation.documents import isolation
from foundation.documents.enums import DocumentState
from foundation.documents.errors import DocumentDamaged, DocumentRefused, SandboxFailed, ScannerUnavailable
from foundation.documents.events import DocumentEvent
from foundation.documents.filetypes import by_media_type
from foundation.documents.keys import NONCE_BYTES
from foundation.documents.models import Document, DocumentPage
from foundation.documents.scanner import Scanner
from foundation.documents.states import WORKFLOW
from foundation.documents.storage import new_storage_name
from foundation.documents.vault import discard, open_plain, remove_blob, write_page

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
# A slow scanner reads 20 MB in a second.
BYTES_PER_SECOND = 20_000_000
FIRST_RETRY = timedelta(seconds=15)
LAST_RETRY = timedelta(minutes=15)
SANDBOX_ATTEMPTS = 2
CHUNK = 1024 * 1024

UNREADABLE = "This file could not be read. It may be damaged. Make it again and send it once more."
NO_PREVIEW = "No page images could be made of this file. It can only be downloaded."


def claim(document: Document, *, at: datetime) -> bool:
    """Take the job of a document for the time of a lease; exactly one of several workers gets it."""
    seconds = (document.size or 0) / BYTES_PER_SECOND
    with transaction.atomic():
        row = Document.objects.due(at).select_for_update(skip_locked=True).filter(pk=document.pk).first()
        if row is None:
            return False
        row.claimed_until = at + LEASE + timedelta(seconds=seconds)
        row.attempts += 1
        row.save(update_fields=["claimed_until", "attempts"])
    return True


def process(document: Document, *, at: datetime | None = None) -> Document:
    """Do what is due for a document; does nothing when nothing is, or when another worker does it."""
    at = at or timezone.now()
    if not claim(document, at=at):
        document.refresh_from_db()
        return document
    document.refresh_from_db()
    try:
        if document.state == DocumentState.PURGED:
            return _remove(document)
        if document.state == DocumentState.PENDING:
            document = _judge(document, at)
        if document.due_at is not None and document.claimed_until is not None:
            document = _preview(document, at)
    except TransitionRefused:
        document.refresh_from_db()  # our lease ended, and another worker was faster
    except (DocumentDamaged, OSError) as error:
        # The storage is at fault, not the file: an alarm for the operator, and another attempt.
        logger.exception("%s cannot be read from the storage", document)
        _retry(document, at, str(error))
    return document


def sweep(*, at: datetime | None = None, limit: int = 20) -> int:
    """Do what is due and was dropped, remove what was given up half way, and return how many there were."""
    at = at or timezone.now()
    due = list(Document.objects.due(at).order_by("due_at")[:limit])
    for document in due:
        process(document, at=at)
    return len(due) + remove_abandoned(at=at)


def remove_abandoned(*, at: datetime, limit: int = 100) -> int:
    """Remove uploads that ended half way or that no form took, with their stored files; return how many."""
    with transaction.atomic():
        rows = Document.objects.abandoned(at).select_for_update(skip_locked=True).order_by("created_at")[:limit]
        for row in rows:
            discard(row)
        return len(rows)


def _judge(document: Document, at: datetime) -> Document:
    """Look what the file is and have it scanned; the claim stays with a file that will be previewed."""
    try:
        with open_plain(document) as content:
            page_count = isolation.examine(content, document.media_type)
    except DocumentRefused as refusal:
        return _settle(document, "refuse", at, refusal=str(refusal))
    except SandboxFailed as error:
        if document.attempts < SANDBOX_ATTEMPTS:
            return _retry(document, at, f"examine: {error}")
        return _settle(document, "refuse", at, refusal=UNREADABLE)
    if not settings.CLAMD_ADDRESS:
        return _settle(document, "leave_unscanned", at, page_count=page_count)
    return _scan(document, at, page_count)


def _scan(document: Document, at: datetime, page_count: int | None) -> Document:
    scanner = Scanner(settings.CLAMD_ADDRESS)
    try:
        version = scanner.version()
        with open_plain(document) as content:
            verdict = scanner.scan(iter(lambda: content.read(CHUNK), b""))
    except ScannerUnavailable as error:
        return _retry(document, at, str(error))
    if verdict.too_large:
        too_large = "This file is too large for the virus scanner. Split it into several files."
        return _settle(document, "refuse", at, refusal=too_large, scanner=version)
    if verdict.clean:
        return _settle(document, "find_clean", at, page_count=page_count, scanned_at=at, scanner=version)
    found = "A virus was found in this file. Nobody can open it here."
    data = {"found": verdict.found[:200], "scanner": version}
    return _settle(document, "find_infected", at, data=data, refusal=found, scanned_at=at, scanner=version)


def _settle(
    document: Document, action: str, at: datetime, *, data: dict[str, str] | None = None, **fields: object
) -> Document:
    """Give the verdict; a file that may be seen stays claimed for its preview."""
    kind = by_media_type(document.media_type)
    seen = action in {"find_clean", "leave_unscanned"} and kind is not None and kind.previewed
    if not seen:
        fields |= {"due_at": None, "claimed_until": None}
    reason = str(fields.get("refusal", ""))
    return WORKFLOW.advance(
        document, action, by=None, at=at, reason=reason, data=data, attempts=0, last_error="", **fields
    )


def _preview(document: Document, at: datetime) -> Document:
    """Make the page images; they count only when all of them are there."""
    _forget_pages(document)
    try:
        with open_plain(document) as content:
            rendered = sum(1 for _page in _rendered(document, content))
    except SandboxFailed as error:
        if document.attempts < SANDBOX_ATTEMPTS:
            return _retry(document, at, f"render: {error}")
        _forget_pages(document)
        return _finish(document, at, DocumentEvent.PREVIEW_FAILED, preview_error=NO_PREVIEW, last_error=str(error))
    fields = {"previewed_at": at, "page_count": document.page_count or rendered}
    return _finish(document, at, DocumentEvent.PREVIEWED, **fields)


def _rendered(document: Document, content: isolation.Readable) -> Iterator[DocumentPage]:
    """Store page after page. The row comes before the file, so that no file is ever without a row."""
    cipher = AESGCM(document.open_key())
    for picture in isolation.render(content, document.media_type):
        page = DocumentPage(
            document=document,
            number=picture.number,
            width=picture.width,
            height=picture.height,
            size=len(picture.png),
            storage_name=new_storage_name(),
        )
        nonce = os.urandom(NONCE_BYTES)
        page.sealed_text = nonce + cipher.encrypt(nonce, picture.text.encode("utf-8", "replace"), page.text_binding)
        page.save(force_insert=True)
        write_page(page, picture.png)
        yield page


def _remove(document: Document) -> Document:
    """Finish a purge: the stored files go, then the rows of the pages; whatever breaks here is done again."""
    remove_blob(document.storage_name)
    _forget_pages(document)
    _close(document, due_at=None, attempts=0, last_error="")
    return document


def _forget_pages(document: Document) -> None:
    for page in document.pages.all():
        remove_blob(page.storage_name)
        page.delete()


def _finish(document: Document, at: datetime, event: DocumentEvent, **fields: object) -> Document:
    with transaction.atomic():
        if _close(document, due_at=None, attempts=0, **fields):
            record(event, by=None, obj=document, data={"pages": document.page_count}, at=at)
    return document


def _retry(document: Document, at: datetime, error: str) -> Document:
    """Leave the job for later, a little later each time; it is never given up, because nothing unchecked may pass."""
    wait = min(FIRST_RETRY * 2 ** min(max(document.attempts - 1, 0), 10), LAST_RETRY)
    _close(document, due_at=at + wait, last_error=error[:500])
    return document


def _close(document: Document, **values: object) -> bool:
    """Give the claim back with these values, if it is still ours and the file was not purged meanwhile."""
    values |= {"claimed_until": None}
    held = Document.objects.filter(pk=document.pk, claimed_until=document.claimed_until, state=document.state)
    if held.update(**values) != 1:
        return False
    for name, value in values.items():
        setattr(document, name, value)
    return True
