"""What a file says of itself, its signatures, and a copy with nothing in it that acts: read and made once."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from django.conf import settings
from django.db import transaction

from foundation.audit.canonical import JSON
from foundation.documents import inspection, isolation
from foundation.documents.about import Marks, removed_words
from foundation.documents.copies import open_copy, write_copy
from foundation.documents.errors import SandboxFailed
from foundation.documents.events import DocumentEvent
from foundation.documents.filetypes import PDF, by_media_type
from foundation.documents.inspection import Signatures
from foundation.documents.models import Document, DocumentFindings, SanitisedCopy
from foundation.documents.services.leases import note, retry
from foundation.documents.signatures import state_of
from foundation.documents.storage import new_storage_name
from foundation.documents.vault import open_plain, remove_blob

ATTEMPTS = 2
NO_MARKS = "What the file says of itself could not be read."
NO_SIGNATURES = "The electronic signatures in the file could not be read. Do not rely on them."

Read = TypeVar("Read")


def inspect(document: Document, at: datetime) -> bool:
    """Read marks and signatures and make the sanitised copy; False when the job was put back for later.

    Done once: what was found stays, with the time as of which signatures were judged. Files that the portal wrote
    itself say nothing new. A file without a copy simply has none.
    """
    kind = by_media_type(document.media_type)
    if document.generated or kind is None or not kind.has_marks:
        return True
    if DocumentFindings.objects.filter(document=document).exists():
        return True
    forget_copy(document)
    reading = _Reading(last=document.attempts >= ATTEMPTS)
    try:
        nothing: dict[str, str | int | bool] = {}
        marks = reading.part(lambda: _marks(document), nothing, NO_MARKS)
        signatures = Signatures([], 0)
        # Signatures stand in the fields of a form: without one there is nothing to judge, and half a second saved.
        if kind is PDF and (marks.get("form") or reading.errors):
            signatures = reading.part(lambda: _signatures(document, at), signatures, NO_SIGNATURES)
    except SandboxFailed as error:
        retry(document, at, f"inspect: {error}")
        return False
    if signatures.unread and marks.get("signatures"):
        reading.errors.append(NO_SIGNATURES)
    if signatures.empty:
        marks["empty_signature_fields"] = signatures.empty
    why_not = _make_copy(document, marks, at) if kind is PDF else ""
    findings = DocumentFindings(
        document=document,
        marks=marks,
        signatures=signatures.found,
        error=" ".join(reading.errors)[:300],
        read_at=at,
    )
    return _keep(document, findings, at, copied=kind is PDF and not why_not, why_not=why_not)


def forget_copy(document: Document) -> None:
    """Remove the sanitised copy, if there is one."""
    for copy in SanitisedCopy.objects.filter(document=document):
        remove_blob(copy.storage_name)
        copy.delete()


class _Reading:
    """Parts that are read one after the other; the last attempt leaves out what broke, and says so."""

    def __init__(self, *, last: bool) -> None:
        self._last = last
        self.errors: list[str] = []

    def part(self, read: Callable[[], Read], otherwise: Read, said: str) -> Read:
        try:
            return read()
        except SandboxFailed:
            if not self._last:
                raise
            self.errors.append(said)
            return otherwise


def _marks(document: Document) -> dict[str, str | int | bool]:
    with open_plain(document) as content:
        return isolation.read_marks(content, document.media_type)


def _signatures(document: Document, at: datetime) -> Signatures:
    with open_plain(document) as content:
        return inspection.read_signatures(content, trust=settings.SIGNATURE_TRUST_DIR, at=at)


def _make_copy(document: Document, marks: Marks, at: datetime) -> str:
    """Make the copy, store it, read it back, have it checked; return why there is none. Fails closed.

    The row comes before the file, so that no file is ever without a row; it counts once the findings are there.
    """
    copy = SanitisedCopy(
        document=document, storage_name=new_storage_name(), size=0, sha256="0" * 64, removed=removed_words(marks),
        made_at=at,
    )  # fmt: skip
    copy.save(force_insert=True)
    measure, size = hashlib.sha256(), 0
    try:
        with open_plain(document) as content, inspection.making_copy(content) as chunks, write_copy(copy) as target:
            for chunk in chunks:
                measure.update(chunk)
                size += len(chunk)
                target.write(chunk)
        copy.size, copy.sha256 = size, measure.hexdigest()
        copy.save(update_fields=["size", "sha256"])
        with open_copy(copy) as made:
            inspection.check_copy(made, document.page_count or 0)
    except SandboxFailed as error:
        forget_copy(document)
        return str(error)
    return ""


def _keep(document: Document, findings: DocumentFindings, at: datetime, *, copied: bool, why_not: str) -> bool:
    data: dict[str, JSON] = {
        "signatures": [str(state_of(facts)) for facts in findings.signatures],
        "copy": copied,
        "read": not findings.error,
    }
    values = {"last_error": f"copy: {why_not}"[:500]} if why_not else {}
    with transaction.atomic():
        kept = note(document, at, DocumentEvent.INSPECTED, data, **values)
        if kept:
            findings.save(force_insert=True)
    return kept
