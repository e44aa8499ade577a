"""Documents in an S3-compatible bucket: read in ranges, written in parts, whole or not there at all."""

import io
import logging
import os
from collections.abc import Iterator
from datetime import datetime
from threading import Lock
from types import TracebackType
from typing import Any, cast

from django.core.exceptions import SuspiciousFileOperation
from django.core.files import File
from storages.backends.s3 import S3Storage

from foundation.documents.appending_s3 import S3Appender
from foundation.documents.bucket import PART, Bucket, asking, client_config
from foundation.documents.errors import StorageUnavailable
from foundation.documents.storage import is_storage_name

logger = logging.getLogger(__name__)

_FIRST_WINDOW = 1024 * 1024 + 64
_TRIES = 3
_making_client = Lock()


class S3DocumentStorage(S3Storage):  # type: ignore[misc] # django-storages has no types
    """A bucket that takes no name but those of new_storage_name().

    Missing files raise FileNotFoundError, everything else that goes wrong StorageUnavailable.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.client_config = client_config(
            addressing_style=self.addressing_style, signature_version=self.signature_version
        )
        self._files: Bucket | None = None

    @property
    def files(self) -> Bucket:
        """The calls of this bucket; boto3's clients, unlike its resources, may be shared by threads."""
        with _making_client:
            if self._files is None:
                with asking("the client"):
                    client = self.connection.meta.client
                self._files = Bucket(client, name=self.bucket_name, prefix=self.location.strip("/"))
            return self._files

    def appender(self) -> S3Appender:
        """Return how a file comes in pieces here."""
        return S3Appender(self.files)

    def entries(self) -> Iterator[tuple[str, datetime]]:
        """Go through everything stored, with the time of its last change."""
        return self.files.entries()

    def remove_entry(self, name: str) -> None:
        """Remove something that entries() named, also what this storage never made."""
        self.files.delete(name)

    def delete(self, name: str) -> None:
        """Remove a file; none there is not an error."""
        self.files.delete(_checked(name))

    def exists(self, name: str) -> bool:
        """Say whether there is a file of this name."""
        try:
            self.files.head(_checked(name))
        except FileNotFoundError:
            return False
        return True

    def size(self, name: str) -> int:
        """Return the size in bytes, sealed."""
        return self.files.head(_checked(name)).size

    def url(self, name: str | None, *args: Any, **kwargs: Any) -> str:
        """Refuse: documents have no address of their own."""
        raise ValueError("Documents are served by the view of the app that owns them.")

    def _open(self, name: str, mode: str = "rb") -> File:  # type: ignore[type-arg]
        if mode == "rb":
            return File(io.BufferedReader(S3Reader(self.files, _checked(name)), 1), name=name)
        if mode != "wb":
            raise ValueError("Documents are written once and then read.")
        return S3File(S3Writer(self.files, _checked(name)), name=name)

    def _save(self, name: str, content: Any) -> str:
        with self._open(name, "wb") as target:
            for chunk in content.chunks():
                target.write(chunk)
        return name


class S3Reader(io.RawIOBase):
    """An object as a file: asked for in windows that grow while they are read one after the other, kept nowhere."""

    def __init__(self, files: Bucket, name: str) -> None:
        super().__init__()
        self._files, self._name = files, name
        self._size, self._etag = files.head(name)
        self._position = 0
        self._body: Any = None
        self._at = self._stop = 0
        self._window = _FIRST_WINDOW

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Move; nothing is asked before something is read."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        self._position = max(start + offset, 0)
        return self._position

    def tell(self) -> int:
        """Return the position."""
        return self._position

    def readinto(self, buffer: Any, /) -> int:
        """Read on; a line that is cut is taken up again at the same place, a few times."""
        view = memoryview(buffer).cast("B")
        wanted = min(len(view), self._size - self._position)
        for tries_left in reversed(range(_TRIES)):
            if wanted <= 0:
                return 0
            try:
                content = self._some(wanted)
            except StorageUnavailable as error:
                self._forget()
                if not tries_left or not error.may_pass:
                    raise
                continue
            view[: len(content)] = content
            self._position += len(content)
            return len(content)
        return 0

    def close(self) -> None:
        """Let go of the line."""
        self._forget()
        super().close()

    def _some(self, wanted: int) -> bytes:
        if self._body is None or self._at != self._position or self._at >= self._stop:
            self._ask()
        with asking("GET"):
            content: bytes = self._body.read(min(wanted, self._stop - self._at))
        if not content:
            raise StorageUnavailable
        self._at += len(content)
        return content

    def _ask(self) -> None:
        follows = self._at == self._position
        self._forget()
        self._window = min(self._window * 2, PART) if follows and self._position else _FIRST_WINDOW
        self._at, self._stop = self._position, min(self._position + self._window, self._size)
        self._body = self._files.stream(self._name, self._at, self._stop, self._etag)

    def _forget(self) -> None:
        if self._body is not None:
            self._body.close()
            self._body = None


class S3Writer:
    """Bytes on their way into one object; at most one part of them is held in memory."""

    def __init__(self, files: Bucket, name: str) -> None:
        self._files, self._name = files, name
        self._pending = bytearray()
        self._upload = ""
        self._etags: list[str] = []
        self.closed = False

    def write(self, content: bytes) -> int:
        """Take bytes of any length."""
        self._pending += content
        while len(self._pending) > PART:
            self._send(bytes(memoryview(self._pending)[:PART]))
            del self._pending[:PART]
        return len(content)

    def flush(self) -> None:
        """Do nothing: parts have one size."""

    def close(self) -> None:
        """Make the object: it is there as a whole from now on. Where that fails nothing of it stays."""
        if self.closed:
            return
        try:
            if self._upload:
                self._send(bytes(self._pending))
                self._files.complete(self._name, self._upload, self._etags)
            else:
                self._files.put(self._name, bytes(self._pending))
        except BaseException:
            self.abandon()
            raise
        self.closed = True
        self._pending.clear()

    def abandon(self) -> None:
        """Give up: nothing of it stays, or is found by check_storage a day later where the server is gone."""
        self.closed = True
        self._pending.clear()
        if not self._upload:
            return
        try:
            self._files.abort(self._name, self._upload)
        except StorageUnavailable:
            logger.warning("A multipart upload was left behind; manage.py check_storage --remove takes it away")

    def _send(self, part: bytes) -> None:
        if not self._upload:
            self._upload = self._files.begin(self._name)
        self._etags.append(self._files.put_part(self._name, self._upload, len(self._etags) + 1, part))


class S3File(File):  # type: ignore[type-arg]
    """A file being written; one that is left by an exception never comes to be."""

    def __init__(self, writer: S3Writer, name: str) -> None:
        super().__init__(cast("Any", writer), name=name)
        self._writer = writer

    def abandon(self) -> None:
        """Give up what was written."""
        self._writer.abandon()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self.abandon()
        else:
            self.close()


def _checked(name: str) -> str:
    if not is_storage_name(str(name)):
        raise SuspiciousFileOperation("This is not a name of the document storage.")
    return str(name)
