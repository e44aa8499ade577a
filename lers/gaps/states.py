"""Every status against its transition entries: each a row of the table, from the state before; the last one holds."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.apps import apps
from django.db import models

from accounts import states as account_states
from foundation.core.workflow import Machine
from foundation.documents import states as document_states
from lers.gaps.reading import Said, about, batches
from preservation import states as hold_states
from requests_app import release_states, urgent_states
from requests_app import states as request_states

MACHINES: tuple[Machine, ...] = (
    *account_states.MACHINES,
    document_states.MACHINE,
    *hold_states.MACHINES,
    *request_states.MACHINES,
    *release_states.MACHINES,
    *urgent_states.MACHINES,
)


def gaps() -> Iterator[str]:
    """Return a line for each object whose status is not what the trail says."""
    for machine in MACHINES:
        yield from of_machine(machine)


def of_machine(machine: Machine) -> Iterator[str]:
    """Return the lines of one kind of object."""
    model, events = model_of(machine), {row.event for row in machine.rows}
    name = field_of(model)
    for batch in batches(model._base_manager.only("pk", name)):
        told = about(model, [row.pk for row in batch], events)
        for row in batch:
            what = f"{model._meta.label_lower} {row.pk}"
            yield from (f"{what}: {words}" for words in _of(machine, getattr(row, name), told.get(str(row.pk), [])))


def model_of(machine: Machine) -> type[models.Model]:
    """Return the model that a machine moves: it has its name."""
    found: type[models.Model] = next(m for m in apps.get_models() if m.__name__ == machine.name)
    return found


def field_of(model: type[models.Model]) -> str:
    """Return the field that holds the state."""
    return "status" if any(field.name == "status" for field in model._meta.fields) else "state"


def _of(machine: Machine, status: str, told: Iterable[Said]) -> Iterator[str]:
    state, last = machine.initial, None
    for said in told:
        source, target = said.data.get("from"), said.data.get("to")
        if source is None or target is None:
            continue
        if not _is_row(machine, said.action, source, target):
            yield f"entry {said.pk} tells of a move from {source} to {target} that does not exist"
        if source != state:
            yield f"entry {said.pk} moves it from {source}, but it was {state}"
        state, last = target, said.pk
    if status != state:
        yield f"it is {status}, the trail says {state}" + (f" since entry {last}" if last else ", for nothing moved it")


def _is_row(machine: Machine, event: str, source: str, target: Any) -> bool:
    return any(row.event == event and source in row.sources and row.target == target for row in machine.rows)
