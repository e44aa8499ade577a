"""What stands in a mail, read with limits: the words, who says to have sent it, its files. Nothing of it is trusted.

Only its form is taken apart here, with Python's own reader: what the files are is found out by the document pipeline,
in its sandbox. HTML is turned into text, so that nothing in it is drawn, loaded or pressed.
"""

import email.utils
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from html.parser import HTMLParser

from foundation.documents.filetypes import by_filename, display_name
from foundation.documents.sandbox import mail_parts
from foundation.documents.sandbox.mail_parts import Part
from foundation.documents.sandbox.refusal import Refused

MOST_BYTES = 25 * 1024 * 1024
MOST_FILES = 20
# So much of a mail is read for its header.
HEAD = mail_parts.HEAD
LONGEST_TEXT = 200_000
_OF_EVERY_MAIL = ("Date", "Message-ID", "Received", "Subject")
_ENCRYPTED = {"application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted"}
_WINMAIL = {"application/ms-tnef", "application/vnd.ms-tnef"}
_BREAKING = {"p", "br", "div", "tr", "li", "h1", "h2", "h3", "table", "blockquote"}
_SILENT = {"script", "style", "head", "title", "template"}


@dataclass(frozen=True)
class Attachment:
    """A file in a mail, as it came."""

    filename: str
    content: bytes


@dataclass(frozen=True)
class Mail:
    """A mail as staff read it. `identity` tells it from every other, whatever Message-ID its sender chose."""

    identity: str
    message_id: str
    sender: str
    sender_name: str
    subject: str
    text: str
    authentication: str
    attachments: tuple[Attachment, ...]
    problems: tuple[str, ...]
    # When it reached the last mail server, as that wrote it, else when it was sent, as the sender wrote it.
    arrived_at: datetime | None = None
    # Whether it has what every mail has: somebody it is from, and a date, a number or a way it came.
    is_mail: bool = False


def read_mail(raw: bytes) -> Mail:
    """Return what stands in a mail; what cannot be read is named among its problems. Never raises.

    The identity is the Message-ID together with the hash of the whole: the same mail is one wherever it is read, and
    nobody hides a mail by sending another with its Message-ID before.
    """
    digest = hashlib.sha256(raw).hexdigest()
    header = mail_parts.head(raw)
    try:
        parts = list(mail_parts.parts(mail_parts.read(raw)))
        files, problems = _files(parts)
    except Refused as refused:
        parts, files, problems = [], (), (str(refused),)
    name, address = email.utils.parseaddr(mail_parts.header(header, "From"))
    message_id = mail_parts.header(header, "Message-ID")[:900]
    return Mail(
        identity=f"{message_id or '<>'} {digest}",
        message_id=message_id,
        sender=address.lower()[:320],
        sender_name=name[:200],
        subject=mail_parts.header(header, "Subject")[:300],
        text=_text(parts),
        authentication=mail_parts.header(header, "Authentication-Results")[:2000],
        attachments=files,
        problems=problems,
        arrived_at=_moment(mail_parts.header(header, "Received").rpartition(";")[2]) or _moment(_date(header)),
        is_mail=bool(address) and any(header.get(name) for name in _OF_EVERY_MAIL),
    )


def shown_header(raw: bytes) -> list[tuple[str, str]]:
    """Return what the header of a mail says of its date, its readers and itself, by name; nothing of it is proof."""
    header = mail_parts.head(raw)
    named = [(name, mail_parts.header(header, name)[:500]) for name in ("Date", "To", "Cc", "Message-ID")]
    return [(name, value) for name, value in named if value]


def _date(header: "Message[str, str]") -> str:
    return mail_parts.header(header, "Date")


def _moment(text: str) -> datetime | None:
    """Return the moment that a header writes, or None; one without a zone is read as UTC."""
    try:
        found = email.utils.parsedate_to_datetime(text.strip())
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _files(parts: list[Part]) -> tuple[tuple[Attachment, ...], tuple[str, ...]]:
    """Return the files that a request can take, and a sentence for each part that nobody can read here."""
    found: list[Attachment] = []
    problems: list[str] = []
    over: list[str] = []
    for part in parts:
        shown = part.filename or part.media_type
        if part.media_type in _ENCRYPTED:
            problems.append(f"{shown}: encrypted. Ask the agency for it in the portal.")
        elif part.media_type in _WINMAIL or part.filename.lower() == "winmail.dat":
            problems.append(f"{shown}: files packed by Outlook, which cannot be read. Ask for them as PDF.")
        elif not part.filename:
            continue
        elif by_filename(part.filename) is None:
            problems.append(f"{shown}: not a kind of file that is taken.")
        elif len(found) >= MOST_FILES:
            over.append(shown)
        else:
            found.append(Attachment(display_name(part.filename), part.content))
    if over:
        more = f" and {len(over) - 1} more files" if len(over) > 1 else ""
        problems.append(f"{over[0]}{more}: left out, only the first {MOST_FILES} files are taken.")
    return tuple(found), tuple(problems)


def _text(parts: list[Part]) -> str:
    """Return the words of the mail, then those of mails inside it; plain text before what can be made of HTML."""
    chosen = []
    for depth in sorted({part.depth for part in parts}):
        here = [part for part in parts if part.depth == depth and not part.filename]
        plain = [mail_parts.words(part) for part in here if part.media_type == "text/plain"]
        marked = [_plain(mail_parts.words(part)) for part in here if part.media_type == "text/html"]
        words = "\n\n".join(text.strip() for text in plain or marked if text.strip())
        if words:
            chosen.append(f"Forwarded in it:\n\n{words}" if depth else words)
    return "\n\n".join(chosen).replace("\x00", "")[:LONGEST_TEXT]


class _Words(HTMLParser):
    """The words of a page, without anything that acts; an address of a link is left out, its words stay."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in _SILENT
        if tag in _BREAKING:
            self.found.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT and self._silent:
            self._silent -= 1
        if tag in _BREAKING:
            self.found.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.found.append(data)


def _plain(html: str) -> str:
    reader = _Words()
    reader.feed(html[: 5 * LONGEST_TEXT])
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.found).splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
