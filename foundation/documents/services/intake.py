"""Files come in: from people, and from the portal itself."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.core.files import File
from django.utils import timezone

from foundation.core.hurry import hurry_on_commit
from foundation.documents.errors import DocumentRefused
from foundation.documents.filetypes import by_filename, by_media_type, display_name, wrong_ending
from foundation.documents.models import Document
from foundation.documents.pipes import Behind
from foundation.documents.states import WORKFLOW
from foundation.documents.uploads import StagedUpload, content_refusal
from foundation.documents.vault import Intake, begin, chunks_of, discard

CHUNK = 1024 * 1024

type_of_upload = StagedUpload | File | bytes | Iterable[bytes]  # type: ignore[type-arg]


def receive(
    upload: type_of_upload, *, filename: str, purpose: str, by: Any, limit: int, at: datetime | None = None
) -> Document:
    """Take a file that a person sent; it is pending until a worker has checked it.

    Raises DocumentRefused for a wrong ending, wrong first bytes, an empty file or one over limit; nothing is kept.
    """
    at = at or timezone.now()
    name = display_name(filename)
    kind = by_filename(name)
    if kind is None:
        raise DocumentRefused(wrong_ending(name))
    if isinstance(upload, StagedUpload):
        document, head = _staged(upload)
    else:
        document, head = _stored(_chunks(upload), filename=name, purpose=purpose, limit=limit, at=at)
    if refusal := content_refusal(document, head, name, kind, limit):
        discard(document)
        raise DocumentRefused(refusal)
    document = WORKFLOW.advance(
        document,
        "receive",
        by=by,
        at=at,
        data={"purpose": purpose, "size": document.size, "sha256": document.sha256},
        filename=name,
        purpose=purpose,
        media_type=kind.media_type,
        uploaded_by=by,
        created_at=at,
        due_at=at,
    )
    hurry_on_commit("documents.process", document.pk)
    return document


def write_generated(
    chunks: bytes | Iterable[bytes],
    *,
    filename: str,
    media_type: str,
    purpose: str,
    by: Any,
    preview: bool = False,
    at: datetime | None = None,
) -> Document:
    """Store a file that the portal made itself; it is clean, and gets page images where preview asks for them."""
    at = at or timezone.now()
    document, _head = _stored(chunks_of(chunks), filename=filename, purpose=purpose, limit=None, at=at, generated=True)
    kind = by_media_type(media_type)
    wanted = preview and kind is not None
    document = WORKFLOW.advance(
        document,
        "write_generated",
        by=by,
        at=at,
        data={"purpose": purpose, "size": document.size, "sha256": document.sha256},
        media_type=media_type,
        uploaded_by=by,
        due_at=at if wanted else None,
    )
    if wanted:
        hurry_on_commit("documents.process", document.pk)
    return document


def _staged(upload: StagedUpload) -> tuple[Document, bytes]:
    if upload.document is None:
        raise DocumentRefused(upload.refusal or "The file did not arrive. Send it again.")
    return upload.document, upload.head


def _chunks(upload: File | bytes | Iterable[bytes]) -> Iterable[bytes]:  # type: ignore[type-arg]
    return upload.chunks(CHUNK) if isinstance(upload, File) else chunks_of(upload)


def _stored(
    chunks: Iterable[bytes], *, filename: str, purpose: str, limit: int | None, at: datetime, generated: bool = False
) -> tuple[Document, bytes]:
    document = begin(filename=filename, purpose=purpose, at=at, generated=generated)
    intake = Intake(document, limit=limit)
    try:
        if generated and not isinstance(chunks, tuple):
            _take_behind(intake, chunks)
        else:
            for chunk in chunks:
                intake.write(chunk)
        measures = intake.finish()
    except BaseException:
        intake.abort()
        raise
    document.size, document.sha256, document.crc32 = measures.size, measures.sha256, measures.crc32
    document.save(update_fields=["size", "sha256", "crc32"])
    return document, intake.head


def _take_behind(intake: Intake, chunks: Iterable[bytes]) -> None:
    """Hash, encrypt and write in a thread, while here the next chunks are made."""
    behind = Behind(intake.write)
    try:
        for chunk in chunks:
            behind.put(chunk)
    except BaseException:
        behind.abort()
        raise
    behind.finish()
