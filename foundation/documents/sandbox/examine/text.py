"""Text and CSV of any length: every byte is a character that text may hold."""

import codecs
import csv
import io
from typing import IO

from foundation.documents.filetypes import Family, FileType, wrong_content
from foundation.documents.sandbox.encodings import UTF16_MARKS, WESTERN, Western, decode
from foundation.documents.sandbox.refusal import Refused

CHUNK = 1024 * 1024
FIELD = 1024 * 1024
# The control characters that text may hold.
_CONTROLS = frozenset("\t\n\r\f\x1b")


def parse(head: bytes, source: IO[bytes], kind: FileType) -> None:
    """Read to the end; raise Refused at the first thing that is no text."""
    if kind.family is Family.TABLE:
        _check_table(head, kind)
    utf16 = head.startswith(UTF16_MARKS)
    decoder = codecs.getincrementaldecoder("utf-16" if utf16 else "utf-8-sig")()
    chunk, only_ascii = head, True
    try:
        while chunk:
            text = decoder.decode(chunk)
            _check_characters(text, kind)
            only_ascii = only_ascii and chunk.isascii()
            chunk = source.read(CHUNK)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        if utf16 or not only_ascii:
            raise Refused(_unknown_characters(kind)) from error
        _check_western(chunk, source, kind)


def _check_western(chunk: bytes, source: IO[bytes], kind: FileType) -> None:
    """Go on from the first byte that is not UTF-8; everything before it was plain ASCII."""
    western = Western()
    while chunk:
        if not western.take(chunk):
            raise Refused(_unknown_characters(kind))
        _check_characters(chunk.decode(WESTERN, "replace"), kind)
        chunk = source.read(CHUNK)
    if not western.sure():
        raise Refused(_unknown_characters(kind))


def _check_characters(text: str, kind: FileType) -> None:
    if text.isprintable():
        return
    if any(character < " " and character not in _CONTROLS for character in set(text)):
        raise Refused(wrong_content(kind))


def _check_table(head: bytes, kind: FileType) -> None:
    """Read the first rows as a program for tables would."""
    csv.field_size_limit(FIELD)
    try:
        for _row in csv.reader(io.StringIO(decode(head), newline="")):
            pass
    except csv.Error as error:
        raise Refused(wrong_content(kind)) from error


def _unknown_characters(kind: FileType) -> str:
    how = "in Excel as “CSV UTF-8”" if kind.family is Family.TABLE else "in Notepad with the encoding UTF-8"
    return f"The {kind.label} file is not in UTF-8, so letters could be mistaken. Save it {how} and send that."
