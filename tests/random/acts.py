"""What people do: each act with who may do it, to what, and what the notes say of it afterwards.

The words of `who` are the roles of staff, who must also see the request; "owner": whose it is; "reader": an officer who
sees it; "officer": any officer who may act; "lead"; "self": whom the object is about; "anybody"; "system": a sweep, by
nobody.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from accounts.models import CallBack
from requests_app.models import DataRequest
from tests.random.world import DESK, HOLD_DESK, Case, World

# What an act does: the world, the object, who does it (None: the system), and a number that chooses among variants.
Deed = Callable[[World, Any, Any, int], Any]


@dataclass(frozen=True)
class Act:
    """One thing that somebody may try."""

    name: str
    deed: Deed
    who: frozenset[str]
    # All objects of its kind, for whoever tries anything with anything.
    objects: Callable[[World], list[Any]]
    # Which of them it is meant for.
    meant: Callable[[Any], bool]
    # The case of the notes that decides who may.
    case: Callable[[World, Any], Case | None]
    # It may leave nothing behind: nothing was to be done, or it was done before.
    quiet: bool = False


ACTS: dict[str, Act] = {}


def act(
    who: str,
    objects: Callable[[World], list[Any]],
    *,
    of: Iterable[str] = (),
    meant: Callable[[Any], bool] | None = None,
    quiet: bool = False,
) -> Callable[[Deed], Deed]:
    """Enter an act under the name of its function; `of` are the states it is meant for."""
    states = frozenset(of)
    fits = meant or (lambda obj: not states or obj.status in states)

    def enter(deed: Deed) -> Deed:
        name = deed.__name__
        assert name not in ACTS, name
        ACTS[name] = Act(name, deed, frozenset(who.split()), objects, fits, case_of, quiet)
        return deed

    return enter


def case_of(world: World, obj: Any) -> Case | None:
    """Return the case an object belongs to; None where it belongs to none."""
    if obj is None:
        return None
    row = request_of(obj)
    if row is not None:
        return world.notes.requests[row.pk]
    hold = obj if type(obj).__name__ == "PreservationHold" else getattr(obj, "hold", None)
    return world.notes.holds[hold.pk] if hold is not None else None


def request_of(obj: Any) -> DataRequest | None:
    """Return the request an object belongs to."""
    if isinstance(obj, DataRequest):
        return obj
    if isinstance(obj, CallBack):
        return DataRequest.objects.filter(reference=obj.about_reference).first()
    for way in ("data_request", "package", "recall"):
        if (found := getattr(obj, way, None)) is not None:
            return request_of(found)
    return None


def may(world: World, act: Act, name: str | None, obj: Any) -> bool:
    """Say whether this person could be allowed this at all; what the state says comes on top."""
    if name is None:
        return "system" in act.who
    if "anybody" in act.who or ("self" in act.who and world.people[name] == obj.user_id):
        return True
    notes, case = world.notes, act.case(world, obj)
    if name in notes.agency:
        if not notes.acts(name):
            return False
        words = {"officer"} | ({"lead"} if name in notes.leads else set())
        if case is not None:
            words |= {"owner"} if case.owner == name else set()
            words |= {"reader"} if sees(world, name, obj) else set()
        return bool(words & act.who)
    return bool(notes.roles.get(name, set()) & act.who) and (case is None or sees(world, name, obj))


def sees(world: World, name: str, obj: Any) -> bool:
    """Say whether the notes let this person see the object's case."""
    from_hold = request_of(obj) is None
    case = case_of(world, obj)
    if case is None:
        return True
    return world.notes.sees(name, case, desk=HOLD_DESK if from_hold else DESK, hold=from_hold)


def requests(_world: World) -> list[Any]:
    """All requests, oldest first."""
    rows = DataRequest.objects.select_related("officer", "agency", "provider", "assignee", "process_type")
    return list(rows.order_by("pk"))


def once(_world: World) -> list[Any]:
    """Return one object that is none: for acts that begin something."""
    return [None]
