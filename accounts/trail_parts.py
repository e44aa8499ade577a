"""What stands under a reference of the apps above, so that the trail finds all of it without accounts importing them.

Each app names its function in `AppConfig.ready()` by its dotted path:

    stands_under("requests_app.history.stands_under")    stands_under(reference) -> {object_type: [object_id, …]}
"""

from collections.abc import Mapping, Sequence

from django.db.models import Q
from django.utils.module_loading import import_string

_finders: list[str] = []


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
