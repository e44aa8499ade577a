"""What the guard saw in a package, put together for the page: how much of it was looked at, and what lies outside."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from foundation.core.jobs import JobState
from requests_app.models import AddedRecord, CollectedFile, PackageItem
from requests_app.services.collect import records_of
from requests_app.services.guard import Aspect
from requests_app.services.packing import Part

_ALWAYS = (
    ("Rows outside of the granted period", (Aspect.PERIOD,)),
    ("Rows and files of other accounts", (Aspect.ACCOUNT,)),
    ("Kinds of records and columns not granted", (Aspect.CATEGORY, Aspect.COLUMNS, Aspect.DOCUMENT)),
    ("Names of other people", (Aspect.COUNTERPARTY, Aspect.HOLDER)),
)
_SOMETIMES = (
    ("Assets not granted", (Aspect.ASSET,)),
    ("What could not be read, or was not all there", (Aspect.UNREADABLE, Aspect.COUNT)),
)
_SHOWN = 5


@dataclass(frozen=True)
class Seen:
    """One way in which something can lie outside: how much of it was found, and the first of it in words."""

    what: str
    found: int
    rows: Sequence[str] = ()
    more: int = 0
    why: str = ""


@dataclass
class Summary:
    """What the guard looked at and saw in the files of a package that are in it."""

    seen: list[Seen] = field(default_factory=list)
    rows: int = 0
    # Files without rows, from the company's systems and added by hand: people look at them.
    documents: int = 0
    outside: int = 0
    taken_out: list[CollectedFile] = field(default_factory=list)
    # Of records narrowed to some assets, in words: those of which there is no row. It may be so, or a slip of the pen.
    none_of: list[str] = field(default_factory=list)


def summary(parts: Sequence[Part], items: Sequence[PackageItem], added: Sequence[AddedRecord] = ()) -> Summary:
    """Put together what was seen in every file; what was taken out is listed, and not counted as outside.

    added: the files added by hand of a package that is blocked, which has no items yet.
    """
    beside = [item for item in items if item.collected is None]
    here = [file for part in parts for file in part.here]
    counts = [file.rows for file in here] + [item.rows for item in beside]
    narrow = any(part.scope.limits.assets for part in parts)
    looked_at: list[CollectedFile | AddedRecord] = [*here, *added]
    found = [_seen(what, aspects, looked_at) for what, aspects in (*_ALWAYS, *_SOMETIMES)]
    always = {what for what, _aspects in _ALWAYS} | ({_SOMETIMES[0][0]} if narrow else set())
    return Summary(
        seen=[_explained(one, parts) for one in found if one.found or one.what in always],
        rows=sum(counted or 0 for counted in counts) + _left_in(parts),
        documents=counts.count(None),
        outside=sum(file.outside for file in looked_at),
        taken_out=[file for part in parts for file in part.files if file.taken_out_at is not None],
        none_of=[_none_of(part) for part in parts if part.scope.limits.assets and _is_empty(part)],
    )


def _is_empty(part: Part) -> bool:
    """Say whether everything came and none of it has a row."""
    return part.export.state == JobState.DONE and not any(file.rows for file in part.files)


def _none_of(part: Part) -> str:
    return f"{records_of(part.scope)}, account {part.scope.account}: no row is of {', '.join(part.scope.limits.assets)}"


def _left_in(parts: Sequence[Part]) -> int:
    """Count what is left of tables of which rows were taken out, while they are not made yet."""
    made = {file.replaces_id for part in parts for file in part.files}
    waiting = [file for part in parts for file in part.files if file.taken_out.get("rows") and file.pk not in made]
    return sum((file.rows or 0) - int(file.taken_out["rows"]) for file in waiting)


def _seen(what: str, aspects: Iterable[Aspect], files: Iterable[CollectedFile | AddedRecord]) -> Seen:
    found = [(file, file.findings[aspect]) for file in files for aspect in aspects if aspect in file.findings]
    rows = [words for file, finding in found for words in _told(file, finding["rows"])][:_SHOWN]
    count = sum(finding["count"] for _file, finding in found)
    return Seen(what, count, rows, count - len(rows))


def _told(file: CollectedFile | AddedRecord, rows: Iterable[str]) -> Iterable[str]:
    """Name the file beside each row where it was added by hand: people know it by its name."""
    return (f"{file.document.filename}: {words}" for words in rows) if isinstance(file, AddedRecord) else rows


def _explained(seen: Seen, parts: Sequence[Part]) -> Seen:
    """Say beside what was not found how it was looked for."""
    if seen.found:
        return seen
    limits = [part.scope.limits for part in parts]
    why = {
        _ALWAYS[0][0]: "Every time is read in UTC, to the second and further",
        _ALWAYS[1][0]: "Every row and every file names its account",
        _ALWAYS[3][0]: ""
        if any(limit.counterparties or limit.other_holders for limit in limits)
        else "Who the other side of a transaction is stays empty; addresses on a network stay",
    }.get(seen.what, "")
    return Seen(seen.what, 0, why=why)
