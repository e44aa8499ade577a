"""The mark of one person's copy: a ZIP comment of fixed length at the end of the archive.

Everything before the mark is the same for everybody, so one stored archive serves all of them, from any byte on. The
stored one has zeros where a copy has its mark: who puts them back gets the archive whose hash was certified.
"""

import re
import secrets

from foundation.core.references import ALPHABET

# 24 of 31 symbols: 118 bits, so that nobody makes up the mark of another person.
_GROUPS, _GROUP = 6, 4
BLANK = "-".join(["0" * _GROUP] * _GROUPS)
_WORDS = "This copy was made for one person. Mark: "
_FOUND = re.compile(rb"Mark: ([0-9A-Z]{4}(?:-[0-9A-Z]{4}){5})")
# Read as people misread them (foundation.core.references).
_FOLD = str.maketrans("ILO", "110")


def new_mark() -> str:
    """Return a fresh random mark, in groups that can be typed."""
    return _grouped("".join(secrets.choice(ALPHABET) for _ in range(_GROUPS * _GROUP)))


def normalise_mark(text: str) -> str | None:
    """Return the mark somebody typed (any case, with or without dashes and spaces), or None if it is not one."""
    code = re.sub(r"[\s\-\u2010-\u2015]+", "", text).upper().translate(_FOLD)
    if len(code) != _GROUPS * _GROUP or not set(code) <= set(ALPHABET):
        return None
    return _grouped(code)


def comment(mark: str) -> bytes:
    """Return the comment with this mark, the last bytes of an archive: a copy has it in place of the blank one."""
    return f"{_WORDS}{mark}".encode()


def mark_in(content: bytes) -> str | None:
    """Return the last mark in the end of a file, or None; the blank one of a stored archive is none."""
    found = [match.decode() for match in _FOUND.findall(content)]
    return found[-1] if found and found[-1] != BLANK else None


def _grouped(code: str) -> str:
    return "-".join(code[at : at + _GROUP] for at in range(0, len(code), _GROUP))
