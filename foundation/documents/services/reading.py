"""Files and page images as others may see them."""

import io
import re
import unicodedata
from collections.abc import Iterator, Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from PIL import Image, ImageDraw, ImageFont

from foundation.documents import isolation, vault
from foundation.documents.enums import DocumentState
from foundation.documents.errors import DocumentDamaged, DocumentRefused, SandboxFailed
from foundation.documents.filetypes import TEXT_LAID_OUT, by_media_type
from foundation.documents.frames import DecryptingReader
from foundation.documents.keys import NONCE_BYTES
from foundation.documents.models import Document, DocumentFindings, DocumentPage, SanitisedCopy

_REASONS = {
    DocumentState.RECEIVING: "This file has not arrived completely.",
    DocumentState.PENDING: "This file is still being checked. Try again in a minute.",
    DocumentState.UNSCANNED: "This file was not checked for viruses, because no scanner was set up when it came.",
}
# Dark letters with a light edge: they are seen on paper and on a dark picture, and hide neither.
_WATERMARK, _EDGE = (70, 70, 70, 90), (255, 255, 255, 90)
_PIECE = 1024 * 1024


def is_usable(document: Document) -> bool:
    """Say whether the file may be shown: clean, or, outside production only, never scanned."""
    if document.purged_at is not None:
        return False
    return document.state == DocumentState.CLEAN or (
        document.state == DocumentState.UNSCANNED and not settings.PRODUCTION
    )


def require_clean(document: Document) -> None:
    """Raise DocumentRefused with the reason unless the file may be shown."""
    if is_usable(document):
        return
    if document.purged_at is not None:
        raise DocumentRefused("This file was deleted.")
    raise DocumentRefused(document.refusal or document.waits or _REASONS[DocumentState(document.state)])


def require_kind(document: Document) -> None:
    """Raise DocumentRefused where the content of a file that the portal wrote is not what its media type says."""
    with vault.open_plain(document) as content:
        isolation.examine(content, document.media_type)


def open_plain(document: Document) -> DecryptingReader:
    """Return the content as a seekable, read-only file; the caller has asked require_clean() first."""
    return vault.open_plain(document)


def pieces(document: Document) -> Iterator[bytes]:
    """Return the content in pieces of up to 1 MiB; the caller has asked require_clean() first."""
    with open_plain(document) as reader:
        while piece := reader.read1(_PIECE):
            yield piece


def marks(document: Document) -> dict[str, str | int | bool]:
    """Return what the file says of its origin (producer, author, dates, …), as a worker read it; {} for plain text.

    Nothing of it is proof. A file that no worker has looked into yet is read now. Raises DocumentRefused while the
    file may not be used, SandboxFailed where reading broke.
    """
    require_clean(document)
    kind = by_media_type(document.media_type)
    if kind is None or not kind.has_marks:
        return {}
    if found := findings(document):
        if found.error:
            raise SandboxFailed(found.error)
        return dict(found.marks)
    with vault.open_plain(document) as content:
        return isolation.read_marks(content, document.media_type)


def findings(document: Document) -> DocumentFindings | None:
    """Return what a worker read out of the file: its marks and its signatures; None before that."""
    return DocumentFindings.objects.filter(document=document).first()


def sanitised(document: Document) -> SanitisedCopy | None:
    """Return the checked copy with nothing in it that acts; None where there is none, or the file may not be used."""
    if not is_usable(document) or findings(document) is None:
        return None
    return SanitisedCopy.objects.select_related("document").filter(document=document).first()


def find_words(document: Document, words: str) -> list[int]:
    """Return the numbers of the pages on which all these words stand, in any order and in any case."""
    wanted = fold(words).split()
    if not wanted:
        return []
    found = []
    for page in pages(document):
        text = fold(page_text(document, page.number))
        if all(word in text for word in wanted):
            found.append(page.number)
    return found


def fold(text: str) -> str:
    """Return a text as it is compared: without case, without accents, and without the hyphen at the end of a line."""
    plain = unicodedata.normalize("NFKD", re.sub(r"[-\u00ad]\s*\n\s*", "", text))
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).casefold()


def pages(document: Document) -> Sequence[DocumentPage]:
    """Return the page images there are: none before the preview is complete or when it failed."""
    if document.previewed_at is None or not is_usable(document):
        return []
    return list(document.pages.select_related("document"))


def pages_note(document: Document, shown: Sequence[object]) -> str:
    """Return what is to be said beside the page images: that they are not all, or why there are none; often nothing."""
    if not shown:
        return document.preview_error or "There are no pictures of this document yet."
    total = document.page_count or 0
    if total <= len(shown):
        return ""
    kind = by_media_type(document.media_type)
    cut = kind is not None and not kind.signatures and (document.size or 0) > TEXT_LAID_OUT
    which = f"The first {len(shown)} of {'more than ' if cut else ''}{total:,} pages are shown."
    return f"{which} Download the original to read on."


def page_image(document: Document, number: int) -> bytes:
    """Return the picture of a page as PNG."""
    return vault.read_page(_page(document, number))


def page_text(document: Document, number: int) -> str:
    """Return the words on a page, for reading aloud."""
    page = _page(document, number)
    return _open_text(AESGCM(document.open_key()), page)


def page_texts(document: Document, *, most: int) -> dict[int, str]:
    """Return the words of the first pages by their numbers, up to `most` of them; nothing before the preview.

    The key is opened once. Raises DocumentRefused and DocumentDamaged as page_text does.
    """
    require_clean(document)
    found = list(pages(document))[:most]
    if not found:
        return {}
    key = AESGCM(document.open_key())
    return {page.number: _open_text(key, page) for page in found}


def _open_text(key: AESGCM, page: DocumentPage) -> str:
    sealed = bytes(page.sealed_text)
    try:
        return key.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], page.text_binding).decode()
    except (InvalidTag, ValueError) as error:
        raise DocumentDamaged("The words of this page do not open.") from error


def watermarked_page(document: Document, number: int, text: str) -> bytes:
    """Return the picture of a page with a text (who looks at it, and when) over all of it."""
    with Image.open(io.BytesIO(page_image(document, number)), formats=["PNG"]) as page:
        image = page.convert("RGB")
    mark = _mark(text, size=max(image.width // 45, 12))
    layer = Image.new("RGBA", image.size, (0, 0, 0, 0))
    step_x, step_y = mark.width + image.width // 12, max(mark.height, image.height // 6)
    for row, top in enumerate(range(-mark.height // 2, image.height, step_y)):
        for left in range(-(row % 2) * step_x // 2, image.width, step_x):
            layer.paste(mark, (left, top))
    target = io.BytesIO()
    Image.alpha_composite(image.convert("RGBA"), layer).convert("RGB").save(target, "PNG", compress_level=4)
    return target.getvalue()


def _mark(text: str, *, size: int) -> Image.Image:
    """Draw the text slanted on nothing, with Pillow's own font so that every machine draws the same."""
    font = ImageFont.load_default(size)
    edge = max(size // 16, 1)
    box = font.getbbox(text, stroke_width=edge)
    mark = Image.new("RGBA", (int(box[2]) + 6, int(box[3]) + 6), (0, 0, 0, 0))
    ImageDraw.Draw(mark).text((3, 3), text, font=font, fill=_WATERMARK, stroke_width=edge, stroke_fill=_EDGE)
    return mark.rotate(30, expand=True, resample=Image.Resampling.BICUBIC)


def _page(document: Document, number: int) -> DocumentPage:
    require_clean(document)
    page = document.pages.filter(number=number).first() if document.previewed_at else None
    if page is None:
        raise DocumentRefused("There is no picture of this page.")
    page.document = document
    return page
