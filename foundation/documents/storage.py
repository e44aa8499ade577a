"""Where encrypted files lie: a private folder with random names (an S3 bucket: storage_s3.py)."""

import os
import re
import secrets
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from django.core.exceptions import SuspiciousFileOperation
from django.core.files import File
from django.core.files.storage import FileSystemStorage, Storage, storages
from django.utils._os import safe_makedirs

_NAME = re.compile(r"[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{32}", re.ASCII)
# O_NOFOLLOW: a link that somebody put into the folder leads nowhere.
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
# The kernel begins to write to the disk when gigabytes wait, and close() would wait for all of them.
_SYNC_BYTES = 64 * 1024 * 1024
# macOS has only the one.
_sync_data = getattr(os, "fdatasync", os.fsync)


def document_storage() -> Storage:
    """Return the storage of documents."""
    return storages["documents"]


def new_storage_name() -> str:
    """Return a random name that says nothing, spread over 65,536 folders."""
    name = secrets.token_hex(16)
    return f"{name[:2]}/{name[2:4]}/{name}"


def is_storage_name(name: str) -> bool:
    """Say whether new_storage_name() may have made this name."""
    return _NAME.fullmatch(name) is not None


class DurableFile(File):  # type: ignore[type-arg]
    """A file that is on the disk, with its name, when close() returns; a long one goes there while it is written."""

    _written = 0
    _syncing: threading.Thread | None = None
    # The kernel tells of a write that failed once: whoever asked must keep it for close().
    _failed: OSError | None = None

    def write(self, data: Any, /) -> int:
        """Write a piece, and now and then have a thread bring to the disk what was written so far."""
        target: Any = self.file
        written: int = target.write(data)
        self._written += written
        if self._written >= _SYNC_BYTES and (self._syncing is None or not self._syncing.is_alive()):
            self._written = 0
            self._syncing = threading.Thread(target=self._sync, name="sync", daemon=True)
            self._syncing.start()
        return written

    def close(self) -> None:
        """Flush to the disk, then close. Raises OSError where any part of it did not get there."""
        if not self.closed:
            self._wait()
            self.flush()
            os.fsync(self.fileno())
            if self._failed is not None:
                raise self._failed
            super().close()
            _sync_folder(Path(str(self.name)).parent)

    def abandon(self) -> None:
        """Close a file that is not wanted, also where what waits to be written finds no room."""
        self._wait()
        with suppress(OSError):
            super().close()

    def _sync(self) -> None:
        try:
            _sync_data(self.fileno())
        except OSError as error:
            self._failed = error

    def _wait(self) -> None:
        if self._syncing is not None:
            self._syncing.join()


class PrivateFileStorage(FileSystemStorage):
    """A folder that only the portal's own account can read; takes no name but those of new_storage_name()."""

    def __init__(self, location: str) -> None:
        super().__init__(location=location, file_permissions_mode=0o600, directory_permissions_mode=0o700)

    def path(self, name: str) -> str:
        """Return the full path, and refuse every name that this storage did not make."""
        if not is_storage_name(str(name)):
            raise SuspiciousFileOperation("This is not a name of the document storage.")
        return super().path(name)

    def entries(self) -> Iterator[tuple[str, datetime]]:
        """Go through everything stored, in the order of the names, with the time of its last change."""
        root = Path(self.location)
        for folder, folders, files in os.walk(root):
            folders.sort()
            for name in sorted(files):
                path = Path(folder, name)
                with suppress(FileNotFoundError):  # removed meanwhile
                    changed = datetime.fromtimestamp(path.lstat().st_mtime, UTC)
                    yield path.relative_to(root).as_posix(), changed

    def remove_entry(self, name: str) -> None:
        """Remove something that entries() named, also what this storage never made."""
        Path(super().path(name)).unlink(missing_ok=True)

    def url(self, name: str | None) -> str:
        """Refuse: documents have no address of their own."""
        raise ValueError("Documents are served by the view of the app that owns them.")

    def _open(self, name: str, mode: str = "rb") -> File:  # type: ignore[type-arg]
        path = self.path(name)
        if mode == "rb":
            return File(_opened(path, _READ, "rb"), name=path)
        if mode != "wb":
            raise ValueError("Documents are written once and then read.")
        self._make_folders(Path(path).parent)
        return DurableFile(_opened(path, _CREATE, "wb"), name=path)

    def _save(self, name: str, content: Any) -> str:
        with self._open(name, "wb") as target:
            for chunk in content.chunks():
                target.write(chunk)
        return name

    def _make_folders(self, folder: Path) -> None:
        if not folder.is_dir():
            safe_makedirs(folder, 0o700, exist_ok=True)
            _sync_folder(folder.parent)
            _sync_folder(folder.parent.parent)


def _opened(path: str, flags: int, mode: str) -> IO[Any]:
    return os.fdopen(os.open(path, flags, 0o600), mode)


def _sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
