"""Names of what is written to the trail."""

from enum import StrEnum


class LegalEvent(StrEnum):
    """Events of the catalogue."""

    CATALOGUE_LOADED = "legal.catalogue_loaded"
