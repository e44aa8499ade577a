"""A key that somebody sends to be put under a PIN: held in memory for the request, written nowhere."""

import io
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopFutureHandlers
from django.http import HttpRequest

from foundation.documents.pen import BUNDLE_BYTES


class KeyUploadHandler(FileUploadHandler):
    """Takes what is sent to a page for keys, and leaves everything else to the handlers behind it."""

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self._held: io.BytesIO | None = None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin a file, on pages for keys alone."""
        super().new_file(*args, **kwargs)
        self._held = None
        if self.request is not None and self.request.path in settings.KEY_UPLOAD_PATHS:
            self._held = io.BytesIO()
            raise StopFutureHandlers

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Hold a chunk; of a file that is too large for a key, no more than shows that it is."""
        if self._held is None:
            return raw_data
        room = BUNDLE_BYTES + 1 - self._held.tell()
        self._held.write(raw_data[: max(room, 0)])
        return None

    def file_complete(self, file_size: int) -> InMemoryUploadedFile | None:
        """Give the form what was held."""
        if self._held is None:
            return None
        held, self._held = self._held, None
        held.seek(0)
        return InMemoryUploadedFile(held, self.field_name, self.file_name, "", file_size, "")
