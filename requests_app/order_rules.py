"""Which version of an order holds on a day, and what may follow it. Pure: no database, no clock."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Protocol, TypeVar

from requests_app.enums import OrderRelation


class Versioned(Protocol):
    """What the rules need to know of a version of an order; models.OrderVersion is one."""

    number: int
    relation: str
    issued_on: date
    valid_until: date | None


V = TypeVar("V", bound=Versioned)


def day_of(at: datetime) -> date:
    """Return the day, in UTC, on which orders are compared with a moment."""
    return at.astimezone(UTC).date()


def in_order(versions: Iterable[V]) -> list[V]:
    """Return the versions in the order in which they take effect: by day, then as they were added."""
    return sorted(versions, key=lambda version: (version.issued_on, version.number))


def last_begun(versions: Iterable[V], day: date) -> V | None:
    """Return the newest version that was issued on this day or before, whatever it says."""
    begun = [version for version in in_order(versions) if version.issued_on <= day]
    return begun[-1] if begun else None


def in_force(versions: Iterable[V], day: date) -> V | None:
    """Return the version that holds on this day; None before the first, after the last day, and once quashed.

    The last day of validity still counts. A version that replaces a quashed order brings it back from its own day on.
    """
    last = last_begun(versions, day)
    if last is None or last.relation == OrderRelation.QUASHED:
        return None
    return None if last.valid_until and last.valid_until < day else last


def quashed_by(versions: Iterable[V], day: date) -> V | None:
    """Return the version that quashed the order, as long as nothing replaced it since."""
    last = last_begun(versions, day)
    return last if last is not None and last.relation == OrderRelation.QUASHED else None


def addition_refusal(
    versions: Iterable[Versioned], relation: str, issued_on: date, valid_until: date | None
) -> tuple[str, str] | None:
    """Say why this cannot follow these versions, as field and sentence, or None."""
    known = in_order(versions)
    if not known:
        return "issued_on", "The order has no date yet. Give the date it was issued first."
    last = known[-1]
    if relation == OrderRelation.ORIGINAL:
        return "relation", "Say what this version does to the order."
    if last.relation == OrderRelation.QUASHED and relation != OrderRelation.REPLACES:
        return (
            "relation",
            f"It was quashed on {_day(last.issued_on)}. Only an order that replaces it can follow.",
        )
    if issued_on < last.issued_on:
        return (
            "issued_on",
            f"This is before the version it follows, of {_day(last.issued_on)}. Check the date.",
        )
    if relation != OrderRelation.EXTENDS:
        return None
    if valid_until is None:
        return "valid_until", "Give the day until which it is extended."
    if last.valid_until and valid_until <= last.valid_until:
        return "valid_until", f"The order is valid until {_day(last.valid_until)} already. Give a later day."
    return None


def _day(value: date) -> str:
    return f"{value:%-d %b %Y}"
