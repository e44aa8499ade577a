"""Django's uploads, encrypted as they arrive: no part of a request's files is ever on a disk in plain."""

import logging
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.module_loading import import_string

from foundation.documents.errors import DocumentRefused, FilesUnavailable
from foundation.documents.filetypes import FileType, by_filename, wrong_ending
from foundation.documents.models import Document
from foundation.documents.vault import Intake, begin, discard, head_of, too_large

logger = logging.getLogger(__name__)

STAGED = "staged"


class StagedUpload(UploadedFile):  # type: ignore[type-arg]
    """What a form and a view see of an upload: its name, its size, and either the stored file or why there is none."""

    def __init__(
        self, *, name: str, size: int, document: Document | None = None, head: bytes = b"", refusal: str = ""
    ) -> None:
        super().__init__(file=None, name=name, content_type="", size=size)
        self.document = document
        self.head = head
        self.refusal = refusal

    def __repr__(self) -> str:
        return f"<StagedUpload of {self.size} bytes>"

    def close(self) -> None:
        """Do nothing: the stored file is closed already, and the sweep removes it if nobody receives it."""


class EncryptingUploadHandler(FileUploadHandler):
    """Streams each file of a request into the encrypted storage, up to the limit of the person who sends it."""

    chunk_size = 1024 * 1024

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self._limit: int | None = None
        self._document: Document | None = None
        self._intake: Intake | None = None
        self._refusal = ""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin one file, unless it is clear already that it will not be taken."""
        super().new_file(*args, **kwargs)
        self._document = self._intake = None
        self._refusal = self._refused_beforehand()
        if not self._refusal:
            by_id = getattr(getattr(self.request, "user", None), "pk", None)
            try:
                self._document = begin(filename=self.file_name or "", purpose=STAGED, at=timezone.now(), by_id=by_id)
                self._intake = Intake(self._document, limit=self._limit)
            except FilesUnavailable as away:
                self._give_up(away)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Encrypt a chunk; the rest of a refused file is read and forgotten, so that the form arrives whole."""
        if self._intake is not None:
            try:
                self._intake.write(raw_data)
            except DocumentRefused as refusal:
                self._refusal = str(refusal)
                self._drop()
            except FilesUnavailable as away:
                self._give_up(away)

    def file_complete(self, file_size: int) -> StagedUpload:
        """Give the form its object."""
        name = self.file_name or ""
        if self._document is None or self._intake is None:
            # At least 1: Django says "the file is empty" for 0, and the reason is another one.
            return StagedUpload(name=name, size=max(file_size, 1), refusal=self._refusal)
        document, intake, self._document, self._intake = self._document, self._intake, None, None
        try:
            measures = intake.finish()
        except FilesUnavailable as away:
            return StagedUpload(name=name, size=max(file_size, 1), refusal=self._not_stored(away))
        document.size, document.sha256, document.crc32 = measures.size, measures.sha256, measures.crc32
        document.save(update_fields=["size", "sha256", "crc32"])
        return StagedUpload(name=document.filename, size=measures.size, document=document, head=intake.head)

    def upload_interrupted(self) -> None:
        """Remove the file that was cut short."""
        self._drop()

    def _refused_beforehand(self) -> str:
        if self._limit is None:
            self._limit = upload_limit(self.request)
        if not self._limit:
            return "Sign in as somebody who may add files before you send one."
        return refused_beforehand(self.file_name or "The file")

    def _give_up(self, away: FilesUnavailable) -> None:
        """Say that the file was not stored; what is left of it, the sweep removes."""
        self._refusal = self._not_stored(away)
        with suppress(FilesUnavailable):
            self._drop()
        self._document = self._intake = None

    def _not_stored(self, away: FilesUnavailable) -> str:
        return f"{self.file_name or 'The file'} was not stored. {away}"

    def _drop(self) -> None:
        if self._intake is not None:
            self._intake.abort()
        if self._document is not None:
            discard(self._document)
        self._document = self._intake = None


def upload_limit(request: HttpRequest | None) -> int:
    """Return how many bytes a file of this request may have, as settings.UPLOAD_LIMIT_RULE says."""
    rule = import_string(settings.UPLOAD_LIMIT_RULE)
    return int(rule(request))


def mark_of(user: Any) -> str:
    """Return what a page knows its own person by, to send nothing for whoever signed in since; empty for nobody."""
    pk = getattr(user, "pk", None)
    return "" if pk is None else salted_hmac("documents.uploads", str(pk)).hexdigest()[:32]


def refused_beforehand(name: str) -> str:
    """Return why a file of this name will not be taken, before its first byte; empty where it may be."""
    return wrong_ending(name) if by_filename(name) is None else ""


def refusal_of(upload: StagedUpload, *, name: str, limit: int) -> str:
    """Return why a file that arrived is not taken, in a sentence that names it; empty where it is."""
    document, kind = upload.document, by_filename(name)
    if document is None:
        return upload.refusal or f"{name} did not arrive. Send it again."
    return wrong_ending(name) if kind is None else content_refusal(document, upload.head, name, kind, limit)


def content_refusal(document: Document, head: bytes, name: str, kind: FileType, limit: int) -> str:
    """Return why a stored file is not taken, by its size and its first bytes; empty where it is."""
    if not document.size:
        return f"{name} is empty."
    if document.size > limit:
        return too_large(name, limit)
    return "" if kind.begins(head) else other_content(name, kind)


def other_content(name: str, kind: FileType) -> str:
    """Return the sentence for a file whose first bytes are not those of its kind."""
    return f"{name} is named as {kind.label}, but its content is something else."


def staged(document: Document) -> StagedUpload:
    """Return a file that arrived before, in pieces or with a form that was refused, as forms and services take it."""
    return StagedUpload(name=document.filename, size=document.size or 0, document=document, head=head_of(document))
