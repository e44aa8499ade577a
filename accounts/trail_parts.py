"""What stands under a reference of the apps above, so that the trail finds all of it without accounts importing them.

Each app names its function in `AppConfig.ready()` by its dotted path:

    stands_under("requests_app.history.stands_under")    stands_under(reference) -> {object_type: [object_id, …]}
    withholds("requests_app.history.withheld")           withheld({object_type: {object_id, …}}, reader) -> the same,
                                                         of which this reader gets labels only
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Q
from django.utils.module_loading import import_string

_finders: list[str] = []
_withholders: list[str] = []


def stands_under(path: str) -> None:
    """Name the function that lists the objects of a reference."""
    if path not in _finders:
        _finders.append(path)


def parts_of(reference: str) -> Q:
    """Return the condition for entries about the objects of a reference: each kind with its ids, as the index has them.

    Bounded by what one case holds. Nothing stands under a reference that no app knows.
    """
    about = Q()
    for path in _finders:
        parts: Mapping[str, Sequence[str]] = import_string(path)(reference)
        for kind, ids in parts.items():
            about |= Q(object_type=kind, object_id__in=ids)
    return about


def withholds(path: str) -> None:
    """Name the function that says of which objects a reader of the trail gets labels only: no reasons, no facts."""
    if path not in _withholders:
        _withholders.append(path)


def withheld(entries: Iterable[Any], reader: Any) -> set[int]:
    """Return the entries, by their number, of which this reader gets labels only."""
    rows = list(entries)
    asked: dict[str, set[str]] = defaultdict(set)
    for entry in rows:
        asked[entry.object_type].add(entry.object_id)
    kept: set[tuple[str, str]] = set()
    for path in _withholders:
        found: Mapping[str, set[str]] = import_string(path)(asked, reader)
        kept |= {(kind, pk) for kind, ids in found.items() for pk in ids}
    return {entry.pk for entry in rows if (entry.object_type, entry.object_id) in kept}
