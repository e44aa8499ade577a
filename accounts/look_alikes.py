"""Does a domain imitate another? Pure functions on names."""

from collections.abc import Iterable

import idna
from confusable_homoglyphs import confusables

# What looks alike in small letters: folded before two names are compared.
_FOLDS = (("rn", "m"), ("vv", "w"), ("cl", "d"), ("0", "o"), ("1", "l"), ("i", "l"), ("5", "s"), ("-", ""), ("_", ""))
_SHORT = 5


def imitation(name: str, known: Iterable[str]) -> tuple[str, str] | None:
    """Return the known name that this one imitates and how, or None. Names are registered domains (A-labels)."""
    candidates = sorted(set(known))
    if name in candidates:
        return None
    for other in candidates:
        if how := _how(name, other):
            return other, how
    return None


def mixes_scripts(name: str) -> bool:
    """Say whether letters of another script stand in for Latin ones (a Cyrillic a in "police")."""
    try:
        shown = idna.decode(name)
    except idna.IDNAError:
        return True
    return bool(confusables.is_dangerous(shown))


def distance(one: str, other: str, *, most: int) -> int:
    """Return how many letters must change, be added or go (Levenshtein), or most + 1 when it is more."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        last, row = row, [i]
        for j, b in enumerate(other, 1):
            row.append(min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b)))
        if min(row) > most:
            return most + 1
    return row[-1]


def _how(name: str, other: str) -> str:
    mine, _, ending = name.partition(".")
    theirs, _, their_ending = other.partition(".")
    if mine == theirs:
        return f"has the ending .{ending} instead of .{their_ending}"
    if _folded(mine) == _folded(theirs):
        return "uses letters that look like those of a known domain"
    if len(theirs) > _SHORT and theirs in mine:
        extra = mine.replace(theirs, "", 1)
        return f"adds {extra} to a known domain"
    most = 1 if len(theirs) <= 2 * _SHORT else 2
    if len(theirs) > _SHORT and distance(mine, theirs, most=most) <= most:
        return "differs from a known domain by a letter or two"
    return ""


def _folded(label: str) -> str:
    for seen, meant in _FOLDS:
        label = label.replace(seen, meant)
    return label
