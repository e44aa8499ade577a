"""One export on its way in: each file is stored encrypted while it streams, the guard beside it, and then as JSON."""

import time
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from operator import length_hint

from django.db import transaction
from django.utils import timezone

from foundation.documents import services as documents
from foundation.documents.errors import DocumentRefused
from foundation.documents.filetypes import Family, by_media_type
from foundation.documents.models import Document
from foundation.documents.vault import discard
from foundation.providers.connectors.base import ConnectorFailed, ExportedFile
from requests_app.enums import PackageStatus
from requests_app.models import CollectedFile, DisclosurePackage, LineExport
from requests_app.services import as_json, collect
from requests_app.services.collect import JSON
from requests_app.services.guard import Aspect, Guard, Scope

BINARY = "application/octet-stream"
_DOCUMENTS = (Family.PDF, Family.IMAGE)
_SECOND = 1.0


class LeaseLost(Exception):
    """Another worker has taken over, or the package is not prepared any more; what this one made is not wanted."""


class Intake:
    """Takes in the files of one export that are not here yet, and keeps its row and its lease up to date."""

    def __init__(self, export: LineExport, scope: Scope, *, at: datetime, lease: timedelta) -> None:
        self._export = export
        self._scope = scope
        self._at = at
        self._lease = lease
        self._noted = time.monotonic()
        self._kept = {file.position: file for file in export.files.select_related("document")}
        self._rows = sum(file.rows or 0 for file in self._kept.values())
        self._bytes = sum(file.document.size or 0 for file in self._kept.values())

    def take_in(self) -> None:
        """Go through the files of the export in their order; one that is here already is not read again."""
        self._note()
        last, asked = 0, self._asked()
        self._note()
        for last, file in enumerate(asked, 1):
            known = self._kept.get(last)
            if known is not None and _is_same(known, file):
                continue
            # Only who has the row may remove what another worker may count on.
            self._note()
            if known is not None:
                self._drop(known)
            self._store(last, file)
        if not last:
            raise ConnectorFailed("The company's systems gave no file.")
        for surplus in [kept for position, kept in self._kept.items() if position > last]:
            self._drop(surplus)
        self._note()

    def _asked(self) -> Iterable[ExportedFile]:
        export, scope = self._export, self._scope
        files = collect.company(export.package.data_request.provider).export(
            scope.account,
            [scope.category],
            scope.period_from,
            scope.period_to,
            at=self._at,
            key=export.idempotency_key,
            limits=scope.limits,
        )
        export.files_expected = length_hint(files, 0) or None
        return files

    def _store(self, position: int, file: ExportedFile) -> None:
        guard = Guard(self._scope)
        chunks: Iterable[bytes] = ()
        # What is refused before it is read is named and not kept: nobody asked for it.
        if guard.look_at_file(file) and _may_be_kept(file, guard):
            chunks = guard.watch(file.chunks) if guard.is_table else file.chunks
        kept = not guard.refused
        document = self._written(
            self._measured(chunks, guard), file.media_type if kept else BINARY, preview=kept and not guard.is_table
        )
        if not guard.outside:
            self._check_announced(document, file, guard)
        self._keep(
            CollectedFile(
                export=self._export,
                position=position,
                document=document,
                as_json=self._as_json(document, file, guard) if guard.is_table and not guard.outside else None,
                rows=guard.rows if guard.is_table else None,
                columns=dict(file.fields),
                extracted_at=file.extracted_at,
                findings=guard.findings(),
                outside=guard.outside,
            )
        )

    def _keep(self, file: CollectedFile) -> None:
        """Have a file that came whole count, if the row is still ours at this moment; else nothing of it stays."""
        try:
            with transaction.atomic():
                file.save()
                self._kept[file.position] = file
                self._rows += file.rows or 0
                self._bytes += file.document.size or 0
                self._note()
        except LeaseLost:
            for document in filter(None, (file.document, file.as_json)):
                discard(document)
            raise

    def _as_json(self, document: Document, file: ExportedFile, guard: Guard) -> Document:
        pieces = as_json.pieces(document, self._scope, file.fields)
        return self._written(self._measured(pieces, guard, counted=False), JSON)

    def _written(self, chunks: Iterable[bytes], media_type: str, *, preview: bool = False) -> Document:
        return documents.write_generated(
            chunks, filename=self._filename(media_type), media_type=media_type, purpose=self._export.purpose, by=None,
            preview=preview, at=self._at,
        )  # fmt: skip

    def _filename(self, media_type: str) -> str:
        kind = by_media_type(media_type)
        package = self._export.package
        return f"{package.data_request.reference}-{package.number}.{kind.endings[0] if kind else 'bin'}"

    def _check_announced(self, document: Document, file: ExportedFile, guard: Guard) -> None:
        """Compare with what the company's systems announced, and see that a document is what it says it is."""
        announced = (file.sha256 or document.sha256, document.size if file.size is None else file.size)
        if announced != (document.sha256, document.size):
            discard(document)
            raise ConnectorFailed("A file came that is not the one that was announced.")
        if guard.is_table:
            guard.check_count(file.rows)
            return
        try:
            documents.require_kind(document)
        except DocumentRefused as refusal:
            guard.refuse(Aspect.DOCUMENT, str(refusal))

    def _measured(self, chunks: Iterable[bytes], guard: Guard, *, counted: bool = True) -> Iterator[bytes]:
        """Pass the chunks on, and write down every second how far it is."""
        size = 0
        for chunk in chunks:
            yield chunk
            size += len(chunk)
            if time.monotonic() - self._noted >= _SECOND:
                self._note(*((guard.rows, size) if counted else (guard.rows, 0)))

    def _note(self, rows: int = 0, size: int = 0) -> None:
        """Write down how far it is and hold the row for longer, or stop where it is no longer ours or not wanted."""
        self._noted = time.monotonic()
        now = timezone.now()
        until = now + self._lease
        preparing = DisclosurePackage.objects.filter(status=PackageStatus.PREPARING).values("pk")
        held = LineExport.objects.filter(
            pk=self._export.pk, claimed_until=self._export.claimed_until, package__in=preparing
        )
        progress = {
            "files_expected": self._export.files_expected,
            "files_done": len(self._kept),
            "rows_done": self._rows + rows,
            "bytes_done": self._bytes + size,
            "progress_at": now,
        }
        if held.update(claimed_until=until, **progress) != 1:
            raise LeaseLost
        self._export.claimed_until = until

    def _drop(self, file: CollectedFile) -> None:
        """Remove a file that came otherwise this time."""
        del self._kept[file.position]
        self._rows -= file.rows or 0
        self._bytes -= file.document.size or 0
        file.delete()
        for document in filter(None, (file.document, file.as_json)):
            discard(document)


def _may_be_kept(file: ExportedFile, guard: Guard) -> bool:
    """Say whether a file is of a kind that is looked into; what is wrong is noted."""
    kind = by_media_type(file.media_type)
    if not guard.is_table and (kind is None or kind.family not in _DOCUMENTS):
        guard.refuse(Aspect.DOCUMENT, f"a file of {file.media_type} came, which cannot be looked into")
    return not guard.refused


def _is_same(known: CollectedFile, file: ExportedFile) -> bool:
    """Say whether a file that is here is the one that is offered now, as far as the other side says what that is."""
    if known.outside:
        return False
    if file.sha256:
        return file.sha256 == known.document.sha256
    return file.size in (None, known.document.size) and (known.rows is None or file.rows == known.rows)
