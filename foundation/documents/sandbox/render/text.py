"""Plain text on sheets of paper."""

from collections.abc import Iterator

from foundation.documents.filetypes import FileType
from foundation.documents.sandbox.encodings import decode
from foundation.documents.sandbox.render.drawing import Layout, pages
from foundation.documents.sandbox.render.page import Page


def render(content: bytes, kind: FileType) -> Iterator[Page]:
    """Yield the pages."""
    layout = Layout()
    layout.lines(decode(content))
    yield from pages(layout)
