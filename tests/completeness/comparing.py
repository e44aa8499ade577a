"""Every recorded change against the trail: which transaction changed what without an entry about it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.apps import apps

from tests.completeness import listed

_CHANGES = """
SELECT seq, xid::text, tbl, op, pk, columns, parents, query, process FROM completeness.change ORDER BY seq
"""
_ENTRIES = "SELECT xid::text, action, object_type, object_id FROM audit_auditevent"
# The name under which a test connects that changes rows by hand, as no code of the portal does: nobody tells of that.
BY_HAND = "changed by hand"
# What everything hangs on: to be told of one of these tells nothing of the row.
_HUBS = frozenset(
    {"accounts_user", "accounts_agency", "providers_provider", "providers_team"}
    | {"legal_jurisdiction", "legal_processtype", "legal_workcalendar"}
)


class Change(NamedTuple):
    """One row changed by one statement, as the recorder has it."""

    seq: int
    xid: str
    table: str
    op: str
    pk: str
    columns: list[str]
    parents: dict[str, Any]
    query: str
    process: str


Row = tuple[str, str]


@dataclass
class Told:
    """What the entries of one transaction are about."""

    actions: set[str] = field(default_factory=set)
    objects: set[Row] = field(default_factory=set)


def gaps(connection: Any, *, after: int = 0) -> list[str]:
    """Return what changed after that number without an entry of its own, one line for each sort of change."""
    with connection.cursor() as cursor:
        cursor.execute(_CHANGES)
        changes = [Change(*row) for row in cursor.fetchall()]
        cursor.execute(_ENTRIES)
        told: dict[str, Told] = defaultdict(Told)
        for xid, action, kind, pk in cursor.fetchall():
            told[xid].actions.add(action)
            told[xid].objects.add((kind, pk))
    return untold([c for c in changes if c.seq > after and c.process != BY_HAND], told, _neighbours(changes))


def newest(connection: Any) -> int:
    """Return the number of the newest recorded change."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(seq), 0) FROM completeness.change")
        (found,) = cursor.fetchone()
    return int(found)


def untold(changes: Iterable[Change], told: Mapping[str, Told], near: Mapping[Row, set[Row]]) -> list[str]:
    """Return the changes that no entry of their transaction is about."""
    labels = _labels()
    found: dict[str, list[str]] = defaultdict(list)
    for change in changes:
        columns = set(change.columns) - set(listed.COLUMNS.get(change.table, ()))
        if not columns or change.table in listed.TABLES:
            continue
        if change.op == "INSERT" and change.table in listed.TOLD_LATER:
            continue
        if change.op == "DELETE" and listed.GONE.get(change.table, ("\0",))[0] in change.query:
            continue
        entries = told.get(change.xid, Told())
        if _is_told(change, entries, near, labels):
            continue
        what = "*" if change.op != "UPDATE" else ", ".join(sorted(columns))
        of = f"only of {', '.join(sorted(entries.actions))}" if entries.actions else "of nothing"
        example = f"{change.pk}, {change.process}, {change.query}"
        found[f"{change.op} {change.table} ({what})"].append(f"the trail tells {of}\n    row {example}")
    return [f"{len(rows)} x {line}: {rows[0]}" for line, rows in sorted(found.items())]


def _is_told(change: Change, entries: Told, near: Mapping[Row, set[Row]], labels: Mapping[str, str]) -> bool:
    if any(change.table in listed.SUMMARIES.get(action, ()) for action in entries.actions):
        return True
    around = _around((change.table, change.pk), near)
    return any((labels.get(table, ""), pk) in entries.objects for table, pk in around)


def _around(row: Row, near: Mapping[Row, set[Row]], steps: int = 3) -> set[Row]:
    """Return the row with what it belongs to and what belongs to it, through no hub; of hubs only its own."""
    seen, edge = {row}, {row}
    for _step in range(steps):
        edge = {n for r in edge for n in near.get(r, ()) if n[0] not in _HUBS} - seen
        seen |= edge
    return seen | {n for n in near.get(row, ()) if n[0] in _HUBS}


def _neighbours(changes: Iterable[Change]) -> dict[Row, set[Row]]:
    keys = {
        (model._meta.db_table, item.column): item.related_model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        for item in model._meta.local_concrete_fields
        if item.related_model
    }
    near: dict[Row, set[Row]] = defaultdict(set)
    for change in changes:
        here = (change.table, change.pk)
        for there in _parents(change, keys):
            near[here].add(there)
            near[there].add(here)
    return near


def _parents(change: Change, keys: Mapping[tuple[str, str], str]) -> Iterable[Row]:
    """Return what a row belongs to; who did something to it is not among that."""
    for column, pk in change.parents.items():
        table = keys.get((change.table, column))
        if table and not column.endswith("_by_id"):
            yield table, str(pk)
    if "owner_type" in change.parents:
        yield apps.get_model(change.parents["owner_type"])._meta.db_table, str(change.parents["owner_id"])


def _labels() -> dict[str, str]:
    return {model._meta.db_table: model._meta.label_lower for model in apps.get_models(include_auto_created=True)}
