"""The exact bytes of an entry: canonical JSON, and what may not stand in it."""

import json
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import TypeAlias

import orjson

JSON: TypeAlias = "str | int | float | bool | Sequence[JSON] | Mapping[str, JSON] | None"

SENSITIVE = ("password", "passphrase", "secret", "token", "totp")


_encoded = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode


def encode(value: JSON) -> bytes:
    """Return value as JSON with sorted keys, no spaces, UTF-8: the same value always gives the same bytes."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # a number over 64 bits, or nothing that is JSON: then this says what
        return _encoded(value).encode()


def stamp(at: datetime) -> str:
    """Return the moment in UTC with all six digits of the microseconds."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def clean_text(text: object) -> str:
    """Return text that PostgreSQL and UTF-8 can hold, so that odd input never costs the entry."""
    if type(text) is str and text.isascii() and "\x00" not in text:  # nearly always, and much cheaper
        return text
    return str(text).replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def clean(value: JSON) -> JSON:
    """Return value with clean text all the way down; raise ValueError where a key names something sensitive."""
    if isinstance(value, str):
        return clean_text(value)
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"The trail stores JSON: {value} is not.")
        return value
    if isinstance(value, Mapping):
        return {_key(key): clean(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview):
        return [clean(item) for item in value]
    raise TypeError(f"The trail stores JSON: {type(value).__name__} is not.")


@lru_cache(maxsize=2048)  # keys stand in the code, so they are few
def _key(key: str) -> str:
    if not isinstance(key, str):
        raise TypeError(f"The trail stores JSON: the key {key!r} is not text.")
    if any(word in key.casefold() for word in SENSITIVE):
        raise ValueError(f"The trail does not store {key!r}: it is kept for years and read by many.")
    return clean_text(key)
