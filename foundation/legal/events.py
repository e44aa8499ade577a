"""Names of what is written to the trail."""

from enum import StrEnum


class LegalEvent(StrEnum):
    """Events of the catalogue and of working time."""

    CATALOGUE_LOADED = "legal.catalogue_loaded"
    CALENDAR_ADDED = "legal.calendar_added"
    CALENDAR_CHANGED = "legal.calendar_changed"
    CALENDAR_RECOUNTED = "legal.calendar_recounted"
    # On the object whose deadline it is.
    DEADLINE_MOVED = "legal.deadline_moved"
