"""The files that a PDF carries along: in its list of names, beside its parts (AF), or pinned to a page."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pikepdf

from foundation.documents.filetypes import display_name
from foundation.documents.sandbox.active import dictionaries

_KEYS = ("/UF", "/F", "/DOS", "/Mac", "/Unix")
# qpdf reads no object that is nested more deeply.
_LEVELS = 500


@dataclass(frozen=True, slots=True)
class Embedded:
    """One embedded file: every name that it has, the one that readers show first, and its stream."""

    names: tuple[str, ...]
    stream: Any


def embedded_files(pdf: pikepdf.Pdf) -> Iterator[Embedded]:
    """Yield every embedded file, wherever it hangs: each object is looked at, so that no place is forgotten."""
    named: set[tuple[int, int]] = set()
    alone: list[Any] = []
    for value in pdf.objects:
        for found in dictionaries(value, _LEVELS):
            files = found.get("/EF")
            if isinstance(files, pikepdf.Dictionary):
                names = tuple(display_name(str(found[key])[:1000]) for key in _KEYS if key in found)
                for key in files.keys():  # noqa: SIM118 - not a mapping
                    named.add(files[key].objgen)
                    yield Embedded(names, files[key])
            elif isinstance(found, pikepdf.Stream) and str(found.get("/Type", "")) == "/EmbeddedFile":
                alone.append(found)
    for stream in alone:
        if stream.objgen not in named:
            yield Embedded((), stream)
