"""An upload of which only the end is looked at: nothing of the rest is kept, in memory or on a disk."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import FileUploadHandler

# A ZIP comment is no longer than this.
KEPT = 64 * 1024


class TailHandler(FileUploadHandler):
    """Gives the form a file of the last bytes of what was sent."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin one file."""
        super().new_file(*args, **kwargs)
        self._end = b""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Keep the end of what came so far."""
        self._end = (self._end + raw_data)[-KEPT:]

    def file_complete(self, file_size: int) -> SimpleUploadedFile:
        """Give the form its object."""
        return SimpleUploadedFile(self.file_name or "file", self._end)
