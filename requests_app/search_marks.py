"""Which part of a text a search was about: plain pieces that a template escapes and marks, never markup."""

from collections.abc import Iterable
from dataclasses import dataclass

from accounts.folding import fold

_BEFORE, _LENGTH = 60, 200


@dataclass(frozen=True)
class Piece:
    """A piece of a text and whether it is what was searched for."""

    text: str
    marked: bool = False


def pieces(text: str, words: Iterable[str], *, whole: bool = False) -> list[Piece]:
    """Cut a text where one of the words stands, whatever its case and accents; whole: as words of their own."""
    folded, places = _folded(text)
    marks = [False] * len(text)
    for word in {fold(word) for word in words if word}:
        at = folded.find(word)
        while at >= 0:
            end = at + len(word)
            if not whole or _alone(folded, at, end):
                marks[places[at] : places[end - 1] + 1] = [True] * (places[end - 1] + 1 - places[at])
            at = folded.find(word, end)
    found: list[Piece] = []
    start = 0
    for place in range(1, len(text) + 1):
        if place == len(text) or marks[place] != marks[start]:
            found.append(Piece(text[start:place], marks[start]))
            start = place
    return found


def beginning(text: str, squeezed: str) -> list[Piece]:
    """Mark the beginning of a number as far as these letters and digits go, whatever stands between them."""
    left = len(squeezed)
    for place, sign in enumerate(text):
        if not left:
            return [Piece(text[:place], marked=True), Piece(text[place:])]
        left -= sign.isalnum()
    return [Piece(text, marked=not left)]


def excerpt(text: str, words: Iterable[str]) -> list[Piece]:
    """Return the piece of a long text in which the first of the words stands, on one line; empty where none does."""
    found = pieces(" ".join(text.split()), words, whole=True)
    if not any(piece.marked for piece in found):
        return []
    first = found[0]
    if not first.marked and len(first.text) > _BEFORE:
        found[0] = Piece("…" + _from_word(first.text[-_BEFORE:]))
    room = _LENGTH
    kept: list[Piece] = []
    for piece in found:
        if len(piece.text) >= room:
            cut = piece.text if piece.marked else piece.text[:room].rpartition(" ")[0]
            return [*kept, Piece(cut, piece.marked), Piece("…")]
        kept.append(piece)
        room -= len(piece.text)
    return kept


def _from_word(text: str) -> str:
    return text.partition(" ")[2] or text


def _alone(text: str, start: int, end: int) -> bool:
    before, after = text[start - 1 : start], text[end : end + 1]
    return not (before.isalnum() or after.isalnum())


def _folded(text: str) -> tuple[str, list[int]]:
    """Return the text as it is compared, and for each of its characters the place in the text it comes from."""
    signs, places = [], []
    for place, sign in enumerate(text):
        folded = fold(sign)
        signs.append(folded)
        places += [place] * len(folded)
    return "".join(signs), places
