"""Plain text on sheets of paper."""

from collections.abc import Iterator

from foundation.documents.filetypes import FileType
from foundation.documents.sandbox.encodings import decode
from foundation.documents.sandbox.render.drawing import UPRIGHT, Row, lines_of, pages, wrapped
from foundation.documents.sandbox.render.page import Page


def render(content: bytes, kind: FileType) -> Iterator[Page]:
    """Yield the pages."""
    rows: list[Row] = []
    for line in lines_of(decode(content)):
        rows += wrapped(line, UPRIGHT.columns)
    while len(rows) > 1 and not rows[-1].shown:
        rows.pop()
    yield from pages(rows)
