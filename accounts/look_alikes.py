"""Does a domain imitate another? Pure functions on names; an index keeps thousands of known names fast.

Skeletons are compared (accounts.skeletons). Names with something added are looked up and not searched; a distance is
reckoned only against the few names of about the same length that share enough letters.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

from accounts.domain_names import parts_of
from accounts.name_words import (
    ADDITIONS,
    COUNTRY_CODES,
    GENERIC,
    GOVERNMENT,
    POLICE_COUNTRIES,
    SOLD_CODES,
    WEAK_ADDITIONS,
)
from accounts.skeletons import distance, fold, letters_of, mixes_scripts, readable

__all__ = ["Imitation", "Index", "imitation", "misplaced_ending", "mixes_scripts"]

_GENERIC = frozenset(map(fold, GENERIC))
_EXTRAS = {fold(word): word for word in sorted(ADDITIONS | COUNTRY_CODES)}
# Endings of governments and police written as one word: govuk, policeuk.
_GLUED = frozenset(
    {
        f"{word}{code}"
        for word in ("gob", "gouv", "gov", "govt")
        for code in ("au", "br", "fr", "mx", "nz", "uk", "us", "za")
    }
    | {f"police{code}" for code in POLICE_COUNTRIES}
)
# A name inside another one says something from this length on; a shorter one must stand beside words that pretend.
_TELLING = 7
_SHORTEST = 3


@dataclass(frozen=True)
class Imitation:
    """The known name that is imitated ("" where it is only a government's ending), how, and whether it is plain."""

    known: str
    how: str
    plain: bool = True


@dataclass(frozen=True)
class _Name:
    """A known name, split and folded once. A brand is one that only its owner has a reason to carry."""

    domain: str
    label: str
    suffix: str
    folded: str
    brand: bool

    @property
    def generic(self) -> bool:
        """Say whether many agencies are called like this (police, justice)."""
        return self.folded in _GENERIC


@dataclass(frozen=True)
class _Asked:
    """The name that is asked about, as people read it."""

    subs: tuple[str, ...]
    label: str
    suffix: str

    @cached_property
    def whole(self) -> str:
        """Everything before the ending."""
        return ".".join([*self.subs, self.label])

    @cached_property
    def spellings(self) -> tuple[str, ...]:
        """The skeletons of the registered label, of everything before the ending, and of long sub-domains."""
        long = (text for sub in self.subs if len(text := fold(sub)) >= _TELLING)
        read = (self.label, self.whole, self.label.replace("cl", "d"))  # a d that was pulled apart
        return tuple(dict.fromkeys((*map(fold, read), *long)))

    @cached_property
    def of_a_country(self) -> bool:
        """Say whether the ending is a country's own, and not one that it sells like .com (co.uk)."""
        return _is_of_a_country(self.suffix)

    def runs(self) -> Iterator[str]:
        """Every run of neighbouring words as one: met-police-uk has metpolice, policeuk, metpoliceuk."""
        words = [fold(word) for word in f"{self.whole}.{self.suffix}".replace(".", "-").split("-")]
        for start, end in combinations(range(len(words) + 1), 2):
            if end - start < len(words) or len(words) == 1:
                yield "".join(words[start:end])


class Index:
    """Known names, ready to be asked: built once for all, asked in milliseconds."""

    def __init__(self, known: Iterable[str], *, brands: Iterable[str] | None = None) -> None:
        """Take the known domains (A-labels), and which of them are brands; None means all."""
        self.domains = frozenset(known)
        marked = self.domains if brands is None else frozenset(brands)
        self._owners: set[str] = set()
        self._folded: dict[str, list[_Name]] = defaultdict(list)
        self._compounds: dict[str, str] = {}
        self._by_length: dict[int, list[tuple[int, _Name]]] = defaultdict(list)
        for domain in sorted(self.domains):
            self._add(domain, brand=domain in marked)

    def find(self, domain: str, *, zone: str = "") -> Imitation | None:
        """Return what this domain imitates, or None. zone: the suffix kept for a government under which it lies.

        A known domain, and one whose registered name is known, imitates nothing. Strangers cannot register under a
        government's suffix: there only a name very near another one under the same suffix is worth a look.
        """
        sub, label, suffix = parts_of(domain)
        if domain in self.domains or not label or f"{label}.{suffix}" in self._owners:
            return None
        asked = _Asked(tuple(readable(sub).split(".")) if sub else (), readable(label), suffix)
        if zone:
            near = self._same(asked) or self._near(asked, most=1)
            return Imitation(near.known, near.how, plain=False) if near and near.known.endswith(f".{suffix}") else None
        found = [self._same(asked), self._added(asked), self._inside(asked), self._near(asked)]
        plain = [one for one in found if one is not None and one.plain]
        return next(iter(plain), None) or misplaced_ending(domain) or next(filter(None, found), None)

    def _add(self, domain: str, *, brand: bool) -> None:
        sub, label, suffix = parts_of(domain)
        if not label:
            return
        self._owners.add(f"{label}.{suffix}")
        # polizei.bayern.de belongs to Bavaria: what the police are called there is the whole of it.
        labels = [f"{sub}.{label}", sub.partition(".")[0]] if sub and brand else [label]
        for own in labels:
            name = _Name(domain, own, suffix, fold(readable(own)), brand)
            if len(name.folded) >= _SHORTEST and (own is labels[0] or not name.generic):
                self._folded[name.folded].append(name)
                self._by_length[len(name.folded)].append((letters_of(name.folded), name))
        if brand:
            endings = [suffix] if "." not in suffix else [suffix, suffix.partition(".")[0]]
            for ending in endings:
                self._compounds.setdefault(fold(f"{labels[0]}{ending}"), domain)

    def _same(self, asked: _Asked) -> Imitation | None:
        """The same name to the eye: with another ending, look-alike letters, or hyphens and dots set otherwise."""
        for text in asked.spellings:
            for name in self._folded.get(text, ()):
                elsewhere = name.suffix != asked.suffix
                common = name.generic or len(name.folded) <= _SHORTEST
                if elsewhere and common and (asked.of_a_country or not name.brand):
                    continue  # every country has its police: policia.es and policija.si are both at home
                plain = not elsewhere or (name.brand and not common)
                return Imitation(name.domain, _sameness(asked, name), plain=plain)
        return None

    def _inside(self, asked: _Asked) -> Imitation | None:
        """A known domain before another one, or written as one word: nypd.org.login.example, met-police.uk.com."""
        labels = f"{asked.whole}.{asked.suffix}".split(".")
        for start, end in combinations(range(len(labels) + 1), 2):
            if 1 < end - start < len(labels) and (known := ".".join(labels[start:end])) in self.domains:
                return Imitation(known, "carries a known domain inside another one")
        for word in asked.runs():
            if len(word) > _SHORTEST + 1 and (known := self._compounds.get(word, "")):
                return Imitation(known, "writes a known domain as one word")
        return None

    def _added(self, asked: _Asked) -> Imitation | None:
        """A known name with something before or behind it, in the registered label or in a sub-domain."""
        found: Imitation | None = None
        for label in (asked.label, *asked.subs):
            for part in _parts(label):
                for name in self._folded.get(part, ()):
                    one = _addition(name, label, is_sub=label is not asked.label)
                    if one is not None and name.generic and asked.of_a_country:
                        continue
                    if one is not None and one.plain:
                        return one
                    found = found or one
        return found

    def _near(self, asked: _Asked, *, most: int = 2) -> Imitation | None:
        """A letter or two changed, added, left out or swapped."""
        found: Imitation | None = None
        for text in asked.spellings:
            mask = letters_of(text)
            for length in range(len(text) - most, len(text) + most + 1):
                for other, name in self._by_length.get(length, ()):
                    if (mask ^ other).bit_count() > 2 * most:
                        continue
                    allowed = min(_allowed(name, asked.suffix), most)
                    if allowed and distance(text, name.folded, most=allowed) <= allowed:
                        short = len(name.folded) <= _SHORTEST  # fdf.it may be anybody's
                        same = name.suffix == asked.suffix and not short
                        plain = same or (name.brand and len(name.folded) >= _TELLING)
                        one = Imitation(name.domain, "differs from a known domain by a letter or two", plain=plain)
                        if plain:
                            return one
                        found = found or one
        return found


def imitation(name: str, known: Iterable[str]) -> tuple[str, str] | None:
    """Return the known name that this one imitates and how, or None. Names are domains as A-labels."""
    found = Index(known).find(name)
    return (found.known, found.how) if found and found.known else None


def misplaced_ending(domain: str) -> Imitation | None:
    """Return the ending of a government that stands where anybody can have it: gov.uk.evil.example, police-uk.com."""
    sub, label, suffix = parts_of(domain)
    labels = [*(sub.split(".") if sub else []), label]
    for place, name in enumerate(labels):
        following = (*labels[place + 1 :], *suffix.split("."))[0]
        last = place == len(labels) - 1
        if name in GOVERNMENT and not (last and _is_of_a_country(suffix)):
            return _misplaced(f"{name}.{following}")
        if name.endswith("police") and following in POLICE_COUNTRIES and not (last and suffix == following):
            return _misplaced(f"police.{following}")
        if word := _pretended(name):
            return _misplaced(word)
    return None


def _is_of_a_country(suffix: str) -> bool:
    """Say whether names under this suffix belong in a country: .es and .mb.ca, not .co.uk, uk.com, .eu or .io."""
    *between, last = suffix.split(".")
    return last in COUNTRY_CODES - SOLD_CODES and not {"co", "com", "net", "org"} & set(between)


def _misplaced(what: str) -> Imitation:
    return Imitation("", f"carries {what} where anybody can put it")


def _pretended(label: str) -> str:
    """Return the ending of a government that a label spells: police-uk, govuk, nypd-gov."""
    words = label.split("-")
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word in GOVERNMENT and len(words) > 1:
            return f"{word}-{following}" if following in COUNTRY_CODES else word
        if word == "police" and following in POLICE_COUNTRIES:
            return f"{word}-{following}"
        if word in _GLUED or any(word.endswith(ending) for ending in _GLUED if len(ending) > _TELLING):
            return word
    return ""


def _sameness(asked: _Asked, name: _Name) -> str:
    if name.label in {asked.label, asked.whole}:
        return f"has the ending .{asked.suffix} instead of .{name.suffix}"
    bare = {text.replace("-", "").replace(".", "") for text in (asked.label, asked.whole)}
    if name.label.replace("-", "").replace(".", "") in bare:
        return "sets hyphens or dots differently than a known domain"
    return "uses letters that look like those of a known domain"


def _parts(label: str) -> Iterator[str]:
    """Every piece of a label's skeleton that may be a name; 63 letters have less than 2,000 of them."""
    for text in dict.fromkeys((fold(label), *map(fold, label.split("-")))):
        for start, end in combinations(range(len(text) + 1), 2):
            if end - start >= _SHORTEST:
                yield text[start:end]


def _addition(name: _Name, label: str, *, is_sub: bool) -> Imitation | None:
    """Judge a label that holds a known name: what stands beside it must pretend, or the name be a telling one."""
    rest = _beside(label, name)
    if name.generic:
        pretends = bool(rest) and name.brand and all(word in ADDITIONS | COUNTRY_CODES for word in rest or ())
        how = "adds a word that pretends to the name of a force"
        return Imitation(name.domain, how, plain=False) if pretends else None
    if rest == []:
        named = is_sub and name.brand and len(name.folded) > _SHORTEST
        return Imitation(name.domain, "has a known name as its sub-domain", plain=False) if named else None
    if rest is None:  # inside a longer word: Kent in Kentucky
        telling = name.brand and len(name.folded) >= _TELLING + 1
        return Imitation(name.domain, "holds the name of a known domain", plain=False) if telling else None
    pretends = all(word in (ADDITIONS if name.brand else WEAK_ADDITIONS) or word in COUNTRY_CODES for word in rest)
    short = len(name.folded) <= _SHORTEST
    if not pretends and (short or not name.brand or len(name.folded) < _TELLING):
        return None
    extra = label.replace(name.label, "", 1) if name.label in label else "-".join(rest)
    return Imitation(name.domain, f"adds {extra} to a known domain", plain=name.brand and (pretends or not short))


def _beside(label: str, name: _Name) -> list[str] | None:
    """Return the words beside a name in a label, or None where it is only a piece of a longer word."""
    words = [word for word in label.split("-") if word]
    folded = [fold(word) for word in words]
    for start, end in combinations(range(len(words) + 1), 2):
        if "".join(folded[start:end]) == name.folded:
            return words[:start] + words[end:]
    for place, word in enumerate(folded):
        others = words[:place] + words[place + 1 :]
        for left in (word.removeprefix(name.folded), word.removesuffix(name.folded)):
            if left != word and left in _EXTRAS:
                return [*others, _EXTRAS[left]]
    return None


def _allowed(name: _Name, suffix: str) -> int:
    """Return how many letters may differ: the shorter and the commoner the name, the fewer."""
    size, same = len(name.folded), name.suffix == suffix
    if name.generic and not same:
        return 0
    if size <= 5:
        return 1 if same and (name.brand or size > _SHORTEST) else 0
    if name.brand or same:
        return 1 if size < 9 else 2
    return 1 if size >= 9 else 0
