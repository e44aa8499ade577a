"""Versions of the catalogue beside each other: what was added, what ended, what changed in which field."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from foundation.legal.models import ProcessType

# What is compared, in the order of a type's page, and what it is called there.
FIELDS: dict[str, str] = {
    "name": "Name",
    "local_name": "Local name",
    "authority": "Law",
    "issuer": "Who issues it",
    "minimum_rank": "Lowest rank",
    "rank_at_least": "Lowest rank, as compared",
    "reaches": "What it reaches",
    "compels": "Binds",
    "bars_notice": "Can forbid telling the account holder",
    "notice_citation": "Citation of that",
    "notice_duty": "Who tells the account holder",
    "notice_duty_law": "Law that says who tells",
    "response_days": "Days to answer",
    "emergency_hours": "Hours to answer an emergency",
    "counting_mode": "How periods are counted",
    "preservation_days": "First period of a hold, days",
    "extension_days": "Extension of a hold, days",
    "maximum_extensions": "Extensions at most",
    "maximum_hold_days": "Hold in all at most, days",
    "file_within_days": "Authority must go to court within, days",
    "foreign_days": "First period for a foreign offence, days",
    "destroy_after": "Must be destroyed afterwards",
    "required_documents": "What it needs",
    "route": "How it comes",
    "valid_from": "In force from",
    "valid_to": "In force until",
    "accepted": "Accepted by default",
    "needs_counsel": "Counsel looks first by default",
    "stop_screen": "Stopped at the door",
    "prospective": "May reach later data",
    "note": "Note",
    "source": "Source",
    "value_sources": "Sources of single values",
}


class Change(StrEnum):
    """What became of a type between two versions."""

    ADDED = "added"
    ENDED = "ended"
    CHANGED = "changed"


@dataclass(frozen=True)
class Difference:
    """One type that is not the same in two versions; `fields` holds (label, before, after) of what changed."""

    change: Change
    process_type: ProcessType
    fields: tuple[tuple[str, Any, Any], ...] = ()


def versions() -> list[str]:
    """Return the versions that were loaded, newest first."""
    names = ProcessType.objects.order_by("-catalogue_version").values_list("catalogue_version", flat=True)
    return list(names.distinct())


def compare(before: Iterable[ProcessType], after: Iterable[ProcessType]) -> list[Difference]:
    """Return what is not the same, by code. Pure: give it the rows of the older version and those of the newer."""
    old, new = ({row.code: row for row in rows} for rows in (before, after))
    found: list[Difference] = []
    for code in sorted(old.keys() | new.keys()):
        if code not in old:
            found.append(Difference(Change.ADDED, new[code]))
        elif code not in new:
            found.append(Difference(Change.ENDED, old[code]))
        elif fields := _changed(old[code], new[code]):
            found.append(Difference(Change.CHANGED, new[code], fields))
    return found


def _changed(old: ProcessType, new: ProcessType) -> tuple[tuple[str, Any, Any], ...]:
    pairs = ((label, getattr(old, name), getattr(new, name)) for name, label in FIELDS.items())
    return tuple((label, before, after) for label, before, after in pairs if before != after)
