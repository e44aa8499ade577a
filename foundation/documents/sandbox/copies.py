"""python -m foundation.documents.sandbox.copies sanitise|check MEDIA-TYPE …: a PDF in, one answer out.

sanitise answers {"length": n} and that many bytes, or {"none": why}. check PAGES answers {"fit": true} or
{"none": why}. Apart from pdf.py, whose reader of signatures takes half a second to load.
"""

import json
import sys
from typing import Any

import pikepdf

from foundation.documents.sandbox import limits
from foundation.documents.sandbox.copy_check import UnfitError, check
from foundation.documents.sandbox.sanitise import UnfitError as NotCopied
from foundation.documents.sandbox.sanitise import sanitise

# What pikepdf raises at a file that is not as it should be.
_BROKEN = (
    pikepdf.PdfError, UnfitError, NotCopied, ValueError, TypeError, KeyError, AttributeError, RuntimeError,
    NotImplementedError,
)  # fmt: skip


def main(program: str, *given: str) -> None:
    """Enter the sandbox, then do one thing to one file."""
    limits.enter()
    content = sys.stdin.buffer.read(limits.INPUT_LIMIT)
    try:
        if program == "sanitise":
            copy = sanitise(content)
            _say({"length": len(copy)})
            sys.stdout.buffer.write(copy)
        elif program == "check":
            check(content, int(given[0]))
            _say({"fit": True})
    except _BROKEN as error:
        _say({"none": f"{type(error).__name__}: {error}"[:200]})


def _say(message: dict[str, Any]) -> None:
    sys.stdout.buffer.write(json.dumps(message).encode() + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(sys.argv[1], *sys.argv[3:])
