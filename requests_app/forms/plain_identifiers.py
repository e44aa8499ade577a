"""What an officer in a hurry typed about an account, where the line has no kind: taken as it is, and sorted by staff.

Only the emergency request reads lines this way. A secret, and a value that was plainly mistyped, is told as elsewhere.
"""

from dataclasses import replace

from foundation.core.identifier_kinds import IdentifierKind
from foundation.core.identifier_lines import WRITE_KIND, read_line
from foundation.core.identifiers import LONGEST, Identifier, read_identifier

# "user 4471902", "user ID 4471902": so many words may stand before the value.
_WORDS_BEFORE = 2
_NUMBERS = frozenset({"user", "uid", "id", "account", "customer", "client"})


def read_anyhow(lines: list[tuple[int, Identifier]]) -> list[tuple[int, Identifier]]:
    """Return the lines that were read, those without a kind by the value in them, else as the name of somebody."""
    return [(number, _anyhow(item)) for number, item in lines]


def _anyhow(item: Identifier) -> Identifier:
    if item.accepted or item.masked or item.why != WRITE_KIND or len(item.given) >= LONGEST:
        return item
    rest = item.given.replace("#", " ").replace(":", " ")
    for _word in range(_WORDS_BEFORE):
        word, _space, rest = rest.strip().partition(" ")
        rest = rest.strip()
        found = _value(word, rest) if rest else item
        if found.masked:
            return found
        if found.accepted:
            return replace(found, given=item.given)
    return _name(item)


def _value(word: str, rest: str) -> Identifier:
    """Read what stands behind a word; behind "user" a number is a user ID whatever else it could be."""
    found = read_line(rest)
    if found.accepted or found.masked or word.lower() not in _NUMBERS or not rest.isdecimal():
        return found
    return read_identifier(IdentifierKind.UID, rest)


def _name(item: Identifier) -> Identifier:
    """Take a line for the name of somebody, also one with spaces, which an ordinary request refuses."""
    named = read_identifier(IdentifierKind.USERNAME, item.given)
    if named.accepted or named.masked:
        return named
    return Identifier(IdentifierKind.USERNAME, item.given, " ".join(item.given.casefold().split()))
