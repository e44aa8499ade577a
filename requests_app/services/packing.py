"""What goes into a package of what was collected for it, under which names, and what a person took out before."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from foundation.core.jobs import JobState
from foundation.documents import services as documents
from foundation.documents.filetypes import by_media_type
from requests_app.models import CollectedFile, DisclosurePackage, LineExport
from requests_app.services.archive import TakenOut, stamp
from requests_app.services.collect import Collected, records_of
from requests_app.services.collecting import LEASE, fingerprint, scope_of
from requests_app.services.guard import Scope
from requests_app.services.preparing import lines_to_export
from requests_app.services.table_reading import read_table

_QUIET = timedelta(minutes=1)


@dataclass(frozen=True)
class Part:
    """One export of a package, what it is for, and its files as they stand: those taken out among them."""

    export: LineExport
    scope: Scope
    files: list[CollectedFile]

    @property
    def here(self) -> list[CollectedFile]:
        """Return the files that go into the package."""
        return [file for file in self.files if file.taken_out_at is None]

    @property
    def outside(self) -> int:
        """Return how much of what goes into the package lies outside."""
        return sum(file.outside for file in self.here)

    @property
    def is_quiet(self) -> bool:
        """Say whether the worker that has it wrote nothing for a while: it waits for somebody, or it died."""
        until = self.export.claimed_until
        running = self.export.state == JobState.RUNNING
        return running and until is not None and until - LEASE < timezone.now() - _QUIET

    @property
    def is_changed(self) -> bool:
        """Say whether the lines say something else now than when it was planned."""
        return fingerprint(self.scope) != self.export.scope

    def is_taken_out_since(self, at: datetime | None) -> bool:
        """Say whether a person took something out after this moment."""
        return any(at and file.taken_out_at and file.taken_out_at >= at for file in self.files)


def parts(package: DisclosurePackage) -> list[Part]:
    """Return the exports of a package in their order; of what is not granted any more nothing."""
    lines = lines_to_export(package)
    exports = package.exports.prefetch_related("files__document", "files__as_json", "files__taken_out_by")
    found = ((export, scope_of(export, lines)) for export in exports.order_by("pk"))
    return [Part(export, scope, list(export.files.all())) for export, scope in found if scope is not None]


def files_of(package: DisclosurePackage, *, stem: str) -> list[Collected]:
    """Return the collected files as they go into a package: a table twice, as CSV and as JSON."""
    source = package.data_request.provider.name
    found: list[Collected] = []
    numbers = iter(range(1, 1_000_000))
    for part in parts(package):
        for file in part.here:
            found += _forms(part.scope, file, f"{stem}-{next(numbers):03}", source)
    return found


def taken_out(package: DisclosurePackage) -> list[TakenOut]:
    """Return what a person took out before the seal, as the manifest states it."""
    return [
        TakenOut(
            records=records_of(part.scope),
            account=part.scope.account,
            rows=file.taken_out.get("rows"),
            taken_out_at=stamp(file.taken_out_at),
        )
        for part in parts(package)
        for file in part.files
        if file.taken_out_at is not None
    ]


def named_in(file: CollectedFile) -> list[str]:
    """Return the first of what lies outside in a file, in words."""
    return [words for finding in file.findings.values() for words in finding["rows"]]


def _in_order(file: CollectedFile) -> dict[str, str]:
    """Return what the columns of a table mean, in their order in it; the database keeps no order of names."""
    meanings: dict[str, str] = file.columns
    if file.as_json is None:
        return meanings
    _raw, names = next(read_table(documents.pieces(file.document)))
    return {name: meanings[name] for name in names if name in meanings}


def _forms(scope: Scope, file: CollectedFile, stem: str, company: str) -> Iterable[Collected]:
    kind = by_media_type(file.document.media_type)
    name = f"{stem}.{kind.endings[0] if kind else 'bin'}"
    columns = _in_order(file)
    as_it_came = Collected(
        scope=scope,
        name=name,
        document=file.document,
        source=f"{company}, {records_of(scope)}",
        extracted_at=file.extracted_at,
        columns=columns,
        rows=file.rows,
        outside=file.outside,
        named=named_in(file),
        file=file,
    )
    yield as_it_came
    if file.as_json is not None:
        yield Collected(
            scope=scope,
            name=f"{stem}.json",
            document=file.as_json,
            source=as_it_came.source,
            extracted_at=file.extracted_at,
            columns=columns,
            rows=file.rows,
            file=file,
            same_rows_as=name,
        )
