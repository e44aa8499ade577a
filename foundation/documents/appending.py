"""Stored files that grow piece by piece: one small interface, which a folder and an S3 bucket implement each its way.

The pieces are opaque here: encrypted already, in order, and the same whenever they are given again. A storage backend
other than the folder names its own implementation in a method `appender()`.
"""

import os
from collections.abc import Iterable
from typing import Any, Protocol, cast

from django.core.exceptions import ImproperlyConfigured

from foundation.documents.errors import DocumentDamaged
from foundation.documents.storage import PrivateFileStorage, document_storage

# What an implementation needs to go on later, kept in the row of the upload: small, and JSON.
Progress = dict[str, Any]

# O_NOFOLLOW: a link that somebody put into the folder leads nowhere.
_GO_ON = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC


class Appender(Protocol):
    """How one storage takes a file in pieces. Nothing can be read back before finish()."""

    def begin(self, name: str) -> Progress:
        """Make room for a new file and return what is needed to go on."""

    def append(self, name: str, position: int, pieces: Iterable[bytes], progress: Progress) -> Progress:
        """Store pieces from a position on, in bytes of the stored file; all of them are durable when this returns.

        The iterable reads from the line while it is consumed: it may take minutes, gives at most 1 MiB and a little
        at a time, and none at all where the line was cut at once. The caller keeps the result and the new position in
        one transaction; where that is lost, the next call comes with the older position and progress. What lies beyond
        the position is then replaced. Any length must be storable, also below what S3 takes as a part. Raises OSError
        where the storage fails, DocumentDamaged where the stored file cannot go on.
        """

    def finish(self, name: str, progress: Progress) -> None:
        """Make the whole file readable under its name; called again after a crash, it does nothing."""

    def abort(self, name: str, progress: Progress) -> None:
        """Remove what is stored, finished or not; nothing there is not an error."""


def appender() -> Appender:
    """Return how the storage of documents takes a file in pieces."""
    storage = document_storage()
    if isinstance(storage, PrivateFileStorage):
        return FolderAppender(storage)
    own = getattr(storage, "appender", None)
    if own is None:
        raise ImproperlyConfigured("The storage of documents takes no file in pieces.")
    return cast("Appender", own())


class FolderAppender:
    """Appends to a file in the folder."""

    def __init__(self, storage: PrivateFileStorage) -> None:
        self._storage = storage

    def begin(self, name: str) -> Progress:
        """Make an empty file; its name is on the disk when this returns."""
        with self._storage.open(name, "wb"):
            return {}

    def append(self, name: str, position: int, pieces: Iterable[bytes], progress: Progress) -> Progress:
        """Write from the position on and wait for the disk.

        What an unconfirmed attempt left further on stays until it is reached, to be compared.
        """
        handle = os.open(self._storage.path(name), _GO_ON)
        try:
            if os.fstat(handle).st_size < position:
                raise DocumentDamaged("The stored part of this file is shorter than it was.")
            end = position
            for piece in pieces:
                _put(handle, piece, end)
                end += len(piece)
            os.fsync(handle)
        finally:
            os.close(handle)
        return progress

    def finish(self, name: str, progress: Progress) -> None:
        """Do nothing: the file is there."""

    def abort(self, name: str, progress: Progress) -> None:
        """Remove the file."""
        self._storage.delete(name)


def _put(handle: int, piece: bytes, position: int) -> None:
    """Write one piece. What is there already comes from an attempt that was never confirmed, and must be the same.

    A frame has one nonce: two different texts under it would give away what nobody without the key may learn.
    """
    there = os.pread(handle, len(piece), position)
    if not piece.startswith(there):
        raise DocumentDamaged("The file that is being sent has changed. Send it again from its beginning.")
    view = memoryview(piece)[len(there) :]
    position += len(there)
    while view:
        written = os.pwrite(handle, view, position)
        view, position = view[written:], position + written
