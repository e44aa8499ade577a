"""A table as JSON: the rows of the CSV, with what each column means and in which time zone its times are."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from foundation.documents import services as documents
from foundation.documents.models import Document
from requests_app.services.guard import Scope
from requests_app.services.table_reading import read_table

TIME_ZONE = "UTC"
_PIECE = 256 * 1024


def pieces(table: Document, scope: Scope, columns: Mapping[str, str]) -> Iterator[bytes]:
    """Return the table as JSON in pieces, read from its stored CSV row by row; each value is the text in the CSV."""
    rows = read_table(documents.pieces(table))
    _raw, names = next(rows)
    yield from _gathered(_parts(_head(scope, names, columns), names, (fields for _raw, fields in rows if fields)))


def _head(scope: Scope, names: list[str], columns: Mapping[str, str]) -> dict[str, object]:
    return {
        "account": scope.account,
        "category": scope.category,
        "period": {"from": _stamp(scope.period_from), "to": _stamp(scope.period_to), "to_is_included": False},
        "time_zone": TIME_ZONE,
        "fields": {name: columns.get(name, "") for name in names},
    }


def _parts(head: Mapping[str, object], names: list[str], rows: Iterable[list[str]]) -> Iterator[str]:
    yield f'{_text(head)[:-1]}, "rows": ['
    separator = "\n"
    for row in rows:
        yield f"{separator}{_text(dict(zip(names, row, strict=True)))}"
        separator = ",\n"
    yield "\n]}\n"


def _gathered(parts: Iterable[str]) -> Iterator[bytes]:
    """Put small parts together, so that each piece is worth encrypting."""
    held, size = [], 0
    for part in parts:
        encoded = part.encode()
        held.append(encoded)
        size += len(encoded)
        if size >= _PIECE:
            yield b"".join(held)
            held, size = [], 0
    yield b"".join(held)


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
