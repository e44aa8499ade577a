"""What a colleague has in hand in the apps above, so that accounts can list it and hand it back without importing them.

Each app names its functions in `AppConfig.ready()` by their dotted paths:

    in_hand("requests_app.services.hand_back.in_hand")         in_hand(user) -> list[str], in words
    gives_back("requests_app.services.hand_back.give_back")    give_back(user, by=…, at=…) -> how many were handed back
    left_by("requests_app.services.hand_back.left_by")         left_by(officer, agency=…, at=…) -> how many a lead may
                                                               know of; tells the desk of all of them
"""

from datetime import datetime
from typing import Any

from django.utils.module_loading import import_string

_finders: list[str] = []
_givers: list[str] = []
_leavers: list[str] = []


def in_hand(path: str) -> None:
    """Name the function that lists what a person works on."""
    if path not in _finders:
        _finders.append(path)


def gives_back(path: str) -> None:
    """Name the function that hands everything back that a person works on."""
    if path not in _givers:
        _givers.append(path)


def left_by(path: str) -> None:
    """Name the function that tells who works for an officer that the officer has left."""
    if path not in _leavers:
        _leavers.append(path)


def officer_left(officer: Any, *, agency: Any, at: datetime) -> int:
    """Tell the desk what an officer who left an agency leaves open; return how much of it a lead may know of."""
    return sum(import_string(path)(officer, agency=agency, at=at) for path in _leavers)


def of(user: Any) -> list[str]:
    """Return in words how much this person works on, app by app: numbers only, because cases are not everybody's."""
    return [words for path in _finders for words in import_string(path)(user)]


def give_back(user: Any, *, by: Any, at: datetime) -> int:
    """Hand back everything this person works on, in the caller's transaction; return how many things."""
    return sum(import_string(path)(user, by=by, at=at) for path in _givers)
