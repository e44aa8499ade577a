"""Passwords: long, not built from what everybody guesses, not from what is known of the person (SEC-05).

NIST SP 800-63B-4: at least 15 characters, any characters, no rules of composition, no change without cause, and a
comparison with passwords that are known. A list of those knows mostly short ones. So a password is cut into the pieces
a guesser would try: words of Django's list of 20,000 common passwords (also with 4 for a), runs such as 12345 or
lkjhg, repetitions, years, walks over the keyboard. The fewest guesses that build it must be many. Sentences that
everybody knows (accounts/data/passphrases.txt) are one such piece each, however they are spaced and spelt.
"""

import math
import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

SHORTEST, LONGEST = 15, 200
# Bits of the cheapest way to build it: three common words in a row are 43, two with a year 36.
ENOUGH_BITS = 45.0

_ROWS = (
    "1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "yxcvbnm", "azertyuiop", "qsdfghjklm", "wxcvbn",
    "abcdefghijklmnopqrstuvwxyz", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p", "qazwsxedcrfvtgbyhnujmikolp",
    "zaq1xsw2cde3vfr4bgt5nhy6mju7ki8lo9p0", "1q2w3e4r5t6y7u8i9o0p", "q1w2e3r4t5y6u7i8o9p0", "!@#$%^&*()", "789456123",
    "1a2s3d4f5g6h7j8k9l", "147258369", "zaqwsxcderfvbgtyhnmjuiklop",
)  # fmt: skip
_RUNS = tuple(run for row in _ROWS for run in (row * 2, row[::-1] * 2))
_LEET = str.maketrans("4@83€1!|0$57+", "aabeeiilosstt")
_YEAR = re.compile("(?:19|20)[0-9]{2}")
_WORD_BITS = math.log2(20_000)
_RUN_BITS, _YEAR_BITS, _LEET_BITS = 8.0, 7.0, 1.0
_LONGEST_WORD = 24
# Letters of a known sentence in a row that are no chance; which sentence, from where to where.
_SENTENCE_PART, _SENTENCE_BITS = 10, 12.0
_SENTENCES = Path(__file__).parent / "data" / "passphrases.txt"


class LengthValidator:
    """15 to 200 characters: long enough to be the only factor, short enough to be hashed."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError for what is too short or too long."""
        if len(password) < SHORTEST:
            raise ValidationError(_("Choose a password of at least %d characters.") % SHORTEST, code="too_short")
        if len(password) > LONGEST:
            raise ValidationError(_("Choose a password of at most %d characters.") % LONGEST, code="too_long")

    def get_help_text(self) -> str:
        """Say the rule."""
        return _("At least %d characters.") % SHORTEST


class OwnWordsValidator:
    """Neither the address nor the name of this site may be in a password."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError where one is."""
        text = _plain(password)
        if any(word in text for word in _own_words(user)):
            raise ValidationError(
                _("Choose a password without your e-mail address, your name or the name of this site."),
                code="own_words",
            )

    def get_help_text(self) -> str:
        """Say the rule."""
        return _("Not your e-mail address, your name or the name of this site.")


class GuessableValidator:
    """Refuses what is built from common passwords, runs, repetitions, years and sentences that everybody knows."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError where few guesses build it."""
        if len(password) > LONGEST:
            return
        if _with_sentences(password) < ENOUGH_BITS:
            raise ValidationError(
                _("Many people know this sentence, so it is guessed first. Choose words that nobody wrote before."),
                code="guessable",
            )
        if bits(password) < ENOUGH_BITS:
            raise ValidationError(
                _("This password is easy to guess. Choose a few words that have nothing to do with each other."),
                code="guessable",
            )

    def get_help_text(self) -> str:
        """Say the rule."""
        return _("Not a common password or a well-known sentence, and not one made of them.")


def bits(password: str) -> float:
    """Return how many bits of guessing the cheapest way to build the password takes."""
    return _cheapest(password.lower(), repeats=True)


def _with_sentences(password: str) -> float:
    """Return the bits of the cheapest way that uses a known sentence; inf where there is none in it."""
    return min(_sentence_bits(text) for text in (_bare(password), _bare(password.translate(_LEET))))


def _sentence_bits(text: str) -> float:
    """Take the longest parts of known sentences out, from the left; the rest is reckoned as it stands."""
    rest, found, start = "", 0, 0
    while start < len(text):
        end = start + _SENTENCE_PART
        if end <= len(text) and text[start:end] in _sentences():
            while end < len(text) and text[start : end + 1] in _sentences():
                end += 1
            found, start = found + 1, end
        else:
            rest, start = rest + text[start], start + 1
    return found * _SENTENCE_BITS + _cheapest(rest, repeats=True) if found else math.inf


@cache
def _sentences() -> str:
    """The known sentences, bare, one a line."""
    lines = _SENTENCES.read_text(encoding="utf-8").splitlines()
    return "\n".join(_bare(line) for line in lines if line and not line.startswith("#"))


def _bare(text: str) -> str:
    """Letters and digits only, without case and accents."""
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKD", text.casefold()))


def _cheapest(text: str, *, repeats: bool) -> float:
    best = [0.0] + [math.inf] * len(text)
    for start in range(len(text)):
        for end, cost in _pieces(text, start, repeats=repeats):
            best[end] = min(best[end], best[start] + cost)
    return best[-1]


def _pieces(text: str, start: int, *, repeats: bool) -> Iterator[tuple[int, float]]:
    """What may begin here: where it ends, and what it costs."""
    yield start + 1, _character_bits(text[start])
    if _YEAR.match(text, start):
        yield start + 4, _YEAR_BITS
    for end in range(start + 3, min(len(text), start + _LONGEST_WORD) + 1):
        piece = text[start:end]
        if piece in _common():
            yield end, _WORD_BITS
        elif piece.translate(_LEET) in _common():
            yield end, _WORD_BITS + _LEET_BITS
    for end in range(start + 3, len(text) + 1):
        piece = text[start:end]
        if not any(piece in run for run in _RUNS):
            break
        yield end, _RUN_BITS + math.log2(end - start)
    if repeats:
        yield from _repeated(text, start)


def _repeated(text: str, start: int) -> Iterator[tuple[int, float]]:
    """The same piece several times: it costs once, and its number."""
    for length in range(1, min((len(text) - start) // 2, _LONGEST_WORD) + 1):
        unit, end = text[start : start + length], start + length
        if text.endswith(unit, 0, start):  # it began before
            continue
        while text.startswith(unit, end):
            end += length
        if end > start + length:
            yield end, _cheapest(unit, repeats=False) + math.log2((end - start) / length)


def _character_bits(character: str) -> float:
    if character.isdigit():
        return math.log2(10)
    return math.log2(26) if character.isascii() and character.isalpha() else math.log2(40)


@cache
def _common() -> frozenset[str]:
    """Django's list, from three characters on: shorter ones are everywhere."""
    return frozenset(word for word in CommonPasswordValidator().passwords if len(word) >= 3)


def _plain(text: str) -> str:
    return re.sub(r"[\W_]", "", text.lower()).translate(_LEET)


def _own_words(user: Any) -> set[str]:
    """The address, its parts and the site's name; from five characters on, or hardly any password would do."""
    email = str(getattr(user, "email", "") or "").lower()
    local, _at, domain = email.partition("@")
    parts = {email, local, domain, domain.rpartition(".")[0], str(getattr(user, "full_name", "") or "")}
    parts |= set(re.split(r"[._+-]", local)) | set(re.split(r"[.-]", domain.rpartition(".")[0]))
    parts |= {settings.SITE_NAME, *settings.SITE_NAME.split()}
    return {plain for part in parts if len(plain := _plain(part)) >= 5}
