"""Puts a row into a file that may not be there, just outside a border: what a guard on the other side must find."""

import csv
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

Row = dict[str, str]
SECOND = timedelta(seconds=1)
_SOMEBODY = "Rowan Thackwood"


def plant(what: str, file: Path, *, period_from: datetime, period_to: datetime) -> int:
    """Rewrite a table with one row more, or one column; return its rows. Raises KeyError for what is not known."""
    with file.open(newline="", encoding="utf-8") as source:
        reader = csv.DictReader(source)
        columns, rows = list(reader.fieldnames or ()), list(reader)
    if _NEEDS.get(what, "account") not in columns:
        return len(rows)
    row = dict.fromkeys(columns, "") | (dict(rows[-1]) if rows else {})
    _WAYS[what](row, period_from, period_to)
    columns += [name for name in row if name not in columns]
    draft = file.with_suffix(".planted")
    with draft.open("w", newline="", encoding="utf-8") as target:
        writer = csv.DictWriter(target, columns, restval="")
        writer.writeheader()
        writer.writerows([*rows, row])
    draft.replace(file)
    return len(rows) + 1


def _at(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _second_before(row: Row, start: datetime, end: datetime) -> None:
    if "time_utc" in row:
        row["time_utc"] = _at(start - SECOND)
    else:
        row |= {"on_file_from_utc": _at(start - timedelta(days=9)), "on_file_until_utc": _at(start - SECOND)}


def _at_the_end(row: Row, start: datetime, end: datetime) -> None:
    row |= {"time_utc" if "time_utc" in row else "on_file_from_utc": _at(end)}


def _other_account(row: Row, start: datetime, end: datetime) -> None:
    row["account"] = f"{row['account'][:-1]}{(int(row['account'][-1:] or 0) + 1) % 10}"


def _set(column: str, value: str) -> Callable[[Row, datetime, datetime], None]:
    def change(row: Row, start: datetime, end: datetime) -> None:
        row[column] = value

    return change


_WAYS: Mapping[str, Callable[[Row, datetime, datetime], None]] = {
    "second_before": _second_before,
    "at_the_end": _at_the_end,
    "other_account": _other_account,
    "other_asset": _set("asset", "XMR"),
    "counterparty": _set("counterparty_name", _SOMEBODY),
    "joint_holder": _set("holder", "2"),
    "column": _set("employer", _SOMEBODY),
}
# Only into tables that have such a column.
_NEEDS = {"other_asset": "asset", "counterparty": "counterparty_name", "joint_holder": "holder"}
KINDS = tuple(_WAYS)
