"""What an officer may have in hand: the types of process of his jurisdiction, in words, and what is stopped here."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from foundation.legal.catalogue import GENERAL_COURT_ORDER, GENERAL_POLICE_ORDER, for_assets, types_in_force
from foundation.legal.models import ProcessType
from foundation.legal.stops import STOPS, Stop
from foundation.legal.wording import answer_words, compels_words, requirements_of
from foundation.providers.policy import with_policy
from requests_app.enums import RECORD_CATEGORIES, DataCategory, RequestKind
from requests_app.models import DataRequest, LegalProcess
from requests_app.reach import categories_reached

STOP = "stop:"
_GENERAL = "General orders, for any country"
_TREATIES = "Through treaties and agreements between states"
_NOT_TAKEN = "Not taken here"
_ANY_COUNTRY = {GENERAL_COURT_ORDER, GENERAL_POLICE_ORDER}
_GENERAL_TIER = 2
_LAST = (_GENERAL, _TREATIES, _NOT_TAKEN)


@dataclass(frozen=True)
class Card:
    """One type as it is offered: its names, and what an officer must know before taking it."""

    code: str
    name: str
    local_name: str
    issuer: str
    reaches: str
    rows: list[tuple[str, Any]]
    needs: list[str]
    note: str
    taken: bool


@dataclass(frozen=True)
class Group:
    """The types of one place."""

    title: str
    cards: list[Card]


def groups(draft: DataRequest, words: str, at: datetime) -> list[Group]:
    """Return the types in force for a draft, its own jurisdiction first; `words` narrow them, all must be found."""
    found: dict[str, list[Card]] = {}
    for kind in choices(draft, at):
        if _fits(kind, words):
            found.setdefault(_title(kind), []).append(_card(kind))
    titles = [title for title in found if title not in _LAST] + [title for title in _LAST if title in found]
    return [Group(title, found[title]) for title in titles]


def _title(kind: Any) -> str:
    """Say among which types this one stands."""
    if not kind.taken or kind.stop_screen:
        return _NOT_TAKEN
    if kind.tier == _GENERAL_TIER:
        return _GENERAL if kind.code in _ANY_COUNTRY else _TREATIES
    return str(kind.jurisdiction.name)


def choices(draft: DataRequest, at: datetime) -> Iterable[Any]:
    """Return every type that exists for a draft, with `taken`, `counsel` and `tier`; holds and emergencies left out."""
    types = types_in_force(draft.jurisdiction, at).filter(is_preservation=False, is_emergency=False)
    if draft.kind == RequestKind.FREEZE:
        types = for_assets(types)
    return with_policy(types, draft.provider)


def card_of(process: LegalProcess, draft: DataRequest) -> Card | None:
    """Return the type of an order as it is offered, or None where none is chosen."""
    types = ProcessType.objects.filter(pk=process.process_type_id or 0).select_related("jurisdiction")
    kind = with_policy(types, draft.provider).first()
    return _card(kind) if kind else None


def stops(words: str) -> list[Stop]:
    """Return what must never be uploaded, as far as the words fit."""
    return [stop for stop in STOPS if _has(f"{stop.title} {stop.examples}", words)]


def _fits(kind: ProcessType, words: str) -> bool:
    text = (kind.name, kind.local_name, kind.authority, kind.get_issuer_display(), kind.code, kind.jurisdiction.name)
    return _has(" ".join(text), words)


def _has(text: str, words: str) -> bool:
    return all(word in text.casefold() for word in words.casefold().split())


def _reached(reaches: list[str]) -> list[str]:
    """Return what records, or assets, a type reaches; what only answers an enquiry is said there."""
    asked = {*RECORD_CATEGORIES, DataCategory.ASSETS}
    return [str(category.label) for category in categories_reached(reaches) if category in asked]


def _card(kind: Any) -> Card:
    return Card(
        code=kind.code,
        name=kind.name,
        local_name=kind.local_name,
        issuer=kind.get_issuer_display(),
        reaches=", ".join(_reached([] if kind.stop_screen else kind.reaches)) or "No records that we keep",
        rows=[
            ("Law", kind.authority),
            ("Binding", compels_words(kind)),
            ("Telling the account holder", kind.get_bars_notice_display()),
            ("Time to answer", answer_words(kind)),
            ("How it reaches us", kind.route),
            *([("Our lawyers", "They read it first, so an answer takes longer")] if kind.counsel else []),
        ],
        needs=requirements_of(kind),
        note=kind.note,
        taken=kind.taken and not kind.stop_screen,
    )
