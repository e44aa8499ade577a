"""What a search finds, put together for its page: every way with its count, a few rows, and why each row is there."""

from dataclasses import dataclass, field
from typing import Any

from requests_app.queue import with_facts
from requests_app.search_terms import Terms
from requests_app.services import search_groups
from requests_app.services.search_groups import COUNT_TO, FIRST, Rows, Why
from requests_app.services.search_hits import Hit, hits_of


@dataclass(frozen=True)
class Group:
    """What was found in one way; late: looking took too long, so nothing is known."""

    why: Why
    rows: list[tuple[Any, list[Hit]]] = field(default_factory=list)
    count: int = 0
    late: bool = False

    @property
    def said(self) -> str:
        """The count as it is shown."""
        return f"{COUNT_TO - 1}+" if self.count >= COUNT_TO else str(self.count)

    @property
    def more(self) -> bool:
        """Say whether there are rows that are not shown."""
        return self.count > len(self.rows)


def overview(terms: Terms, seen: Rows) -> list[Group]:
    """Return every way in which something can be found, each with its newest rows; one query for all rows."""
    found = search_groups.find(terms, seen)
    keys = {key for group in found.values() for key in (group or [])[:FIRST]}
    rows = {row.pk: row for row in with_facts(seen.filter(pk__in=keys))} if keys else {}
    groups = []
    for why, group in found.items():
        if group is None:
            groups.append(Group(why, late=True))
            continue
        shown = [rows[key] for key in group[:FIRST] if key in rows]
        groups.append(Group(why, _with_hits(why, shown, terms), len(group)))
    return groups


def page_of(why: Why, terms: Terms, seen: Rows, *, after: str = "") -> tuple[Group, str]:
    """Return a page of what was found in one way, and the place behind it."""
    found = search_groups.page(why, terms, seen, after=after)
    if found is None:
        return Group(why, late=True), ""
    rows, place = found
    return Group(why, _with_hits(why, rows, terms), len(rows)), place


def _with_hits(why: Why, rows: list[Any], terms: Terms) -> list[tuple[Any, list[Hit]]]:
    hits = hits_of(why, rows, terms)
    return [(row, hits.get(row.pk, [])) for row in rows]
