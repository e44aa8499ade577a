"""Pictures of the pages, with their words; they count only when all of them are there."""

import os
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.utils import timezone

from foundation.core.hurry import hurry_on_commit
from foundation.documents import isolation, office
from foundation.documents.errors import SandboxFailed
from foundation.documents.events import DocumentEvent
from foundation.documents.filetypes import PDF, Family, FileType, by_media_type
from foundation.documents.keys import NONCE_BYTES
from foundation.documents.models import Document, DocumentPage
from foundation.documents.services.leases import close, note, retry
from foundation.documents.services.reading import is_usable
from foundation.documents.storage import new_storage_name
from foundation.documents.vault import open_plain, remove_blob, write_page

ATTEMPTS = 2

NO_PREVIEW = "No page images could be made of this file. It can only be downloaded."
DOWNLOAD_ONLY = "Page images of this kind of file are not made here. It can only be downloaded."
WAIT_FOR_OFFICE = timedelta(seconds=20)


def want_pages(document: Document, *, at: datetime | None = None) -> None:
    """Have a worker make the page images of a file that was written without; nothing where they are there or asked for.

    A file whose pages could not be drawn stays as it is: drawing it once more would fail again.
    """
    if not is_usable(document) or document.previewed_at or document.preview_error:
        return
    waiting = Document.objects.filter(pk=document.pk, due_at=None, previewed_at=None)
    if waiting.update(due_at=at or timezone.now()):
        hurry_on_commit("documents.process", document.pk)


def preview(document: Document, at: datetime) -> bool:
    """Make the page images; False when the job was put back for later or is not ours any more."""
    kind = by_media_type(document.media_type)
    if kind is None or document.previewed_at or document.preview_error:
        return True
    forget_pages(document)
    try:
        total = _make_pages(document, kind)
    except office.Busy as wait:
        close(document, due_at=at + WAIT_FOR_OFFICE, attempts=0, last_error=str(wait))
        return False
    except office.NotHere as reason:
        values = {"preview_error": DOWNLOAD_ONLY, "last_error": str(reason)[:500]}
        return note(document, at, DocumentEvent.PREVIEW_FAILED, {"pages": None}, **values)
    except SandboxFailed as error:
        if document.attempts < ATTEMPTS:
            retry(document, at, f"render: {error}")
            return False
        forget_pages(document)
        values = {"preview_error": NO_PREVIEW, "last_error": str(error)[:500]}
        return note(document, at, DocumentEvent.PREVIEW_FAILED, {"pages": document.page_count}, **values)
    pages = document.page_count or total
    return note(document, at, DocumentEvent.PREVIEWED, {"pages": pages}, previewed_at=at, page_count=pages)


def forget_pages(document: Document) -> None:
    """Remove the pictures that there are, with their rows."""
    for page in document.pages.all():
        remove_blob(page.storage_name)
        page.delete()


def _make_pages(document: Document, kind: FileType) -> int:
    """Store the pictures and return how many pages the file has; that may be more than there are pictures."""
    total = 0
    with open_plain(document) as content:
        if kind.family is Family.OFFICE:
            with office.as_pdf(content, kind) as pdf:
                for picture in isolation.render(pdf, PDF.media_type):
                    total = _store(document, picture)
        else:
            for picture in isolation.render(content, document.media_type):
                total = _store(document, picture)
    if not total:
        raise SandboxFailed("no page was drawn in time")
    return total


def _store(document: Document, picture: isolation.RenderedPage) -> int:
    """Store one page. The row comes before the file, so that no file is ever without a row."""
    page = DocumentPage(
        document=document,
        number=picture.number,
        width=picture.width,
        height=picture.height,
        size=len(picture.png),
        storage_name=new_storage_name(),
    )
    nonce = os.urandom(NONCE_BYTES)
    cipher = AESGCM(document.open_key())
    page.sealed_text = nonce + cipher.encrypt(nonce, picture.text.encode("utf-8", "replace"), page.text_binding)
    page.save(force_insert=True)
    write_page(page, picture.png)
    return picture.total
