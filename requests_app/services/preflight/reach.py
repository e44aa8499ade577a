"""What a type of legal process may be used for: one mapping from the portal's categories to the catalogue's reach."""

from collections.abc import Collection
from datetime import date
from typing import Protocol

from requests_app.enums import REACH_OF_CATEGORY, RECORD_CATEGORIES, DataCategory


class Reaching(Protocol):
    """A type of legal process: a row of the catalogue, or plain facts of one."""

    @property
    def name(self) -> str: ...  # noqa: D102 - the fields of ProcessType
    @property
    def reaches(self) -> Collection[str]: ...  # noqa: D102


class Filing(Protocol):
    """What decides whether a request can be filed under a type."""

    @property
    def name(self) -> str: ...  # noqa: D102 - the fields of ProcessType
    @property
    def stop_screen(self) -> bool: ...  # noqa: D102
    @property
    def accepted(self) -> bool: ...  # noqa: D102
    @property
    def is_preservation(self) -> bool: ...  # noqa: D102
    @property
    def is_emergency(self) -> bool: ...  # noqa: D102
    @property
    def valid_from(self) -> date | None: ...  # noqa: D102
    @property
    def valid_to(self) -> date | None: ...  # noqa: D102


def type_refusal(process_type: Filing, today: date) -> str | None:
    """Say why a request cannot be filed under this type of legal process, or None."""
    if process_type.stop_screen or not process_type.accepted:
        return f"{process_type.name} cannot be served here. Read where to go instead"
    if process_type.is_preservation:
        return "This type only keeps records. Choose the one that orders their disclosure, or ask for a hold"
    if process_type.is_emergency:
        return "Emergencies have a form of their own"
    if (process_type.valid_from and today < process_type.valid_from) or (
        process_type.valid_to and today > process_type.valid_to
    ):
        return f"{process_type.name} is not in force. Choose another type"
    return None


def reach_refusal(process_type: Reaching | None, category: str) -> str | None:
    """Say why this type of legal process cannot reach a category of records, or None."""
    if process_type is None or REACH_OF_CATEGORY[DataCategory(category)] in process_type.reaches:
        return None
    return f"{process_type.name} does not reach this. Take it out, or choose another type of legal process"


def reached(process_type: Reaching | None) -> list[str]:
    """Return the categories of records that a type reaches, in the portal's words."""
    return [str(c.label) for c in RECORD_CATEGORIES if process_type and reach_refusal(process_type, c) is None]
