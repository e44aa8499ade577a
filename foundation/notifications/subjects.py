"""What messages are about in the apps above, so that staff see no message about a case that is not theirs to know.

Each app names, in `AppConfig.ready()`, by its dotted paths, for its references:

    subject("requests", "requests_app.….everything", "requests_app.….known", links="requests_app.….links")

    everything() -> rows with a column `reference`       known(reader) -> those of them the reader may know of
    links(references, reader) -> {reference: url}        of those the reader may open
    hidden(references, reader) -> {reference, …}         of those that the reader must not read about any more

An app whose references everybody on that page may hear of names links alone: `subject("access", links="…")`.
To know that a message about a case did not arrive is less than to open the case: links are asked for apart.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.module_loading import import_string

_subjects: dict[str, tuple[str, str, str]] = {}
_hidden: dict[str, str] = {}


def subject(name: str, everything: str = "", known: str = "", *, links: str, hidden: str = "") -> None:
    """Name the functions of an app; the same name again replaces them."""
    _subjects[name] = (everything, known, links)
    _hidden[name] = hidden


def known_to(reader: Any, rows: QuerySet[Any]) -> Any:
    """Keep the rows (with a column `reference`) that are about nothing, or about what this reader may know of."""
    for everything, known, _links in _subjects.values():
        if not everything:
            continue
        others = import_string(everything)().filter(reference=OuterRef("reference"))
        mine = import_string(known)(reader).filter(reference=OuterRef("reference"))
        rows = rows.filter(Q(reference="") | ~Exists(others) | Exists(mine))
    return rows


def links(references: Iterable[str], reader: Any) -> Mapping[str, str]:
    """Return the pages of these references, without those this reader may not open."""
    asked = sorted({reference for reference in references if reference})
    found: dict[str, str] = {}
    for _everything, _known, path in _subjects.values():
        found |= import_string(path)(asked, reader) if asked else {}
    return found


def hidden_from(references: Iterable[str], reader: Any) -> set[str]:
    """Return those of the references about which this reader was told once and must not read any more."""
    asked = sorted({reference for reference in references if reference})
    found: set[str] = set()
    for path in _hidden.values():
        found |= import_string(path)(asked, reader) if asked and path else set()
    return found
