"""Files that come in pieces over a bad line: begun, gone on with, measured, given up.

What arrives is sealed in the frames of frames.py at once; its length is known beforehand, so which frame is the last
one is known too. A piece counts when its frames are on the disk and the row says so: the stored offset is a multiple
of a frame until the file is whole, and the beginning of a frame that a cut line left over is forgotten. The sender
asks for the offset and goes on from there.
"""

import hashlib
import logging
import zlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from django.db import OperationalError, transaction
from django.db.models import BooleanField, ExpressionWrapper, Q
from django.utils import timezone

from foundation.core.hurry import hurry_on_commit
from foundation.documents.appending import appender
from foundation.documents.enums import DocumentState
from foundation.documents.errors import (
    DocumentDamaged,
    DocumentRefused,
    TooManyWaiting,
    TooMuchSent,
    UploadBusy,
    UploadMissing,
    WrongOffset,
)
from foundation.documents.filetypes import by_filename, display_name
from foundation.documents.frames import FRAME, FrameSealer, new_header, position_of
from foundation.documents.hashing import forget_state, keep_state, state_at
from foundation.documents.models import ABANDONED_AFTER, Document, Upload
from foundation.documents.services.leases import close
from foundation.documents.uploads import STAGED, other_content, refused_beforehand
from foundation.documents.vault import begin, discard, open_plain, too_large

logger = logging.getLogger(__name__)

# Read back at once where the hash is missing; longer ones are left to a worker.
AT_ONCE = 256 * 1024 * 1024
# Somebody who sends more and lets no form take them fills the disk.
MOST_WAITING = 200
# Of so many, those that nobody touched for so long make room for what is sent now.
MAKES_ROOM_AFTER = timedelta(hours=1)
# A process that dies between the last byte and the hash is followed by a worker.
_FOLLOWED_AFTER = timedelta(minutes=1)
_CHANGED = "The file changed while it was sent. Send it again."


class Source(Protocol):
    """Where a piece is read from: a request."""

    def read(self, size: int, /) -> bytes:
        """Return at most so many bytes, none at the end; OSError where the line was cut."""


def create(*, filename: str, length: int, by: Any, limit: int, at: datetime | None = None) -> Upload:
    """Begin a file of a known length; raises DocumentRefused for one that will not be taken, and stores nothing.

    Raises TooManyWaiting where MOST_WAITING files of this person wait that were all touched within the hour.
    """
    at = at or timezone.now()
    name = display_name(filename)
    if refusal := refused_beforehand(name):
        raise DocumentRefused(refusal)
    if length < 1:
        raise DocumentRefused(f"{name} is empty.")
    if length > limit:
        raise DocumentRefused(too_large(name, limit))
    _make_room(by, at)
    document = begin(filename=name, purpose=STAGED, at=at, by_id=by.pk)
    try:
        progress = {"header": new_header().hex(), "storage": appender().begin(document.storage_name)}
        return Upload.objects.create(document=document, length=length, progress=progress, touched_at=at)
    except BaseException:
        document.delete()
        raise


def find(uid: UUID, *, by: Any) -> Document:
    """Return a file of this person that no form has taken yet, with its upload; UploadMissing for any other."""
    waiting = Document.objects.select_related("upload").filter(state=DocumentState.RECEIVING, uploaded_by=by)
    document = waiting.filter(uid=uid).first()
    if document is None or not (document.sha256 or hasattr(document, "upload")):
        raise UploadMissing("There is no such upload.")
    return document


def take(uid: UUID, *, by: Any, offset: int, announced: int, source: Source, at: datetime | None = None) -> Upload:
    """Store a piece of `announced` bytes that begins at offset, as far as it comes, and return where to go on.

    Raises UploadMissing, UploadBusy, WrongOffset, TooMuchSent; DocumentRefused where the first bytes show that the
    file is not what its name says, or where it changed on the way: then nothing of it is kept.
    """
    at = at or timezone.now()
    try:
        with transaction.atomic():
            upload = _locked(uid, by)
            if upload.offset != offset:
                raise WrongOffset(f"The stored part ends at {upload.offset}.")
            if offset + announced > upload.length:
                raise TooMuchSent(f"The file was announced with {upload.length} bytes.")
            if announced:  # an empty piece asks where to go on, and a whole file has nothing to go on with
                piece = _Piece(upload, source, announced)
                _store(upload, piece, at)
    except DocumentRefused:
        discard(find(uid, by=by))
        raise
    if announced:
        keep_state(uid, upload.offset, piece.state, before=offset)
    if upload.offset == upload.length and upload.completed_at is None:
        try:
            _complete(upload, at)
        except DocumentDamaged as error:
            logger.exception("%s is not what arrived", upload)
            discard(upload.document)
            raise DocumentRefused(_CHANGED) from error
    return upload


@transaction.atomic
def give_up(uid: UUID, *, by: Any) -> None:
    """Remove a file that no form has taken, whole or not; raises UploadMissing and UploadBusy."""
    document = find(uid, by=by)
    if hasattr(document, "upload"):
        forget_state(uid, _locked(uid, by).offset)
    discard(document)


def expires_at(document: Document) -> datetime:
    """Return when a file that nobody goes on with or uses is removed."""
    touched = document.upload.touched_at if hasattr(document, "upload") else document.created_at
    return touched + ABANDONED_AFTER


def measure(document: Document, *, at: datetime) -> Document:
    """Finish a file that is whole and whose hash is missing: the work of whoever holds its claim (leases.py)."""
    upload = Upload.objects.get(document=document)
    if upload.completed_at is None and upload.offset == upload.length:
        appender().finish(document.storage_name, upload.progress["storage"])
        document.size = upload.length
        sha256 = _read_back(document, upload.crc32)
        kept = close(
            document, due_at=None, attempts=0, last_error="", size=upload.length, sha256=sha256, crc32=upload.crc32
        )
        if kept:
            Upload.objects.filter(pk=upload.pk).update(completed_at=at, progress={})
    else:
        close(document, due_at=None, attempts=0)
    return document


@transaction.atomic
def _make_room(by: Any, at: datetime) -> None:
    """Remove what this person sent and left for an hour, whole files and older ones first, as far as it is needed."""
    waiting = Document.objects.filter(state=DocumentState.RECEIVING, uploaded_by=by)
    over = waiting.count() - MOST_WAITING + 1
    if over < 1:
        return
    half = ExpressionWrapper(Q(sha256=""), output_field=BooleanField())
    left = waiting.abandoned(at, after=MAKES_ROOM_AFTER).order_by(half, "created_at")
    rows = list(left.select_for_update(skip_locked=True, of=("self",))[:over])
    if len(rows) < over:
        raise TooManyWaiting(
            f"{MOST_WAITING} files that you sent within the last hour wait to be used. Use or remove some, or try "
            "again in an hour."
        )
    for row in rows:
        discard(row)


def _locked(uid: UUID, by: Any) -> Upload:
    """Return the row of an upload, locked; whoever waits for its lock would wait for a slow line."""
    rows = Upload.objects.select_related("document").filter(
        document__uid=uid, document__state=DocumentState.RECEIVING, document__uploaded_by=by
    )
    try:
        with transaction.atomic():
            found: Upload | None = rows.select_for_update(nowait=True, of=("self",)).first()
    except OperationalError as error:
        raise UploadBusy("Another request sends a piece of this file just now.") from error
    if found is None:
        raise UploadMissing("There is no such upload.")
    return found


def _store(upload: Upload, piece: "_Piece", at: datetime) -> None:
    """Append the frames of a piece and note in the row how far the file has come."""
    document = upload.document
    progress = upload.progress["storage"]
    try:
        progress = appender().append(document.storage_name, position_of(upload.offset), piece, progress)
    except DocumentDamaged as error:
        logger.warning("%s cannot go on: %s", upload, error)
        raise DocumentRefused(_CHANGED) from error
    upload.offset, upload.crc32, upload.touched_at = piece.offset, piece.crc32, at
    upload.progress = upload.progress | {"storage": progress}
    upload.save(update_fields=["offset", "crc32", "touched_at", "progress"])
    if upload.offset == upload.length:
        document.size, document.due_at = upload.length, at + _FOLLOWED_AFTER
        document.save(update_fields=["size", "due_at"])


@transaction.atomic
def _complete(upload: Upload, at: datetime) -> None:
    """Measure a file that is whole, or leave a long one whose hash is missing to a worker."""
    document = upload.document
    row = Upload.objects.select_for_update().get(pk=upload.pk)
    if row.completed_at is not None:
        return
    appender().finish(document.storage_name, row.progress["storage"])
    state = state_at(document.uid, row.length)
    if state is None and row.length > AT_ONCE:
        document.due_at = at
        document.save(update_fields=["due_at"])
        hurry_on_commit("documents.process", document.pk)
        return
    document.sha256 = state.hexdigest() if state is not None else _read_back(document, row.crc32)
    document.crc32, document.due_at = row.crc32, None
    document.save(update_fields=["sha256", "crc32", "due_at"])
    Upload.objects.filter(pk=row.pk).update(completed_at=at, progress={})
    upload.completed_at = at
    forget_state(document.uid, row.length)


def _read_back(document: Document, crc32: int) -> str:
    """Return the SHA-256 of a stored file, and make sure that it is what arrived."""
    digest, found = hashlib.sha256(), 0
    with open_plain(document) as plain:
        while chunk := plain.read(FRAME):
            digest.update(chunk)
            found = zlib.crc32(chunk, found)
    if found != crc32:
        raise DocumentDamaged("The stored file is not what arrived.")
    return digest.hexdigest()


class _Piece:
    """The frames of one piece, sealed as they come; afterwards how far the file has come, with its CRC-32 and hash."""

    def __init__(self, upload: Upload, source: Source, announced: int) -> None:
        self.offset, self.crc32 = upload.offset, upload.crc32
        self.state = state_at(upload.document.uid, upload.offset)
        self._document, self._length = upload.document, upload.length
        self._source, self._left = source, announced
        self._header = bytes.fromhex(upload.progress["header"])
        document = upload.document
        self._sealer = FrameSealer(document.open_key(), document.binding, self._header, length=upload.length)

    def __iter__(self) -> Iterator[bytes]:
        """Give sealed frames until the piece or the line ends; the first of a file with the header before it."""
        while frame := self._frame():
            if not self.offset:
                self._look_at(frame)
            sealed = self._sealer.seal(self.offset, frame)
            yield sealed if self.offset else self._header + sealed
            self.offset += len(frame)
            self.crc32 = zlib.crc32(frame, self.crc32)
            if self.state is not None:
                self.state.update(frame)

    def _frame(self) -> bytes:
        """Return the next whole frame; nothing where less of it came."""
        wanted = min(FRAME, self._length - self.offset)
        if not 0 < wanted <= self._left:
            return b""
        parts, missing = [], wanted
        while missing:
            try:
                part = self._source.read(missing)
            except OSError:  # the line was cut, or silent for too long
                part = b""
            if not part:
                self._left = 0
                return b""
            parts.append(part)
            missing -= len(part)
        self._left -= wanted
        return b"".join(parts)

    def _look_at(self, frame: bytes) -> None:
        """Refuse a file as soon as its first bytes show that it is not what its name says."""
        kind = by_filename(self._document.filename)
        if kind is not None and not kind.begins(frame):
            raise DocumentRefused(other_content(self._document.filename, kind))
