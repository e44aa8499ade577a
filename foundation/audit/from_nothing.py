"""Migrating an empty database in seconds: between two operations Django draws nearly every model anew.

Its historical models point at each other, so adding one foreign key to a user draws all that ever pointed at a user:
nine tenths of the time, and growing with the square of the models. To add a table, a column or an index the model
itself is enough. What reads rows (RunPython) asks for whole models first, and what changes or removes draws them all,
as ever. A database with rows in it is migrated in Django's own way.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from django.db.migrations.state import ProjectState

_FINDS = "_find_reload_model"
_ADDS = ("add_model", "add_field", "_append_option", "_remove_option")


@contextmanager
def each_model_alone() -> Iterator[None]:
    """Draw a model alone where something is added to it."""
    before = {name: getattr(ProjectState, name) for name in (_FINDS, *_ADDS)}
    setattr(ProjectState, _FINDS, _finding(before[_FINDS]))
    for name in _ADDS:
        setattr(ProjectState, name, _adding(before[name]))
    try:
        yield
    finally:
        for name, method in before.items():
            setattr(ProjectState, name, method)


def _finding(related: Callable[..., set[tuple[str, str]]]) -> Callable[..., set[tuple[str, str]]]:
    @wraps(related)
    def find(state: Any, app_label: str, model_name: str, *args: Any, **options: Any) -> set[tuple[str, str]]:
        if getattr(state, "is_adding", False):
            state.is_delayed = True  # RunPython looks here
            return {(app_label, model_name)}
        return related(state, app_label, model_name, *args, **options)

    return find


def _adding(method: Callable[..., None]) -> Callable[..., None]:
    @wraps(method)
    def add(state: Any, *args: Any, **options: Any) -> None:
        state.is_adding = True
        try:
            method(state, *args, **options)
        finally:
            state.is_adding = False

    return add
