"""python -m foundation.documents.sandbox examine|render|marks MEDIA-TYPE: a file on standard input, JSON lines out.

examine answers {"pages": …} or {"refused": …}. marks answers {"marks": {…}}. render answers one line {"number",
"width", "height", "length", "text"} for each page, followed by that many bytes of PNG, and in the end {"done": true}.
"""

import codecs
import json
import sys
from typing import Any

from PIL import Image

from foundation.documents import filetypes
from foundation.documents.sandbox import limits
from foundation.documents.sandbox.examine import Refused, examine
from foundation.documents.sandbox.marks import read_marks
from foundation.documents.sandbox.render import render


def main(program: str, media_type: str) -> None:
    """Enter the sandbox, then do one thing to one file."""
    _load_what_is_loaded_late()
    limits.enter()
    kind = filetypes.by_media_type(media_type)
    if kind is None or program not in {"examine", "marks", "render"}:
        raise SystemExit(2)
    if program == "examine":
        try:
            _say({"pages": examine(sys.stdin.buffer, kind)})
        except Refused as refusal:
            _say({"refused": str(refusal)})
        return
    if program == "marks":
        _say({"marks": read_marks(sys.stdin.buffer.read(limits.INPUT_LIMIT), kind)})
        return
    for page in render(sys.stdin.buffer.read(limits.INPUT_LIMIT), kind):
        _say(
            {
                "number": page.number,
                "width": page.width,
                "height": page.height,
                "length": len(page.png),
                "text": page.text,
            }
        )
        sys.stdout.buffer.write(page.png)
    _say({"done": True})


def _load_what_is_loaded_late() -> None:
    """Read from the disk now what Pillow and the codecs would read in the middle of a hostile file."""
    Image.preinit()
    for name in ("utf-8-sig", "utf-16-le"):
        codecs.lookup(name)


def _say(message: dict[str, Any]) -> None:
    sys.stdout.buffer.write(json.dumps(message).encode() + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
