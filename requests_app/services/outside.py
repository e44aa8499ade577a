"""Everything that lies outside of what was granted in one collected table, row by row: the stored file is read again.

Beside a file only the first of each kind is kept; whoever decides about it may want them all.
"""

import csv
import io
import re
from collections.abc import Iterator

from foundation.documents import services as documents
from requests_app.models import CollectedFile
from requests_app.services.collecting import scope_of
from requests_app.services.guard import Aspect, Guard
from requests_app.services.preparing import lines_to_export

_AT_ONCE = 500
# How the guard names a row; the header has no number.
_ROW = re.compile(r"row ([0-9]{1,9})\b")
_HEADER = ("aspect", "what lies outside")


def is_cut(file: CollectedFile) -> bool:
    """Say whether more lies outside than the page names."""
    return file.rows is not None and any(one["count"] > len(one["rows"]) for one in file.findings.values())


def numbers_of(file: CollectedFile) -> set[int]:
    """Return the numbers of the rows that are named outside beside the file: the first of each kind."""
    words = (word for one in file.findings.values() for word in one["rows"])
    return {int(found[1]) for found in map(_ROW.match, words) if found}


def listed(file: CollectedFile) -> Iterator[bytes]:
    """Return a table of everything that lies outside in a file, in pieces; of what is not granted any more nothing."""
    found: list[tuple[str, str]] = [_HEADER]
    scope = scope_of(file.export, lines_to_export(file.export.package))
    if scope is not None:
        guard = Guard(scope, tell=lambda aspect, what: _noted(found, aspect, what))
        for _chunk in guard.watch(documents.pieces(file.document)):
            if len(found) >= _AT_ONCE:
                yield _written(found)
                found.clear()
    yield _written(found)


def _noted(found: list[tuple[str, str]], aspect: Aspect, what: str) -> None:
    found.append((str(aspect), what))


def _written(rows: list[tuple[str, str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()
