"""What the apps above say of an officer's work, so that accounts can list it without importing them.

Each app fills this in `AppConfig.ready()`, with its events and the dotted paths of its functions (they need models, and
are imported when somebody asks):

    watch(Event.SUBMITTED, "Sent a request")                       an act that is looked at again after a suspension
    opens("requests_app.datarequest", "requests_app.….links")      links(object_ids, reader) -> {object_id: Link}
    stops("requests_app.….stopped_by")                             stopped_by(agency, officer) -> sentences for the page
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.module_loading import import_string


@dataclass(frozen=True)
class Link:
    """Where an object stands, for somebody who may open it, and what it is called there."""

    url: str
    words: str


Finder = Callable[[list[str], Any], Mapping[str, Link]]

_words: dict[str, str] = {}
_finders: dict[str, str] = {}
_effects: list[str] = []


def watch(event: str, words: str) -> None:
    """Have acts with this event looked at again, under these words: "Sent a request"."""
    _words[str(event)] = words


def opens(object_type: str, finder: str) -> None:
    """Name the function that finds the pages of objects of this type."""
    _finders[object_type] = finder


def stops(effects: str) -> None:
    """Name a function that says in sentences what a suspension stops."""
    if effects not in _effects:
        _effects.append(effects)


def events() -> list[str]:
    """Return every event that is looked at again."""
    return sorted(_words)


def words(event: str) -> str:
    """Return what an act is called; the event itself where its app is gone."""
    return _words.get(event, event)


def links(object_type: str, ids: Iterable[str], reader: Any) -> Mapping[str, Link]:
    """Return the pages of these objects, without those this reader may not open."""
    finder = _finders.get(object_type)
    if finder is None:
        return {}
    find: Finder = import_string(finder)
    return find(sorted(set(ids)), reader)


def effects(*, agency: Any = None, officer: Any = None) -> list[str]:
    """Say what would stop and what goes on if this agency, or this officer, were suspended now."""
    return [sentence for path in _effects for sentence in import_string(path)(agency=agency, officer=officer)]
