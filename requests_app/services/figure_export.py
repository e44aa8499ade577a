"""The figures as a file: one line for each slice and month, with a reason in the trail before anything leaves."""

import csv
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission, has_permission
from accounts.services.list_files import TYPES, XLSX
from accounts.services.statistics import safe_cell
from foundation.audit.canonical import JSON
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed
from foundation.core.workbook import workbook
from foundation.providers.models import Provider
from requests_app import figure_choices
from requests_app.enums import OPEN_STATUSES, Channel, RefusalCode
from requests_app.events import Event
from requests_app.services import figures
from requests_app.services.figure_sections import DECISIONS, FAILED, GONE, TAKEDOWNS, TIMES, age_words, risk_words
from requests_app.status_words import staff_words

_EMERGENCIES = {
    "filed": "Filed", "taken_in_time": "Taken in 5 minutes", "taken_due": "Taken or late",
    "decided_in_time": "Decided in 30 minutes", "decided_due": "Decided or late", "ordinary": "Went on as ordinary",
}  # fmt: skip
_HEADS = ("Slice", "Which", "Month (UTC)")


@dataclass(frozen=True)
class File:
    """A file of figures, ready to be sent."""

    name: str
    kind: str
    content: bytes


@transaction.atomic
def take(provider: Provider, *, form: str, reason: str, by: User, at: datetime | None = None) -> File:
    """Return everything that was counted of a company as a file, and note who took it and why.

    Times are medians in hours. Refused: without the right or a reason, and before anything was counted.
    """
    at = at or timezone.now()
    if not has_permission(by, Permission.EXPORT_LISTS) or provider not in figures.providers_of(by):
        raise NotAllowed("You do not have the right to do this.")
    if not reason.strip():
        raise Incomplete("Write why you need the file.")
    counted = figures.read_all(provider)
    if counted.at is None:
        raise NotAllowed("Nothing has been counted yet. Try again in a few minutes.")
    lines = list(_lines(counted))
    form = form if form in TYPES else "csv"
    content = b"".join(workbook(heads(), lines)) if form == XLSX else _csv(lines)
    facts: dict[str, JSON] = {
        "format": form, "rows": len(lines), "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest(),
    }  # fmt: skip
    record(Event.FIGURES_TAKEN, by=by, object_type="figures", object_id=str(provider.pk), object_label=provider.name,
           reason=reason.strip(), data=facts, at=at)  # fmt: skip
    return File(f"figures-{counted.at.astimezone(UTC):%Y-%m-%d-%H%M}.{form}", TYPES[form], content)


def heads() -> tuple[str, ...]:
    """Return the heads of the columns."""
    return (*_HEADS, *(words for words, _name in _columns()))


def _columns() -> list[tuple[str, str]]:
    """Return each column's words and the name of what was counted."""
    groups: tuple[tuple[str, str, dict[Any, str]], ...] = (
        ("Open: ", "status", {str(status): staff_words(status) for status in OPEN_STATUSES}),
        ("Open, age: ", "ages", age_words()),
        ("Open, clock: ", "clocks", risk_words()),
        ("Received by: ", "channels", dict(Channel.choices)),
        ("Of those without a decision: ", "gone", GONE),
        ("Decided: ", "decisions", DECISIONS),
        ("Declined because: ", "refusals", dict(RefusalCode.choices)),
        ("Emergencies: ", "emergencies", _EMERGENCIES),
        ("", "failed", FAILED),
        ("Takedown notices: ", "takedowns", TAKEDOWNS),
    )
    found = [("Open", "open"), ("Received", "received"), ("Decided", "answered")]
    found += [
        (f"{before}{words}", f"{group}.{name}") for before, group, all_of in groups for name, words in all_of.items()
    ]
    times = TIMES | {"emergency_taken": "Emergency until taken", "emergency_decided": "Emergency until decided",
                     "age": "Age of open requests"}  # fmt: skip
    return found + [(f"Median hours: {words}", f"times.{name}") for name, words in times.items()]


def _lines(counted: figures.Counted) -> Iterator[list[str | int]]:
    """Yield the slices: the whole desk first, each over all months and then month by month, the newest first."""
    keys = {dimension: counted.keys(dimension) for dimension in figure_choices.DIMENSIONS}
    names = figure_choices.names(counted.provider, keys)
    order: list[tuple[str, str, str, str]] = [(figure_choices.ALL, "", "Whole desk", "")]
    order += [
        (dim, key, words, names[dim][key]) for dim, words in figure_choices.DIMENSIONS.items() for key in names[dim]
    ]
    columns = [name for _words, name in _columns()]
    for dimension, key, of, which in order:
        months = {month for name, one, month in counted.slices if (name, one) == (dimension, key) and month}
        for month in (None, *sorted(months, reverse=True)):
            values = counted.of(dimension, key, month)
            yield [of, which, _month(month), *(_cell(name, values) for name in columns)]


def _month(month: date | None) -> str:
    return f"{month:%Y-%m}" if month else "Now, and the last 12 months"


def _cell(name: str, values: figures.Values) -> str | int:
    if name.startswith("times."):
        seconds = values.get(name)
        return "" if seconds is None else f"{seconds / 3600:.2f}"
    return int(values.get(name, 0))


def _csv(lines: list[list[str | int]]) -> bytes:
    """CSV as spreadsheets read it: with a byte order mark, and no cell that begins a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(heads())
    writer.writerows([safe_cell(cell) if isinstance(cell, str) else cell for cell in line] for line in lines)
    return ("\ufeff" + out.getvalue()).encode()
