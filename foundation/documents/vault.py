"""Encrypted files in the storage: written once while they are measured, read back in plain, removed."""

import hashlib
import logging
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.core.files import File
from django.template.defaultfilters import filesizeformat

from foundation.documents.appending import appender
from foundation.documents.errors import DocumentDamaged, DocumentRefused
from foundation.documents.filetypes import display_name
from foundation.documents.frames import DecryptingReader, EncryptingWriter
from foundation.documents.keys import new_data_key
from foundation.documents.models import Document, DocumentPage, Upload
from foundation.documents.storage import document_storage, new_storage_name

logger = logging.getLogger(__name__)

HEAD = 16


@dataclass(frozen=True, slots=True)
class Measures:
    """What is known of a file once its last byte has come."""

    size: int
    sha256: str
    crc32: int


def begin(*, filename: str, purpose: str, at: datetime, generated: bool = False, by_id: int | None = None) -> Document:
    """Make the row of a file before its first byte, so that nothing in the storage is without one.

    by_id: whose file it is as long as no form has taken it.
    """
    document = Document(
        filename=display_name(filename),
        purpose=purpose,
        generated=generated,
        uploaded_by_id=by_id,
        created_at=at,
        storage_name=new_storage_name(),
    )
    _data_key, wrapped = new_data_key(document.uid)
    document.data_key, document.master_key_id = wrapped.sealed, wrapped.master_key_id
    document.save(force_insert=True)
    return document


class Intake:
    """A file on its way into the storage: hashed, counted against its limit and encrypted as it comes."""

    def __init__(self, document: Document, *, limit: int | None = None) -> None:
        self._document = document
        self._limit = limit
        self._hash = hashlib.sha256()
        self._crc32 = 0
        self.size = 0
        self.head = b""
        self._blob: File[bytes] | None = document_storage().open(document.storage_name, "wb")
        self._writer = EncryptingWriter(self._blob, document.open_key(), document.binding)

    def write(self, chunk: bytes) -> None:
        """Take a chunk; raise DocumentRefused when the file is larger than it may be."""
        self.size += len(chunk)
        if self._limit is not None and self.size > self._limit:
            raise DocumentRefused(too_large(self._document.filename, self._limit))
        if len(self.head) < HEAD:
            self.head += chunk[: HEAD - len(self.head)]
        self._hash.update(chunk)
        self._crc32 = zlib.crc32(chunk, self._crc32)
        self._writer.write(chunk)

    def finish(self) -> Measures:
        """Write the end, wait until everything is on the disk, and return what was measured."""
        self._writer.finish()
        self._close()
        return Measures(self.size, self._hash.hexdigest(), self._crc32)

    def abort(self) -> None:
        """Remove what was written, which nobody ever sees whole; the row is left to the caller."""
        if self._blob is not None:
            blob, self._blob = self._blob, None
            getattr(blob, "abandon", blob.close)()
        remove_blob(self._document.storage_name)

    def _close(self) -> None:
        if self._blob is not None:
            blob, self._blob = self._blob, None
            blob.close()


def too_large(filename: str, limit: int) -> str:
    """Return the sentence for a file over its limit."""
    return f"{filename} is larger than {size_words(limit)}. Make it smaller, or split it into several files."


def size_words(size: int) -> str:
    """Return a limit as it is said: "25 MB", "1.4 MB", "10 GB" (units of 1,024, as the settings count)."""
    return filesizeformat(size).replace(".0\xa0", "\xa0")


def open_plain(document: Document) -> DecryptingReader:
    """Return the content as a seekable file; every part is authenticated before it is given out."""
    if document.purged_at is not None:
        raise DocumentDamaged("This file was deleted.")
    blob = document_storage().open(document.storage_name, "rb")
    try:
        return DecryptingReader(blob, document.open_key(), document.binding, size=document.size)
    except BaseException:
        blob.close()
        raise


def write_page(page: DocumentPage, png: bytes) -> None:
    """Store the picture of a page."""
    with document_storage().open(page.storage_name, "wb") as blob:
        writer = EncryptingWriter(blob, page.document.open_key(), page.binding)
        writer.write(png)
        writer.finish()


def read_page(page: DocumentPage) -> bytes:
    """Return the picture of a page."""
    blob = document_storage().open(page.storage_name, "rb")
    with DecryptingReader(blob, page.document.open_key(), page.binding, size=page.size) as reader:
        return reader.read()


def remove_blob(storage_name: str) -> None:
    """Remove one stored file, if it is still there."""
    document_storage().delete(storage_name)


def discard(document: Document) -> None:
    """Remove a file that was never received, with its row; also one that came in part."""
    upload = Upload.objects.filter(document=document).first()
    if upload is None:
        remove_blob(document.storage_name)
    else:
        appender().abort(document.storage_name, upload.progress.get("storage", {}))
    document.delete()


def head_of(document: Document) -> bytes:
    """Return the first bytes of a stored file; they are read from it, so that no row holds any of its content."""
    with open_plain(document) as plain:
        return plain.read(HEAD)


def chunks_of(content: bytes | Iterable[bytes]) -> Iterable[bytes]:
    """Return the content as chunks."""
    return (content,) if isinstance(content, bytes) else content
