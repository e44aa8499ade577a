"""python -m foundation.documents.sandbox.pdf signatures MEDIA-TYPE TRUST-FOLDER TIME: a PDF in, one answer out.

The answer is {"signatures": […], "empty": n} or {"unread": true}.
"""

import json
import logging
import sys
from datetime import datetime

from foundation.documents.sandbox import limits
from foundation.documents.sandbox.signatures import Verifier, read_anchors


def main(program: str, folder: str, at: str) -> None:
    """Read what is needed from the disk, enter the sandbox, then judge the signatures of one file."""
    if program != "signatures":
        raise SystemExit(2)
    logging.disable(logging.CRITICAL)  # nobody reads it, and it may name what is in the file
    verifier = Verifier(read_anchors(folder), datetime.fromisoformat(at))
    limits.enter()
    answer = verifier.read(sys.stdin.buffer.read(limits.INPUT_LIMIT))
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(sys.argv[1], *sys.argv[3:])
