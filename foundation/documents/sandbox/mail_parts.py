"""A saved mail (.eml) taken apart, with limits on everything that a mail can have without end."""

import email
import email.errors
import email.header
import email.parser
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from email.message import Message

from foundation.documents.filetypes import display_name
from foundation.documents.sandbox.refusal import Refused

PARTS = 500
DEPTH = 12
HEADER = 2000
# Of a mail this much is read for its header; those of real mails are far shorter.
HEAD = 256 * 1024
# Boundaries are declared once for each level: far more of them than levels is an attack on the reader.
BOUNDARIES = 200

DEEP = "The mail has parts within parts without end. Print it to a PDF and send that."
MANY = f"The mail has more than {PARTS} parts. Print it to a PDF and send that."


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a mail that holds something, and where it stands."""

    media_type: str
    filename: str
    content: bytes
    depth: int
    message: "Message[str, str]"

    @property
    def attached(self) -> bool:
        """Whether it is a file of its own, and not the words of the mail."""
        return bool(self.filename) or self.depth > 0 or not self.media_type.startswith("text/")


def read(content: bytes) -> "Message[str, str]":
    """Return the mail; raise Refused for one that is made to be endless."""
    if content.lower().count(b"boundary") > BOUNDARIES or content.lower().count(b"message/rfc822") > BOUNDARIES:
        raise Refused(DEEP)
    try:
        return email.message_from_bytes(content)
    except (RecursionError, email.errors.MessageError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise Refused(DEEP) from error


def head(content: bytes) -> "Message[str, str]":
    """Return the outermost header alone, read up to HEAD bytes, so that it is there even where the parts are not."""
    return email.parser.BytesHeaderParser().parsebytes(content[:HEAD])


def parts(message: "Message[str, str]") -> Iterator[Part]:
    """Yield what the mail holds, forwarded mails too; raise Refused for too many parts or levels."""
    waiting = [(message, 0, 0)]
    count = 0
    while waiting:
        part, level, depth = waiting.pop()
        count += 1
        if count > PARTS:
            raise Refused(MANY)
        if level > DEPTH:
            raise Refused(DEEP)
        inner = part.get_payload() if part.is_multipart() else None
        if isinstance(inner, list):
            # A mail inside a mail: everything in it is attached.
            deeper = depth + (part.get_content_type() == "message/rfc822")
            waiting.extend((one, level + 1, deeper) for one in reversed(inner) if isinstance(one, Message))
            continue
        yield Part(part.get_content_type()[:100], _filename(part), _payload(part), depth, part)


def header(message: "Message[str, str]", name: str) -> str:
    """Return a header as a person reads it, on one line, not endless and without NUL; empty when there is none."""
    value = message.get(name)
    if value is None:
        return ""
    text = str(value)[: HEADER * 2]
    with suppress(ValueError, LookupError, TypeError, AttributeError, email.errors.MessageError):
        text = str(email.header.make_header(email.header.decode_header(text)))
    return " ".join(text.encode("utf-8", "replace").decode().replace("\x00", " ").split())[:HEADER]


def words(part: Part) -> str:
    """Return the text of a part in the characters that it names, or in those that it can be."""
    charset = part.message.get_content_charset() or "utf-8"
    for name in (charset, "utf-8", "cp1252"):
        try:
            return part.content.decode(name)
        except (LookupError, ValueError):
            continue
    return part.content.decode("latin-1")


def _filename(part: "Message[str, str]") -> str:
    try:
        name = part.get_filename()
    except (ValueError, LookupError, TypeError, AttributeError, IndexError):
        name = "attachment"
    return display_name(str(name)[:1000]) if name else ""


def _payload(part: "Message[str, str]") -> bytes:
    try:
        content = part.get_payload(decode=True)
    except (ValueError, LookupError, TypeError, AttributeError, AssertionError):
        content = None
    return content if isinstance(content, bytes) else b""
