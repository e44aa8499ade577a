"""What a name looks like to the eye: letters of all scripts, digits and pairs read as the letter they resemble."""

# ruff: noqa: RUF001 - letters that look alike are what this is about

import unicodedata
from functools import lru_cache

import idna
from confusable_homoglyphs import confusables

# Read alike in small letters: folded on both sides before two names are compared.
_PAIRS = (("rn", "m"), ("vv", "w"))
_LETTERS = str.maketrans("01ij!|23456789q", "olllllzeasbtbgg", "-._")
# What the Unicode table of look-alikes leaves out, as small letters.
_MORE = {
    "ɑ": "a",
    "ɡ": "g",
    "ʜ": "h",
    "ı": "l",
    "ɩ": "l",
    "ɪ": "l",
    "ł": "l",
    "ӏ": "l",
    "ĸ": "k",
    "ø": "o",
    "ǫ": "o",
    "ß": "b",
    "ƿ": "p",
    "ŧ": "t",
    "đ": "d",
    "ħ": "h",
    "æ": "ae",
    "œ": "oe",
    "þ": "p",
    "ʏ": "y",
    "ʀ": "r",
    "ɴ": "n",
    "ᴄ": "c",
    "ᴏ": "o",
    "ѕ": "s",
    "ь": "b",
    "г": "r",
    "т": "t",
    "к": "k",
    "м": "m",
    "н": "h",
    "в": "b",
    "з": "e",
    "и": "n",
    "п": "n",
    "л": "n",
    "д": "d",
    "ε": "e",
    "η": "n",
    "κ": "k",
    "μ": "u",
    "τ": "t",
    "ω": "w",
    "χ": "x",
}


def readable(name: str) -> str:
    """Return A-labels as people see them; what does not decode stays as it is."""
    return ".".join(_readable_label(label) for label in name.split("."))


@lru_cache(maxsize=50_000)
def fold(text: str) -> str:
    """Return the skeleton of a name: two names that the eye confuses have the same one."""
    plain = text if text.isascii() else "".join(_plain(letter) for letter in unicodedata.normalize("NFKD", text))
    plain = plain.lower().translate(_LETTERS)
    for seen, meant in _PAIRS:
        plain = plain.replace(seen, meant)
    return plain


def letters_of(text: str) -> int:
    """Return a set of bits for the letters of a skeleton: one change of a name changes two of them at most."""
    bits = 0
    for letter in text:
        bits |= 1 << (ord(letter) % 61)
    return bits


def distance(one: str, other: str, *, most: int) -> int:
    """Return how many letters change, are added, go, or swap places with the next; most + 1 when it is more."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    older: list[int] = []
    last = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > most and min(last) > most:
            return most + 1
        older, last = last, row
    return last[-1]


def mixes_scripts(name: str) -> bool:
    """Say whether letters of another script stand in for Latin ones (a Cyrillic a in "police")."""
    shown = readable(name)
    return "xn--" in shown or bool(confusables.is_dangerous(shown))


def _readable_label(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return idna.decode(label)
    except idna.IDNAError:
        return label


def _plain(letter: str) -> str:
    if letter.isascii():
        return letter
    if unicodedata.combining(letter):
        return ""
    if letter in _MORE:
        return _MORE[letter]
    for alike in confusables.confusables_data.get(letter, ()):
        if alike["c"].isascii() and alike["c"].isalnum():
            return str(alike["c"])
    return letter
