"""How a program in the sandbox says no, and how it takes a file whole."""

from typing import IO

from foundation.documents.filetypes import FileType
from foundation.documents.sandbox.limits import INPUT_LIMIT


class Refused(Exception):
    """The file is not taken; the message is a sentence for the person who sent it, and says what to do."""


def whole(head: bytes, source: IO[bytes], kind: FileType) -> bytes:
    """Return the content, as far as a parser may have it in memory; raise Refused when it is larger."""
    rest = source.read(INPUT_LIMIT - len(head) + 1)
    if len(head) + len(rest) > INPUT_LIMIT:
        raise Refused(
            f"A file of this kind ({kind.label}) may have {INPUT_LIMIT // 1024**2} MB at most. "
            "Split it and send the parts."
        )
    return head + rest
