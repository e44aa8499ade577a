"""Records that left before and are exported again: labelled as a new export, with what is different now.

What left in a package that was stopped, or whose download ended, may be asked for again. The company's systems go on
meanwhile, so the new file need not be the old one: rows are compared while the old file is here, hashes and counts
afterwards. What is different is said in numbers; which rows they are, only on the page of staff.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC
from hashlib import blake2b
from typing import Any

from django.utils.dateformat import format as format_date

from foundation.documents import services as documents
from foundation.documents.errors import DocumentDamaged
from foundation.documents.models import Document
from requests_app.enums import PackageStatus
from requests_app.models import DisclosurePackage, PackageItem
from requests_app.services.collect import CSV, Collected
from requests_app.services.table_reading import Unreadable, read_table

_LEFT = (PackageStatus.REVOKED, PackageStatus.EXPIRED, PackageStatus.PURGED)
# Each row costs some hundred bytes of memory while two files are compared.
_COMPARED_ROWS = 200_000
_NAMED = 10


@dataclass(frozen=True)
class NewExport:
    """A file that is a new export of one that left before, and what is different."""

    item: PackageItem
    differences: dict[str, Any]

    @property
    def words(self) -> str:
        """Say it in a sentence or two that the officer may read."""
        return f"{label(self.item)}. {difference_words(self.differences)}"


def label(item: PackageItem) -> str:
    """Say of which records a file is a new export."""
    released = item.package.released_at
    day = format_date(released.astimezone(UTC), "j M Y") if released else ""
    stopped = ", which was stopped" if item.package.status == PackageStatus.REVOKED else ""
    return f"New export of records released on {day} in package {item.package.number}{stopped}"


def difference_words(differences: dict[str, Any]) -> str:
    """Say what is different, in numbers."""
    before, now = differences["rows"]
    if differences["same"]:
        return "It is the same, byte for byte."
    if before is None or now is None:
        return "It is not the same file."
    counts = f"{before} rows then, {now} now"
    if differences["compared"] == "hashes":
        return f"It is not the same file: {counts}. Rows could not be compared."
    gone, new = differences["gone"], differences["new"]
    if not gone and not new:
        return f"The rows are the same: {counts}. Their order or their columns are not."
    return f"{gone} rows are gone and {new} are new: {counts}."


def new_exports(package: DisclosurePackage, collected: Iterable[Collected]) -> dict[str, NewExport]:
    """Return which files of a package are new exports, by name: only those from the company's systems count."""
    before = list(
        PackageItem.objects.filter(
            package__data_request=package.data_request,
            package__number__lt=package.number,
            package__released_at__isnull=False,
            package__status__in=_LEFT,
            added=None,
        )
        .select_related("package", "document", "line__target")
        .order_by("-package__released_at", "name")
    )
    found = {}
    for file in collected:
        if file.added is None and not file.same_rows_as and (item := _earlier(file, before)) is not None:
            found[file.name] = NewExport(item, compare(item.document, file.document, rows=(item.rows, file.rows)))
    return found


def _earlier(file: Collected, items: Sequence[PackageItem]) -> PackageItem | None:
    """Return the newest file that left with the same records: a table by its scope, a document also by its hash."""
    scope = file.scope
    own = {line.pk for _number, line in scope.lines}
    key = (scope.account, scope.category, scope.period_from, scope.period_to)
    for item in items:
        line = item.line
        same = item.line_id in own or key == (line.target.account, line.category, line.period_from, line.period_to)
        alike = item.document.media_type == file.document.media_type
        if same and alike and (file.rows is not None or item.document.sha256 == file.document.sha256):
            return item
    return None


def compare(before: Document, now: Document, *, rows: tuple[int | None, int | None]) -> dict[str, Any]:
    """Return what is different between two files of the same records, as it is stored beside the new one."""
    same = before.sha256 == now.sha256
    found: dict[str, Any] = {"same": same, "rows": list(rows), "gone": 0, "new": 0, "named": [], "compared": "hashes"}
    small = all(count is not None and count <= _COMPARED_ROWS for count in rows)
    if same or before.media_type != CSV or not small or not documents.is_usable(before):
        return found
    try:
        found |= _by_rows(before, now)
    except (DocumentDamaged, Unreadable, OSError):
        return found
    return found


def _by_rows(before: Document, now: Document) -> dict[str, Any]:
    """Compare by content, in whatever order: columns that only one of the two has are left out."""
    shared = set(_names(before)) & set(_names(now))
    old = Counter(digest for _number, digest in _digests(before, shared))
    new: list[int] = []
    for number, digest in _digests(now, shared):
        if old[digest] > 0:
            old[digest] -= 1
        else:
            new.append(number)
    left = +old
    gone = [number for number, digest in _digests(before, shared) if left[digest] > 0 and not left.subtract([digest])]
    named = [f"Row {n} of the earlier file is gone" for n in gone] + [f"Row {n} is new" for n in new]
    return {"compared": "rows", "gone": len(gone), "new": len(new), "named": named[:_NAMED]}


def _names(table: Document) -> list[str]:
    _raw, names = next(read_table(documents.pieces(table)))
    return names


def _digests(table: Document, shared: set[str]) -> Iterator[tuple[int, bytes]]:
    rows = read_table(documents.pieces(table))
    _raw, names = next(rows)
    order = sorted((name, place) for place, name in enumerate(names) if name in shared)
    number = 0
    for _raw, fields in rows:
        if fields:
            number += 1
            text = "\0".join(fields[place] for _name, place in order)
            yield number, blake2b(text.encode(), digest_size=16).digest()
