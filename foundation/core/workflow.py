"""The workflow engine: allowed moves are rows of a table, and no row moves without its audit event."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from django.db import models, transaction
from django.utils import timezone

from foundation.audit.trail import record
from foundation.core.errors import NotAllowed, TransitionRefused

M = TypeVar("M", bound=models.Model)

# May this person do this action to this object? None = yes, otherwise the sentence that says why not.
Guard = Callable[[Any, str, Any], str | None]


class Nobody(StrEnum):
    """The permission of moves that only the system makes."""

    SYSTEM = "system"


@dataclass(frozen=True)
class Transition:
    """One row: who may move what from where to where, and which event it leaves."""

    action: str
    sources: frozenset[str]
    target: str
    permission: str
    event: str


def row(action: str, sources: Iterable[str], target: str, permission: str, event: str) -> Transition:
    """Write one row of a transition table in a short line."""
    return Transition(str(action), frozenset(str(s) for s in sources), str(target), str(permission), str(event))


@dataclass(frozen=True)
class Machine:
    """A transition table: the single place that says which moves exist."""

    name: str
    states: type[StrEnum] | type[models.TextChoices]
    initial: str
    rows: tuple[Transition, ...]
    by_action: Mapping[str, tuple[Transition, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check the table: known states, and one target for each action and source."""
        by_action: dict[str, tuple[Transition, ...]] = {}
        seen: set[tuple[str, str]] = set()
        known = {str(s) for s in self.states}
        for transition in self.rows:
            if not (transition.sources | {transition.target}) <= known:
                raise ValueError(f"{self.name}: unknown state in {transition}")
            for source in transition.sources:
                if (transition.action, source) in seen:
                    raise ValueError(f"{self.name}: two rows for {transition.action} from {source}")
                seen.add((transition.action, source))
            by_action[transition.action] = (*by_action.get(transition.action, ()), transition)
        object.__setattr__(self, "by_action", by_action)

    def find(self, action: str, source: str) -> Transition | None:
        """Return the row for this action from this state, if there is one."""
        return next((t for t in self.by_action.get(str(action), ()) if source in t.sources), None)


class Workflow:
    """A table together with the guard that knows people and objects."""

    def __init__(self, machine: Machine, *, guard: Guard, field: str = "status") -> None:
        """guard(user, action, obj) answers None or the reason for a refusal; user None is the system."""
        self.machine = machine
        self.guard = guard
        self.field = field

    def refusal(self, obj: models.Model, action: str, by: Any) -> str | None:
        """Say why this person cannot do this now, or None if they can. Changes nothing."""
        if self.machine.find(action, getattr(obj, self.field)) is None:
            return "This cannot be done any more: the state has changed."
        return self.guard(by, str(action), obj)

    def available_actions(self, obj: models.Model, user: Any) -> list[str]:
        """Return the actions this person can do to this object now, in the order of the table."""
        return [a for a in self.machine.by_action if self.refusal(obj, a, user) is None]

    def advance(
        self,
        obj: M,
        action: str,
        *,
        by: Any,
        at: datetime | None = None,
        reason: str = "",
        data: Mapping[str, Any] | None = None,
        **fields: Any,
    ) -> M:
        """Move obj along the row for action, set fields with it, and leave the row's event.

        Raises TransitionRefused where the table has no such row or somebody else moved first, and NotAllowed
        where the guard refuses. The UPDATE is conditional on the source states, so a lost race changes nothing.
        """
        at = at or timezone.now()
        source = getattr(obj, self.field)
        transition = self.machine.find(action, source)
        if transition is None:
            raise TransitionRefused("This cannot be done any more: the state has changed.")
        if refusal := self.guard(by, str(action), obj):
            raise NotAllowed(refusal)
        with transaction.atomic():
            values = {self.field: transition.target, **fields}
            manager = type(obj)._base_manager
            changed = manager.filter(pk=obj.pk, **{self.field: source}).update(**values)
            if changed != 1:
                raise TransitionRefused("Somebody else was faster: look at it again.")
            for name, value in values.items():
                setattr(obj, name, value)
            facts = {"from": source, "to": transition.target, **(data or {})}
            record(transition.event, by=by, obj=obj, reason=reason, data=facts, at=at)
        return obj
