"""What a declared conflict means in the apps above, so that accounts can act on it without importing them.

Each app names its functions in `AppConfig.ready()` by their dotted paths:

    lets_go("requests_app.services.declaring.let_go")     let_go(conflict, by=…, at=…): gives back what is worked on
    finds("requests_app.services.declaring.find")         find(reference) -> what has this reference, or None
    hides("requests_app.services.declaring.hidden")       hidden(references, reader) -> those this person may not read
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.utils.module_loading import import_string

_givers: list[str] = []
_finders: list[str] = []
_hiders: list[str] = []


def lets_go(path: str) -> None:
    """Name the function that gives back what somebody works on and must stay away from now."""
    if path not in _givers:
        _givers.append(path)


def finds(path: str) -> None:
    """Name the function that finds what has a reference."""
    if path not in _finders:
        _finders.append(path)


def hides(path: str) -> None:
    """Name the function that says which references a person may not even know of."""
    if path not in _hiders:
        _hiders.append(path)


def let_go(conflict: Any, *, by: Any, at: datetime) -> None:
    """Give back everything the conflict is about, in the caller's transaction."""
    for path in _givers:
        import_string(path)(conflict, by=by, at=at)


def found(reference: str) -> Any:
    """Return what has this reference; None where nothing has."""
    answers = (import_string(path)(reference) for path in _finders if reference)
    return next((answer for answer in answers if answer is not None), None)


def hidden(references: Collection[str], reader: Any) -> set[str]:
    """Return those of these references that this person may not know of."""
    return {reference for path in _hiders for reference in import_string(path)(references, reader)}
