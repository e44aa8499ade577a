"""An export over HTTP: waiting until it is made, then its list of files, page by page."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from foundation.providers.connectors.base import (
    ConnectorFailed,
    ExportedFile,
    MissingFile,
    PartlyExported,
    StillRunning,
)
from foundation.providers.connectors.http import wire
from foundation.providers.connectors.http.client import Client, tame
from foundation.providers.connectors.http.downloads import Contents

# Between two questions how far an export is: from the first to the second, half as long again each time.
POLL_FIRST, POLL_LAST = 0.1, 5.0
MOST_FILES = 100_000


def made(client: Client, state: wire.ExportAnswer, account: str) -> wire.ExportAnswer:
    """Wait until an export is as far as it will come. Raises StillRunning, ConnectorFailed."""
    ends, wait, ref = time.monotonic() + client.patience.export, POLL_FIRST, state.id
    while True:
        if max(state.files_ready, state.files_expected or 0) > MOST_FILES:
            raise ConnectorFailed(f"The company's systems announce more files than there may be ({MOST_FILES}).")
        if state.state != wire.ExportState.RUNNING:
            break
        if time.monotonic() + wait >= ends:
            raise StillRunning(ready=state.files_ready, expected=state.files_expected)
        client.sleep(wait)
        wait = min(wait * 1.5, POLL_LAST)
        state = client.ask(wire.STATUS, wire.ExportRef(ref), wire.ExportAnswer, hidden=(account,))
        if state.id != ref:
            raise ConnectorFailed("The company's systems answered about another export than was asked about.")
    if state.state == wire.ExportState.FAILED:
        said = tame(state.problem, frozenset({account}))
        raise ConnectorFailed(f"The company's systems could not export it. {said}".strip())
    return state


@dataclass(frozen=True)
class Files:
    """The files of an export that was made; what is missing is raised after the last that came (PartlyExported)."""

    client: Client
    state: wire.ExportAnswer
    account: str

    def __length_hint__(self) -> int:
        """How many files are expected, for whoever shows progress."""
        return NotImplemented if self.state.files_expected is None else self.state.files_expected

    def __iter__(self) -> Iterator[ExportedFile]:
        """Yield the files one by one. Raises ConnectorFailed."""
        ready, missing, hidden = 0, list[MissingFile](), frozenset({self.account})
        for entry in self._entries():
            if entry.state == wire.FileState.READY:
                ready += 1
                yield self._file(entry)
            else:
                missing.append(MissingFile(entry.number, entry.name, entry.category, tame(entry.problem, hidden)))
        if missing or self.state.state == wire.ExportState.PARTIAL:
            raise PartlyExported(missing, ready=ready, problem=tame(self.state.problem, hidden))
        if self.state.files_expected not in (None, ready):
            raise ConnectorFailed("The list of files is not whole. It has fewer or more files than were announced.")

    def _entries(self) -> Iterator[wire.FileEntry]:
        """Yield the entries of every page, each once and in order."""
        pages: set[str | None] = {None}
        page, last, count = None, -1, 0
        while True:
            call = wire.FilesCall(self.state.id, page)
            answer = self.client.ask(wire.FILES, call, wire.FilesAnswer, hidden=(self.account,))
            for entry in answer.files:
                count += 1
                if entry.number <= last or count > MOST_FILES:
                    raise ConnectorFailed("The list of files repeats itself, or is longer than it may be.")
                last = entry.number
                yield entry
            page = answer.next
            if page is None:
                return
            if page in pages or not answer.files:
                raise ConnectorFailed("The list of files does not end.")
            pages.add(page)

    def _file(self, entry: wire.FileEntry) -> ExportedFile:
        name = entry.name
        if not entry.sha256 or entry.extracted_at is None or not _is_name(name):
            raise ConnectorFailed(f"File {entry.number} of the export is not described as it has to be.")
        ref = wire.ContentCall(self.state.id, entry.number)
        contents = Contents(self.client, ref, entry.size, entry.sha256, hidden=(self.account,))
        return ExportedFile(
            name, entry.media_type, entry.category, entry.rows, contents, entry.extracted_at, entry.fields,
            account=entry.account, holder=entry.holder, on_file_from=entry.on_file_from,
            on_file_until=entry.on_file_until, sha256=entry.sha256, size=entry.size,
        )  # fmt: skip


def _is_name(text: str) -> bool:
    """Say whether this is a plain name of a file: printable, with no folder, and not of dots only."""
    return text.isprintable() and bool(text.strip(". ")) and not set(text) & set("/\\:")
