"""Saved mails: they look like one, have an end, and carry nothing that runs."""

import email.utils
from typing import IO

from foundation.documents.filetypes import FileType, wrong_content
from foundation.documents.sandbox import mail_parts
from foundation.documents.sandbox.examine.carried import is_dangerous, short
from foundation.documents.sandbox.refusal import Refused, whole

NO_MAIL = (
    "The file is named as a mail, but has no sender and date. In the mail program, save the message itself as .eml, "
    "or print it to a PDF."
)
CUT = "The end of the mail is missing. Save it once more in the mail program and send that."


def parse(head: bytes, source: IO[bytes], kind: FileType) -> None:
    """Look through the mail; raise Refused."""
    content = whole(head, source, kind)
    if b"\0" in content:
        raise Refused(wrong_content(kind))
    message = mail_parts.read(content)
    if not mail_parts.header(message, "From") or not _is_date(mail_parts.header(message, "Date")):
        raise Refused(NO_MAIL)
    for part in mail_parts.parts(message):
        _check(part)
    if message.is_multipart() and any("CloseBoundaryNotFound" in type(defect).__name__ for defect in message.defects):
        raise Refused(CUT)


def _is_date(text: str) -> bool:
    try:
        return email.utils.parsedate_tz(text) is not None
    except (ValueError, TypeError, IndexError, OverflowError):
        return False


def _check(part: mail_parts.Part) -> None:
    if is_dangerous(part.filename, part.content):
        raise Refused(
            f"The mail carries an attachment that can run or that cannot be looked into ({short(part.filename)}). "
            "Save the mail without it, or print the mail to a PDF, and send that."
        )
