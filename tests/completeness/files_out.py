"""Which addresses answer with a file: found in the code of their views, so that a new one needs no list to be found."""

from collections.abc import Iterator
from inspect import unwrap
from types import CodeType, FunctionType, ModuleType
from typing import Any

from tests.url_inventory.walk import Route, routes

_SAYS = ("attachment;", "Content-Disposition")
_CALLS = frozenset({"FileResponse", "content_disposition_header"})


def files() -> list[Route]:
    """Return every address whose view, or what it calls in views and in the serving of documents, makes a file."""
    return [route for route in routes() if _makes_a_file(unwrap(route.view), set())]


def _makes_a_file(function: Any, seen: set[Any]) -> bool:
    if not isinstance(function, FunctionType) or function in seen or not _is_ours(function):
        return False
    seen.add(function)
    names: set[str] = set()
    for code in _parts(function.__code__):
        names |= {*code.co_names, *code.co_freevars}
        if any(isinstance(text, str) and text.startswith(_SAYS) for text in code.co_consts):
            return True
    if names & _CALLS:
        return True
    return any(_makes_a_file(unwrap(each), seen) for each in _called(function, names))


def _is_ours(function: FunctionType) -> bool:
    return ".views" in function.__module__ or function.__module__ == "foundation.documents.services.serving"


def _parts(code: CodeType) -> Iterator[CodeType]:
    yield code
    for part in code.co_consts:
        if isinstance(part, CodeType):
            yield from _parts(part)


def _called(function: FunctionType, names: set[str]) -> Iterator[Any]:
    for name in names:
        found = function.__globals__.get(name)
        if isinstance(found, ModuleType):
            yield from (getattr(found, inner) for inner in names if callable(getattr(found, inner, None)))
        elif callable(found):
            yield found


def methods(route: Route) -> set[str]:
    """Return the methods that an address answers, as its decorator has them."""
    view: Any = route.view
    while view is not None:
        for cell in view.__closure__ or ():
            if isinstance(cell.cell_contents, list):
                return set(cell.cell_contents)
        view = getattr(view, "__wrapped__", None)
    return {"GET", "POST"}
