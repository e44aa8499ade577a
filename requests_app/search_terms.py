"""What somebody typed into the search of the desk, read as everything it can be: no database, nothing is looked up."""

import re
from dataclasses import dataclass

from foundation.core.identifier_lines import read_line
from foundation.core.identifier_readers.cleaning import clean, plain_hyphens
from foundation.core.identifier_readers.reading import Refused
from foundation.core.identifier_readers.secrets import secret_part
from foundation.core.identifier_readers.things import is_card
from foundation.core.identifiers import IdentifierKind, Network, read_identifier
from foundation.core.references import ALPHABET, normalise_reference

SHORTEST, LONGEST = 3, 300
# Fewer characters are the beginning or the end of too many identifiers.
SHORTEST_PART = 5
_SHORTEST_END = 4
_LONGEST_PART = 120
_MOST_WORDS = 12
_LONGEST_WORD = 25
# What stands for the characters that were left out: 0x71C7…976F, 411111******1111.
_LEFT_OUT = re.compile(r"(.+?)(?:…|\.{2,}|\*{2,}|•{2,})(.+)")
_CARD = (
    "This can be a full card number, of which only the first six and last four digits are kept here. "
    "Search for these, like 411111******1111. If it is a user ID, write uid,NUMBER"
)
_SECRET = "This looks like {}. Do not search for it and do not send it to anybody. Search for the public address"  # noqa: S105


@dataclass(frozen=True)
class Part:
    """A piece of an identifier in small letters: how it begins, how it ends, or both; empty: anything."""

    start: str = ""
    end: str = ""


@dataclass(frozen=True)
class Terms:
    """Everything a text can mean. What is empty is not looked for."""

    text: str
    # The reference it is, or how the reference begins.
    reference: str = ""
    reference_start: str = ""
    # What whole references end with, where the letters at the front were left out: 26-MPWEXN0.
    reference_ends: tuple[str, ...] = ()
    # Identifiers as they are compared, in small letters.
    identifiers: frozenset[str] = frozenset()
    parts: tuple[Part, ...] = ()
    # Words that must stand in a text; without those that must not.
    words: tuple[str, ...] = ()
    domain: str = ""

    @property
    def folded(self) -> str:
        """The text in small letters."""
        return self.text.lower()

    @property
    def squeezed(self) -> str:
        """The text as numbers of cases and orders are compared: its letters and digits; empty for too few."""
        bare = re.sub(r"[\W_]", "", self.folded)
        return bare if len(bare) >= SHORTEST else ""

    @property
    def named(self) -> bool:
        """Say whether this can be the name of a person or an agency: letters that follow each other, and no hash."""
        hash_like = len(self.text) > _LONGEST_WORD and " " not in self.text and "@" not in self.text
        return bool(re.search(r"[^\W\d_]{2}", self.text)) and not (hash_like and re.search(r"\d", self.text))


def refusal(text: str) -> str:
    """Say why this must not be searched for and kept, empty where it may: secrets, and full card numbers."""
    what, _part = secret_part(text)
    if what:
        return _SECRET.format(what)
    digits = re.sub(r"[\s\-]", "", text)
    return _CARD if re.fullmatch(r"[0-9]{12,19}", digits) and is_card(digits) else ""


def read(text: str) -> Terms:
    """Read a text of at most LONGEST characters. Never raises."""
    try:
        bare = clean(text)[0]
    except Refused:
        bare = text.strip()
    bare = _address_signs(re.sub(r"\s+", " ", bare)[:LONGEST])
    dashed = plain_hyphens(bare)
    return Terms(
        text=bare,
        reference=normalise_reference(dashed) or "",
        reference_start=_reference_start(dashed),
        reference_ends=_reference_ends(dashed),
        identifiers=_identifiers(bare),
        parts=_parts(bare),
        words=_words(bare),
        domain=_domain(bare),
    )


def _address_signs(text: str) -> str:
    """Write the signs of an e-mail address that were spelled out: name [at] mail [dot] example."""
    if not re.search(r"[\[({]\s*at\s*[\])}]", text, re.IGNORECASE):
        return text
    for word, sign in (("at", "@"), ("dot", ".")):
        text = re.sub(rf"\s*[\[({{]\s*{word}\s*[\])}}]\s*", sign, text, flags=re.IGNORECASE)
    return text


def _reference_ends(text: str) -> tuple[str, ...]:
    """Return the references this can be without the letters at the front; the check character fits few years."""
    found = re.fullmatch(r"(?:(\d\d)-?)?([0-9A-Z]{7})", text.upper().replace(" ", ""))
    if not found:
        return ()
    years = [found[1]] if found[1] else [f"{year:02}" for year in range(100)]
    return tuple(
        reference.removeprefix("X-") for year in years if (reference := normalise_reference(f"X-{year}-{found[2]}"))
    )


def _reference_start(text: str) -> str:
    """Return how a reference begins as it is stored: letters, year and at least two of its characters."""
    found = re.fullmatch(r"([A-Z]{1,4})-?(\d\d)-?([0-9A-Z]{2,7})", text.upper().replace(" ", ""))
    if not found:
        return ""
    body = found[3].translate(str.maketrans("ILO", "110"))
    return f"{found[1]}-{found[2]}-{body}" if set(body) <= set(ALPHABET) else ""


def _identifiers(text: str) -> frozenset[str]:
    """Return every identifier this can be: of each kind, and where a network matters on each network."""
    if len(text) < SHORTEST_PART - 1:
        return frozenset()
    found = [read_line(text)]
    kinds = [kind for kind in IdentifierKind if kind not in {IdentifierKind.WALLET, IdentifierKind.TXID}]
    found += [read_identifier(kind, text) for kind in kinds]
    if " " not in text:
        networks = [
            (kind, network) for kind in (IdentifierKind.WALLET, IdentifierKind.TXID) for network in Network.values
        ]
        found += [read_identifier(kind, text, network=network) for kind, network in networks]
    return frozenset(item.normalised.lower() for item in found if item.accepted and item.normalised)


def _parts(text: str) -> tuple[Part, ...]:
    """Return the pieces of identifiers this can be; without spaces, as most identifiers are stored."""
    bare = plain_hyphens(re.sub(r"\s", "", text)).lower()
    if not SHORTEST_PART <= len(bare) <= _LONGEST_PART:
        return ()
    if cut := _LEFT_OUT.fullmatch(bare):
        start, end = cut[1], cut[2]
        return (Part(start, end),) if len(start) >= _SHORTEST_END and len(end) >= _SHORTEST_END else ()
    starts, ends = {bare, text.lower()}, {bare}
    if re.fullmatch(r"[0-9a-f]+", bare):
        starts.add(f"0x{bare}")
    if re.fullmatch(r"\+?[0-9().\-/]+", bare):
        digits = re.sub(r"[^0-9]", "", bare)
        bare_digits = digits.lstrip("0")
        if len(bare_digits) >= SHORTEST_PART:
            starts |= {digits, f"+{digits.removeprefix('00')}"}
            ends |= {bare_digits}
    return (*(Part(start=start) for start in sorted(starts)), *(Part(end=end) for end in sorted(ends)))


def _words(text: str) -> tuple[str, ...]:
    """Return the words that must be there, for PostgreSQL's websearch syntax: "exact words", or, -without."""
    wanted = re.sub(r"(?<!\S)-(\"[^\"]*\"|\S+)", " ", text)
    found = [word.lower() for word in re.findall(r"\w+", wanted)]
    return tuple(dict.fromkeys(word for word in found if word != "or"))[:_MOST_WORDS]


def _domain(text: str) -> str:
    """Return the domain of an agency this can be, with or without @ before it; empty for an e-mail address."""
    bare = text.lower().removeprefix("@")
    return bare if re.fullmatch(r"[\w-]+(\.[\w-]+)+", bare) and len(bare) >= SHORTEST_PART else ""
