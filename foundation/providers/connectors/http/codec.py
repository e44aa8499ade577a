"""From JSON to dataclasses and back, by the types of their fields: strict about what it knows, blind to the rest.

Names that a class does not know are left out, so that each side may say more before the other understands it. What is
missing takes the field's default, where it has one. A refusal names the place and never the value.
"""

import json
import re
import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

# Letters of a text, unless its field is one of those that are meant to be long.
LONGEST = 1000
LONG = {"text": 100_000}
# What rows and people know accounts by: printable, and no longer than the columns in which it is kept.
_NUMBERS = {"account": 100, "uid": 100, "linked": 100, "holder": 40}
# Of lists and maps; a page of files or identifiers is shorter still.
MOST = 10_000
_LARGEST = 2**63 - 1
# The first and the last years of all cannot be written in every zone.
_YEARS = range(1900, 9001)

T = TypeVar("T")
_HASHES = frozenset({"sha256", "digest"})
_HASH = re.compile(r"(?:[0-9a-f]{64})?")
_AMOUNT = re.compile(r"[0-9]{1,20}(?:[.][0-9]{1,18})?")


class BadMessage(ValueError):
    """What came is not what the description says; str() is the place and what is wrong with it."""


def to_json(value: object) -> Any:
    """Return what json.dumps takes: times in UTC with Z, amounts as text."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_json(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, datetime):
        return written(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, Mapping):
        return {str(name): to_json(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    return str(value) if isinstance(value, StrEnum) else value


def to_bytes(value: object) -> bytes:
    """Return the body of a call or an answer."""
    return json.dumps(to_json(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def from_bytes(wanted: type[T], body: bytes) -> T:
    """Read the body of a call or an answer. Raises BadMessage."""
    try:
        data = json.loads(body, parse_constant=_no_constant, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise BadMessage("The body is not JSON as it should be.") from error
    return from_json(wanted, data)


def from_json(wanted: type[T], data: object, place: str = "") -> T:
    """Read what json.loads gave. Raises BadMessage."""
    if not isinstance(data, dict):
        raise BadMessage(f"{place or 'The body'} is not an object.")
    values = {}
    for name, kind, needed in _fields(cast("Any", wanted)):
        inner = f"{place}.{name}" if place else name
        if name in data:
            values[name] = _read(kind, data[name], inner, LONG.get(name, _NUMBERS.get(name, LONGEST)))
        elif needed:
            raise BadMessage(f"{inner} is missing.")
    _check_words(values, place)
    return wanted(**values)


def written(moment: datetime) -> str:
    """Write a time as it stands on the wire: 2026-11-20T16:00:00Z."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _check_words(values: Mapping[str, Any], place: str) -> None:
    for name in _HASHES & values.keys():
        if not _HASH.fullmatch(values[name]):
            raise BadMessage(f"{place}.{name} is not 64 hexadecimal digits in lower case.".lstrip("."))
    for name in _NUMBERS.keys() & values.keys():
        # A list of them is looked at as one word: whatever is not printable in one is not in all.
        if not "".join(values[name]).isprintable():
            raise BadMessage(f"{place}.{name} has letters that cannot be printed.".lstrip("."))


@cache
def _fields(wanted: Any) -> tuple[tuple[str, Any, bool], ...]:
    hints = get_type_hints(wanted)
    return tuple(
        (field.name, hints[field.name], field.default is MISSING and field.default_factory is MISSING)
        for field in fields(wanted)
    )


def _read(kind: Any, value: object, place: str, longest: int) -> Any:
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        inner = next(item for item in get_args(kind) if item is not type(None))
        return None if value is None else _read(inner, value, place, longest)
    if origin is tuple:
        return _tuple(get_args(kind)[0], value, place, longest)
    if origin is not None:
        return _map(value, place)
    if is_dataclass(kind):
        return from_json(cast("type[Any]", kind), value, place)
    return _plain(kind, value, place, longest)


def _plain(kind: Any, value: object, place: str, longest: int) -> Any:
    if kind is bool:
        return _expected(isinstance(value, bool), value, place, "true or false")
    if kind is int:
        fits = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LARGEST
        return _expected(fits, value, place, "a whole number from 0 on")
    text = _text(value, place, longest)
    if kind is str:
        return text
    if issubclass(kind, StrEnum):
        return _expected(text in set(kind), text, place, "one of the words for it", kind)
    return _converted(kind, text, place)


def _converted(kind: Any, text: str, place: str) -> Any:
    words = {datetime: "a time with its zone", date: "a day", Decimal: "an amount as text"}
    try:
        if kind is Decimal:
            return _expected(bool(_AMOUNT.fullmatch(text)), text, place, words[kind], Decimal)
        moment = kind.fromisoformat(text)
    except ValueError as error:
        raise BadMessage(f"{place} is not {words[kind]}.") from error
    if moment.year not in _YEARS:
        raise BadMessage(f"{place} is not of a year from {_YEARS[0]} to {_YEARS[-1]}.")
    if kind is not datetime:
        return moment
    return _expected(moment.tzinfo is not None, moment, place, words[kind]).astimezone(UTC)


def _text(value: object, place: str, longest: int) -> str:
    if not isinstance(value, str):
        raise BadMessage(f"{place} is not text.")
    if len(value) > longest:
        raise BadMessage(f"{place} is longer than {longest} letters.")
    if any((letter < " " and letter not in "\n\t") or "\ud800" <= letter <= "\udfff" for letter in value):
        raise BadMessage(f"{place} has letters that no text has.")
    return value


def _tuple(kind: Any, value: object, place: str, longest: int) -> tuple[Any, ...]:
    if not isinstance(value, list) or len(value) > MOST:
        raise BadMessage(f"{place} is not a list of {MOST} at most.")
    return tuple(_read(kind, item, f"{place}[{number}]", longest) for number, item in enumerate(value))


def _map(value: object, place: str) -> dict[str, str]:
    if not isinstance(value, dict) or len(value) > MOST:
        raise BadMessage(f"{place} is not an object of {MOST} names at most.")
    return {_text(name, place, LONGEST): _text(item, place, LONGEST) for name, item in value.items()}


def _expected(fits: bool, value: Any, place: str, words: str, kind: Callable[[Any], Any] = lambda given: given) -> Any:
    if not fits:
        raise BadMessage(f"{place} is not {words}.")
    return kind(value)


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Refuse an object that says the same name twice: two readers would understand it in two ways."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found
