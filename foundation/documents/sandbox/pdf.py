"""python -m foundation.documents.sandbox.pdf signatures|sanitise|check MEDIA-TYPE …: a PDF in, one answer out.

signatures TRUST-FOLDER TIME answers {"signatures": […], "empty": n} or {"unread": true}. sanitise answers {"length": n}
and that many bytes, or {"none": why}. check PAGES answers {"fit": true} or {"none": why}.
"""

import json
import sys
from datetime import datetime
from typing import Any

import pikepdf

from foundation.documents.sandbox import limits
from foundation.documents.sandbox.copy_check import UnfitError, check
from foundation.documents.sandbox.sanitise import UnfitError as NotCopied
from foundation.documents.sandbox.sanitise import sanitise
from foundation.documents.sandbox.signatures import Verifier, read_anchors

# What pikepdf raises at a file that is not as it should be.
_BROKEN = (
    pikepdf.PdfError, UnfitError, NotCopied, ValueError, TypeError, KeyError, AttributeError, RuntimeError,
    NotImplementedError,
)  # fmt: skip


def main(program: str, *given: str) -> None:
    """Read what is needed from the disk, enter the sandbox, then do one thing to one file."""
    verifier = None
    if program == "signatures":
        folder, at = given
        verifier = Verifier(read_anchors(folder), datetime.fromisoformat(at))
    limits.enter()
    content = sys.stdin.buffer.read(limits.INPUT_LIMIT)
    if verifier is not None:
        _say(verifier.read(content))
        return
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
