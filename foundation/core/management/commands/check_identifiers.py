"""`manage.py check_identifiers`: what the portal makes of each line of standard input."""

import json
import sys
from collections.abc import Iterator
from typing import IO, Any

from django.core.management.base import BaseCommand

from foundation.core.identifier_lines import read_line

# A line is read up to here; the rest of it is passed over, so that one line cannot fill the memory.
_LONGEST = 8192


class Command(BaseCommand):
    """Prints one JSON line for each line that is not empty. Anything is a line to it, also bytes that are no text."""

    help = (
        "Read lines `kind,value[,network[,detail]]` or bare values from standard input and say for each: accepted, "
        "corrected or refused, and why."
    )
    requires_system_checks: list[str] = []
    stealth_options = ("stdin",)

    def handle(self, *args: Any, **options: Any) -> None:
        """Answer line by line; a reader that goes away ends it quietly."""
        source: IO[bytes] = options.get("stdin") or sys.stdin.buffer
        try:
            for line in _lines(source):
                if line.strip("\ufeff \t\r\n"):
                    self.stdout.write(answer(line))
        except BrokenPipeError:
            sys.stderr.close()


def answer(line: str) -> str:
    """Return the JSON of one line. In ASCII: a terminal of any kind can show it."""
    found = read_line(line)
    said = {
        "given": found.given,
        "kind": found.kind,
        "network": found.network,
        "normalised": found.normalised,
        "verdict": str(found.verdict),
        "why": found.why or found.changed,
        "detail": found.detail,
    }
    return json.dumps(said)


def _lines(source: IO[bytes]) -> Iterator[str]:
    """Yield each line as text; what is not UTF-8 becomes a sign that the readers refuse."""
    while piece := source.readline(_LONGEST):
        line = piece
        while not piece.endswith(b"\n") and len(piece) == _LONGEST:
            piece = source.readline(_LONGEST)
        yield line.decode("utf-8", "replace")
