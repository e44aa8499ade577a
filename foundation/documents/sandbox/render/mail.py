"""A saved mail as it would be printed: who, to whom, when, about what; its text; what is attached."""

from collections.abc import Iterator
from html.parser import HTMLParser

from foundation.documents.filetypes import FileType
from foundation.documents.sandbox import mail_parts
from foundation.documents.sandbox.render.drawing import UPRIGHT, Layout, Row, pages
from foundation.documents.sandbox.render.page import Page

HEADERS = ("From", "Sender", "Reply-To", "To", "Cc", "Bcc", "Date", "Subject", "Message-ID")
BODY = 2 * 1024 * 1024
_BLOCKS = frozenset({"p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "table", "blockquote", "hr", "pre"})
_SILENT = frozenset({"script", "style", "head", "title", "template"})

FROM_A_PAGE = "(The mail is a web page. These are its words; pictures and links are left out.)"
_RULE = Row("─" * UPRIGHT.columns, "")
NO_TEXT = "(The mail has no text.)"


def render(content: bytes, kind: FileType) -> Iterator[Page]:
    """Yield the pages."""
    message = mail_parts.read(content)
    parts = list(mail_parts.parts(message))
    layout = Layout()
    for name in HEADERS:
        if value := mail_parts.header(message, name):
            layout.line(f"{name}: {value}", bold=name in {"From", "Subject"})
    layout.add(_RULE)
    layout.lines(_body([part for part in parts if not part.attached]))
    attached = [part for part in parts if part.attached]
    if attached:
        layout.add(_RULE)
        layout.line(f"Attachments: {len(attached)}", bold=True)
        for part in attached:
            layout.line(_attachment(part))
    yield from pages(layout)


def _body(parts: list[mail_parts.Part]) -> str:
    plain = [part for part in parts if part.media_type == "text/plain"]
    pages_of_words = [part for part in parts if part.media_type == "text/html"]
    if any(part.content.strip() for part in plain):
        return "\n\n".join(mail_parts.words(part)[:BODY] for part in plain)
    if pages_of_words:
        return f"{FROM_A_PAGE}\n\n" + "\n\n".join(_words_of(mail_parts.words(part)[:BODY]) for part in pages_of_words)
    return NO_TEXT


def _attachment(part: mail_parts.Part) -> str:
    size = len(part.content)
    amount = f"{size / 1024:,.0f} KB" if size >= 1024 else f"{size} bytes"
    inside = ", in a forwarded mail" if part.depth else ""
    return f"• {part.filename or 'without a name'} ({part.media_type}, {amount}{inside})"


class _Words(HTMLParser):
    """Keeps the words of a page and forgets everything else."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a new line where the page would."""
        if tag in _SILENT:
            self._silent += 1
        elif tag in _BLOCKS:
            self.found.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """Listen again after a part that is not shown, and end a line where the page would."""
        if tag in _SILENT and self._silent:
            self._silent -= 1
        elif tag in _BLOCKS:
            self.found.append("\n")

    def handle_data(self, data: str) -> None:
        """Keep words."""
        if not self._silent:
            self.found.append(" ".join(data.split()) + (" " if data[-1:].isspace() else ""))


def _words_of(page: str) -> str:
    reader = _Words()
    reader.feed(page)
    reader.close()
    lines = (line.strip() for line in "".join(reader.found).split("\n"))
    return "\n".join(line for line in lines if line)
