"""A file that is two at once: the portal would look at one of them, and the reader's program might open the other."""

import re
import struct

from foundation.documents.sandbox.refusal import Refused

# The end of a ZIP archive: 22 bytes and a comment of up to 65,535.
_ZIP_END = b"PK\x05\x06"
_ZIP_TAIL = 22 + 65_535 + 1024
_ZIP_ENTRY = b"PK\x01\x02"
# Readers of PDF look for its beginning in the first kilobyte, and some all over the file.
_OTHERS = re.compile(rb"%PDF-[12]\.|<\?php|<script[ >]|Rar!\x1a\x07|7z\xbc\xaf\x27\x1c", re.IGNORECASE)

TWO = "There is a second file inside this one. Open it, save or print it as a new file, and send that."


def refuse_hidden_archive(content: bytes) -> None:
    """Raise Refused when programs that unpack archives would find one in this file."""
    tail_at = max(len(content) - _ZIP_TAIL, 0)
    at = content.rfind(_ZIP_END, tail_at)
    while at >= 0:
        if _is_archive(content, at):
            raise Refused(TWO)
        at = content.rfind(_ZIP_END, tail_at, at)


def refuse_second_format(content: bytes) -> None:
    """Raise Refused when a picture holds a page, a program or an archive that other programs would find in it."""
    if _OTHERS.search(content):
        raise Refused(TWO)
    refuse_hidden_archive(content)


def _is_archive(content: bytes, at: int) -> bool:
    """Look whether the end record at this place belongs to a list of entries in front of it."""
    record = content[at : at + 22]
    if len(record) < 22:
        return False
    entries, size = struct.unpack_from("<HI", record, 10)
    if not entries or size in {0, 0xFFFFFFFF}:
        return True
    return content[max(at - size, 0) :].startswith(_ZIP_ENTRY)
