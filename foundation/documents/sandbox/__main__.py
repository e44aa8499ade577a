"""python -m foundation.documents.sandbox examine|render|marks MEDIA-TYPE [CPU-SECONDS]: a file in, JSON lines out.

examine answers {"pages": …} or {"refused": …}. marks answers {"marks": {…}}. render answers for each page one line
{"number", "total", "width", "height", "length", "text"} and length bytes of PNG, and in the end {"done": true}.
Only what the format needs is imported, and all of it before the limits are set: a start takes a tenth of a second.
"""

import codecs
import json
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

from foundation.documents import filetypes
from foundation.documents.filetypes import FileType
from foundation.documents.sandbox import limits
from foundation.documents.sandbox.refusal import Refused

_HERE = "foundation.documents.sandbox"


def main(program: str, media_type: str, cpu_seconds: str = str(limits.CPU_SECONDS)) -> None:
    """Load what is needed, enter the sandbox, then do one thing to one file."""
    kind = filetypes.by_media_type(media_type)
    if kind is None or program not in _PROGRAMS:
        raise SystemExit(2)
    for name in ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1", "idna"):
        codecs.lookup(name)
    run = _PROGRAMS[program](kind)
    limits.enter(int(cpu_seconds))
    run()


def _examine(kind: FileType) -> Callable[[], None]:
    module = import_module(f"{_HERE}.examine")
    parse = module.load(kind)

    def run() -> None:
        try:
            _say({"pages": module.examine(sys.stdin.buffer, kind, parse)})
        except Refused as refusal:
            _say({"refused": str(refusal)})

    return run


def _marks(kind: FileType) -> Callable[[], None]:
    read_marks = import_module(f"{_HERE}.marks").read_marks
    return lambda: _say({"marks": read_marks(sys.stdin.buffer.read(limits.INPUT_LIMIT), kind)})


def _render(kind: FileType) -> Callable[[], None]:
    module = import_module(f"{_HERE}.render")
    render = module.load(kind)

    def run() -> None:
        for page in render(sys.stdin.buffer.read(module.input_limit(kind)), kind):
            values = {name: getattr(page, name) for name in ("number", "total", "width", "height", "text")}
            _say(values | {"length": len(page.png)})
            sys.stdout.buffer.write(page.png)
        _say({"done": True})

    return run


_PROGRAMS = {"examine": _examine, "marks": _marks, "render": _render}


def _say(message: dict[str, Any]) -> None:
    sys.stdout.buffer.write(json.dumps(message).encode() + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
