"""Is the file what its name says? Two sniffers and the parser of the format must agree.

Only the parser that is needed is loaded (`load`), before the limits are set.
"""

from collections.abc import Callable
from importlib import import_module
from typing import IO

from foundation.documents.filetypes import Family, FileType, wrong_content
from foundation.documents.sandbox.examine.sniffing import sniffers_agree
from foundation.documents.sandbox.refusal import Refused

HEAD = 64 * 1024
Parser = Callable[[bytes, IO[bytes], FileType], int | None]

_PARSERS = {
    Family.PDF: "pdf",
    Family.IMAGE: "images",
    Family.TEXT: "text",
    Family.TABLE: "text",
    Family.MAIL: "mail",
    Family.OFFICE: "packages",
}
TOO_MUCH = "The file unpacks to more than can be looked through. Save it as a PDF in smaller parts and send those."
TOO_DEEP = "The file is nested too deeply to be looked through. Save it as a PDF and send that."


def load(kind: FileType) -> Parser:
    """Return the parser of a format: it gives the number of pages, where the format has pages, or raises Refused."""
    parser: Parser = import_module(f"{__name__}.{_PARSERS[kind.family]}").parse
    return parser


def examine(source: IO[bytes], kind: FileType, parse: Parser) -> int | None:
    """Return the number of pages where the format has pages; raise Refused when anything disagrees."""
    head = source.read(HEAD)
    if not head:
        raise Refused("The file is empty. Look whether it opens on your computer, and send it again.")
    if not kind.begins(head) or not sniffers_agree(head, kind):
        raise Refused(wrong_content(kind))
    try:
        return parse(head, source, kind)
    except MemoryError as error:
        raise Refused(TOO_MUCH) from error
    except RecursionError as error:
        raise Refused(TOO_DEEP) from error
