"""Uploads of which only the hash is wanted: counted as they arrive, and not a byte of them is kept anywhere."""

import hashlib
from collections.abc import Callable
from typing import Any, TypeVar

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopFutureHandlers
from django.http import HttpRequest

View = TypeVar("View", bound=Callable[..., Any])
_LIMIT = "only_hashes_up_to"


def only_hashes(limit: int) -> Callable[[View], View]:
    """Mark a view that takes files of anybody: it gets their hashes alone, of files with up to `limit` bytes."""

    def mark(view: View) -> View:
        setattr(view, _LIMIT, limit)
        return view

    return mark


class HashedUpload(UploadedFile):  # type: ignore[type-arg]
    """What a view sees of such an upload: its size, and its hash unless it is too large."""

    def __init__(self, *, size: int, sha256: str) -> None:
        super().__init__(file=None, name="file", content_type="", size=size)
        self.sha256 = sha256

    def __repr__(self) -> str:
        return f"<HashedUpload of {self.size} bytes>"

    def close(self) -> None:
        """Do nothing: there is no file."""


class HashingUploadHandler(FileUploadHandler):
    """First of all handlers: keeps the files of marked views away from the others, and leaves them every other file."""

    chunk_size = 1024 * 1024

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self._limit: int | None = None
        self._hash = hashlib.sha256()

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin one file, if the view that was asked for wants hashes; no other handler hears of it then."""
        super().new_file(*args, **kwargs)
        match = getattr(self.request, "resolver_match", None)
        self._limit = getattr(match.func, _LIMIT, None) if match else None
        self._hash = hashlib.sha256()
        if self._limit is not None:
            raise StopFutureHandlers

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Count a chunk and forget it; of what is too large the rest is only read, so that the form arrives whole."""
        if self._limit is None:
            return raw_data
        if start + len(raw_data) <= self._limit:
            self._hash.update(raw_data)
        return None

    def file_complete(self, file_size: int) -> HashedUpload | None:
        """Give the view its object."""
        if self._limit is None:
            return None
        fits = file_size <= self._limit
        return HashedUpload(size=file_size, sha256=self._hash.hexdigest() if fits else "")
