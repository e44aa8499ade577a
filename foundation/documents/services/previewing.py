"""Pictures of the pages, with their words; they count only when all of them are there."""

import os
from collections.abc import Iterator
from datetime import datetime

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from foundation.documents import isolation
from foundation.documents.errors import SandboxFailed
from foundation.documents.events import DocumentEvent
from foundation.documents.filetypes import by_media_type
from foundation.documents.keys import NONCE_BYTES
from foundation.documents.models import Document, DocumentPage
from foundation.documents.services.leases import note, retry
from foundation.documents.storage import new_storage_name
from foundation.documents.vault import open_plain, remove_blob, write_page

ATTEMPTS = 2

NO_PREVIEW = "No page images could be made of this file. It can only be downloaded."


def preview(document: Document, at: datetime) -> bool:
    """Make the page images; False when the job was put back for later or is not ours any more."""
    kind = by_media_type(document.media_type)
    if kind is None or not kind.previewed or document.previewed_at or document.preview_error:
        return True
    forget_pages(document)
    try:
        with open_plain(document) as content:
            rendered = sum(1 for _page in _rendered(document, content))
    except SandboxFailed as error:
        if document.attempts < ATTEMPTS:
            retry(document, at, f"render: {error}")
            return False
        forget_pages(document)
        values = {"preview_error": NO_PREVIEW, "last_error": str(error)[:500]}
        return note(document, at, DocumentEvent.PREVIEW_FAILED, {"pages": document.page_count}, **values)
    pages = document.page_count or rendered
    return note(document, at, DocumentEvent.PREVIEWED, {"pages": pages}, previewed_at=at, page_count=pages)


def forget_pages(document: Document) -> None:
    """Remove the pictures that there are, with their rows."""
    for page in document.pages.all():
        remove_blob(page.storage_name)
        page.delete()


def _rendered(document: Document, content: isolation.Readable) -> Iterator[DocumentPage]:
    """Store page after page. The row comes before the file, so that no file is ever without a row."""
    cipher = AESGCM(document.open_key())
    for picture in isolation.render(content, document.media_type):
        page = DocumentPage(
            document=document,
            number=picture.number,
            width=picture.width,
            height=picture.height,
            size=len(picture.png),
            storage_name=new_storage_name(),
        )
        nonce = os.urandom(NONCE_BYTES)
        page.sealed_text = nonce + cipher.encrypt(nonce, picture.text.encode("utf-8", "replace"), page.text_binding)
        page.save(force_insert=True)
        write_page(page, picture.png)
        yield page
