"""Exports: files are made once on the company's own disk, and fetched from there as often as the portal likes."""

import hashlib
import json
import logging
import shutil
import threading
import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from foundation.providers.connectors.base import ConnectorFailed, ExportedFile
from foundation.providers.connectors.http import codec, wire
from foundation.providers.connectors.http.wire import (
    ErrorCode,
    ExportAnswer,
    ExportCall,
    ExportState,
    FileEntry,
    FilesAnswer,
    FileState,
    Span,
)
from lers.company.books import Books
from lers.company.errors import Refused
from lers.company.faults import Faults, Kind
from lers.company.planting import KINDS, plant
from lers.company.systems import Systems

logger = logging.getLogger(__name__)

# After it the copies are gone; whoever asks later gets them made again, with the same contents.
KEPT_SECONDS = 3 * 86_400
_AT_ONCE = 2
_TROUBLE = "The archive of this month is being repaired. Ask again."


class Exports:
    """The exports of one company."""

    def __init__(
        self, books: Books, systems: Systems, folder: Path, faults: Faults, *, page: int, patience: float
    ) -> None:
        """`page`: files on one page of the list. `patience`: seconds to wait for an export before answering 202."""
        self._books, self._systems, self._folder, self._faults = books, systems, folder, faults
        self._page, self._patience = page, patience
        self._making: dict[str, threading.Thread] = {}
        self._guard = threading.Lock()
        self._places = threading.Semaphore(_AT_ONCE)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def begin(self, key: str, asked: str, at: datetime) -> ExportAnswer:
        """Begin an export, or go on with the one of this key: what failed before is tried again."""
        self._forget_old()
        with self._books.writing():
            known = self._books.row("SELECT * FROM export WHERE key = :key", key=key)
            if known and known["asked"] != asked:
                raise Refused(ErrorCode.KEY_USED, "The key was used for another export.")
            export = known["id"] if known else self._new(key, asked, at)
            self._books.rows("UPDATE export SET state = 'running' WHERE id = :id AND state != 'ready'", id=export)
        if not self._faults.take(wire.EXPORTS, Kind.RUNNING):
            self._make_beside(export).join(self._patience)
        return self._told(export)

    def status(self, export: str) -> ExportAnswer:
        """Say how far it is; one that a stop of this process left is taken up."""
        told = self._told(export)
        if self._faults.take(wire.STATUS, Kind.RUNNING):
            return replace(told, state=ExportState.RUNNING)
        if told.state is not ExportState.RUNNING:
            return told
        self._make_beside(export).join(self._patience)
        return self._told(export)

    def files(self, export: str, page: str | None) -> FilesAnswer:
        """List the files that are there, a page at a time."""
        self._row(export)
        if page is not None and not page.isdecimal():
            raise Refused(ErrorCode.BAD_REQUEST, "There is no such page.")
        rows = self._books.rows(
            "SELECT told FROM file WHERE export = :export AND number > :after ORDER BY number LIMIT :limit",
            export=export, after=int(page or 0), limit=self._page + 1,
        )  # fmt: skip
        files = tuple(codec.from_json(FileEntry, json.loads(row["told"])) for row in rows)
        more = len(files) > self._page
        return FilesAnswer(files[: self._page], str(files[self._page - 1].number) if more else None)

    def content(self, export: str, number: int) -> tuple[Path, FileEntry]:
        """Return where a file lies and what was said of it."""
        self._row(export)
        file = self._file(export, number)
        if file is None or file.state is not FileState.READY:
            raise Refused(ErrorCode.UNKNOWN_EXPORT, "There is no such file in this export.")
        place = self._place(export, number)
        if not place.exists():
            self._make_beside(export)
            raise Refused(ErrorCode.BUSY, "The file is made again.", retry_after=1)
        return place, file

    def _new(self, key: str, asked: str, at: datetime) -> str:
        """Write down a new export, with the fault that is to happen in it."""
        fault = self._faults.take(wire.EXPORTS, Kind.PLANT, Kind.PARTIAL)
        planted = "" if fault is None else fault.what if fault.kind is Kind.PLANT else str(Kind.PARTIAL)
        export = uuid4().hex
        self._books.rows(
            "INSERT INTO export (id, key, asked, at, state, planted) VALUES (:id, :key, :asked, :at, 'running', :p)",
            id=export, key=key, asked=asked, at=at.isoformat(), p=planted,
        )  # fmt: skip
        return export

    def _row(self, export: str) -> Any:
        found = self._books.row("SELECT * FROM export WHERE id = :id", id=export)
        if found is None:
            raise Refused(ErrorCode.UNKNOWN_EXPORT, "There is no such export.")
        return found

    def _told(self, export: str) -> ExportAnswer:
        row = self._row(export)
        ready = self._books.rows(
            "SELECT 1 FROM file WHERE export = :id AND json_extract(told, '$.state') = 'ready'", id=export
        )
        return ExportAnswer(export, ExportState(row["state"]), len(ready), row["expected"], row["problem"])

    def _make_beside(self, export: str) -> threading.Thread:
        """Make what is missing, in a thread; one for each export."""
        with self._guard:
            thread = self._making.get(export)
            if thread is None or not thread.is_alive():
                thread = threading.Thread(target=self._make, args=(export,), name="export", daemon=True)
                self._making = {key: one for key, one in self._making.items() if one.is_alive()} | {export: thread}
                thread.start()
            return thread

    def _make(self, export: str) -> None:
        row = self._row(export)
        try:
            with self._places:
                state, problem = self._made(row)
        except (ConnectorFailed, OSError) as error:
            # The words of neither: they may name a file, or an account.
            logger.warning("An export failed: %s", type(error).__name__)
            state, problem = ExportState.FAILED, "The export could not be made. Ask again."
        planted = "" if row["planted"] == Kind.PARTIAL else row["planted"]
        self._books.rows("UPDATE export SET state = :state, problem = :problem, planted = :p WHERE id = :id",
                         state=state, problem=problem, p=planted, id=export)  # fmt: skip

    def _made(self, row: Any) -> tuple[ExportState, str]:
        """Write every file that is not there yet; return the state and what is wrong."""
        asked = codec.from_json(ExportCall, {**json.loads(row["asked"]), "asked_at": row["at"]})
        files = list(self._systems.files(asked.account, asked.categories, asked.period.start, asked.period.end,
                                         at=asked.asked_at, limits=asked.limits))  # fmt: skip
        self._books.rows("UPDATE export SET expected = :n WHERE id = :id", n=len(files), id=row["id"])
        failed = len(files) if row["planted"] == Kind.PARTIAL else 0
        for number, file in enumerate(files, start=1):
            known = self._file(row["id"], number)
            if number == failed:
                entry = replace(_described(number, file), state=FileState.FAILED, problem=_TROUBLE)
            elif known and known.state is FileState.READY and self._place(row["id"], number).exists():
                continue
            else:
                entry = self._written(row["id"], number, file, asked.period, row["planted"])
            self._books.rows("INSERT OR REPLACE INTO file VALUES (:export, :number, :told)", export=row["id"],
                             number=number, told=json.dumps(codec.to_json(entry)))  # fmt: skip
        return (ExportState.PARTIAL, _TROUBLE) if failed else (ExportState.READY, "")

    def _written(self, export: str, number: int, file: ExportedFile, period: Span, planted: str) -> FileEntry:
        """Write a file chunk by chunk and describe it."""
        place = self._place(export, number)
        place.parent.mkdir(mode=0o700, exist_ok=True)
        draft, rows = place.with_suffix(".part"), file.rows
        with draft.open("wb") as target:
            for chunk in file.chunks:
                target.write(chunk)
        if planted in KINDS and file.media_type == "text/csv":
            rows = plant(planted, draft, period_from=period.start, period_to=period.end)
        with draft.open("rb") as source:
            digest = hashlib.file_digest(source, "sha256").hexdigest()
        size = draft.stat().st_size
        draft.replace(place)
        return replace(_described(number, file), rows=rows, size=size, sha256=digest)

    def _file(self, export: str, number: int) -> FileEntry | None:
        found = self._books.row("SELECT told FROM file WHERE export = :e AND number = :n", e=export, n=number)
        return codec.from_json(FileEntry, json.loads(found["told"])) if found else None

    def _place(self, export: str, number: int) -> Path:
        return self._folder / export / f"{number}"

    def _forget_old(self) -> None:
        """Delete the copies of long ago."""
        for folder in self._folder.iterdir():
            if time.time() - folder.stat().st_mtime > KEPT_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)


def _described(number: int, file: ExportedFile) -> FileEntry:
    """Return what the list says of a file before its contents are there."""
    return FileEntry(
        number, FileState.READY, file.name, str(file.category), file.account, media_type=file.media_type,
        holder=file.holder, rows=file.rows, fields=dict(file.fields), extracted_at=file.extracted_at,
        on_file_from=file.on_file_from, on_file_until=file.on_file_until,
    )  # fmt: skip
