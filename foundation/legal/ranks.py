"""Whether the rank of whoever issued legal process is high enough for its type.

Ranks are free text: only one that is known, and known to be too low, is refused. What nobody knows is worth a hint.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import yaml

RANKS_FILE = Path(__file__).parent / "data" / "ranks.yaml"
ISSUERS_FILE = Path(__file__).parent / "data" / "issuers.yaml"
_COURT_OR_PROSECUTOR = {"judge", "prosecutor", "prosecutor or judge"}

# From the lowest rank up; of each its names and abbreviations, the first is the one to be shown.
Scale = Sequence[Sequence[str]]


class RankRule(Protocol):
    """Which rank a type of legal process asks for: a ProcessType, or plain facts of one."""

    @property
    def code(self) -> str: ...  # noqa: D102 - the fields of ProcessType
    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def issuer(self) -> str: ...  # noqa: D102
    @property
    def jurisdiction_id(self) -> str: ...  # noqa: D102
    @property
    def minimum_rank(self) -> str: ...  # noqa: D102
    @property
    def rank_at_least(self) -> str: ...  # noqa: D102


@lru_cache(maxsize=1)
def scales() -> Mapping[str, Scale]:
    """Return the scale of ranks of each jurisdiction that has one; the sources stand in the file."""
    content = yaml.safe_load(RANKS_FILE.read_text(encoding="utf-8"))
    return {str(code): [[_plain(name) for name in names] for names in scale] for code, scale in content.items()}


def place_of(rank: str, jurisdiction: str) -> int | None:
    """Return the place of a rank on its jurisdiction's scale, from 0; None where it is not known.

    Of several ranks in the text the highest counts: nobody is refused for a second title.
    """
    text = f" {_plain(rank)} "
    found: int | None = None
    names = [(name, place) for place, known in enumerate(scales().get(jurisdiction, ())) for name in known]
    for name, place in sorted(names, key=lambda item: -len(item[0])):
        if f" {name} " in text:
            text = text.replace(f" {name} ", " | ")
            found = place if found is None else max(found, place)
    return found


@lru_cache(maxsize=1)
def issuer_words() -> Mapping[str, frozenset[str]]:
    """Return the words of each class of issuers, and under `police_too` the codes of types the police may issue too."""
    content = yaml.safe_load(ISSUERS_FILE.read_text(encoding="utf-8"))
    too = frozenset(entry["code"] for entry in content.pop("police_too"))
    words = {kind: frozenset(_plain(name) for names in rows for name in names) for kind, rows in content.items()}
    return words | {"police_too": too}


def issuer_refusal(process_type: RankRule, rank_text: str) -> str | None:
    """Say that the police cannot issue what only a court or a prosecutor issues, or None.

    Only where the rank is plainly one of the police: a word of a court or a prosecutor beside it, or words that nobody
    knows, refuse nothing. Who may issue a type stands in the catalogue.
    """
    words = issuer_words()
    if process_type.issuer not in _COURT_OR_PROSECUTOR or process_type.code in words["police_too"]:
        return None
    text = f" {_plain(rank_text)} "
    if any(f" {word} " in text for word in words["judge"] | words["prosecutor"]):
        return None
    if not any(f" {word} " in text for word in words["police"]):
        return None
    return f"{process_type.name} is issued by a {process_type.issuer}. “{rank_text.strip()}” is too low"


def rank_refusal(process_type: RankRule, rank_text: str) -> str | None:
    """Say why somebody of this rank may not issue this type, or None; an unknown or missing rank is never refused.

    The rule and its citation stand in the catalogue's file under supplements/minimum_rank.
    """
    needed = _needed(process_type)
    given = place_of(rank_text, process_type.jurisdiction_id) if needed is not None else None
    if needed is None or given is None or given >= needed:
        return None
    return f"{process_type.name} must be issued by: {process_type.minimum_rank}. “{rank_text.strip()}” is too low"


def rank_hint(process_type: RankRule, rank_text: str) -> str | None:
    """Say which rank the type needs where the given one is missing or not known to us, or None."""
    if not process_type.minimum_rank or rank_refusal(process_type, rank_text):
        return None
    if _needed(process_type) is not None and place_of(rank_text, process_type.jurisdiction_id) is not None:
        return None
    return f"{process_type.name} must be issued by: {process_type.minimum_rank}. Check that this is so"


def _needed(process_type: RankRule) -> int | None:
    if not process_type.rank_at_least:
        return None
    return place_of(process_type.rank_at_least, process_type.jurisdiction_id)


def _plain(text: str) -> str:
    """Words in small letters without signs and digits: "Sgt. (2)" reads "sgt"."""
    return " ".join(re.findall(r"[^\W\d_]+", text.casefold()))
