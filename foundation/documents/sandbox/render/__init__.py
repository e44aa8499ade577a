"""Every format as pictures of pages, made of nothing but points, with the words on them.

Only what the format needs is loaded (`load`), before the limits are set.
"""

from collections.abc import Callable, Iterator
from importlib import import_module

from foundation.documents.filetypes import TEXT_LAID_OUT, Family, FileType
from foundation.documents.sandbox.limits import INPUT_LIMIT
from foundation.documents.sandbox.render.page import Page

Renderer = Callable[[bytes, FileType], Iterator[Page]]
# Office files come here as the PDF that LibreOffice made of them.
_RENDERERS = {
    Family.PDF: "pdf",
    Family.IMAGE: "image",
    Family.TEXT: "text",
    Family.TABLE: "table",
    Family.MAIL: "mail",
}


def load(kind: FileType) -> Renderer:
    """Return what yields the pages of a format, the first of them and for a limited time."""
    renderer: Renderer = import_module(f"{__name__}.{_RENDERERS[kind.family]}").render
    return renderer


def input_limit(kind: FileType) -> int:
    """Return how many bytes of such a file are read."""
    return TEXT_LAID_OUT if kind.family in {Family.TEXT, Family.TABLE} else INPUT_LIMIT
