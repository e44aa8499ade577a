"""What the company remembers: what was asked under which key, snapshots, freezes, letters, exports; one SQLite file."""

import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS call (id TEXT PRIMARY KEY, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS done (
    key TEXT PRIMARY KEY, path TEXT NOT NULL, asked TEXT NOT NULL, answer TEXT NOT NULL, at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS snapshot (
    account TEXT NOT NULL, hold TEXT NOT NULL, manifest TEXT NOT NULL, released_at TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (account, hold));
CREATE TABLE IF NOT EXISTS freeze (
    id INTEGER PRIMARY KEY, freeze TEXT NOT NULL, account TEXT NOT NULL, asset TEXT NOT NULL, balance TEXT NOT NULL,
    amount TEXT NOT NULL, at TEXT NOT NULL, lifted_at TEXT NOT NULL DEFAULT '');
CREATE TABLE IF NOT EXISTS letter (
    reference TEXT PRIMARY KEY, account TEXT NOT NULL, language TEXT NOT NULL, subject TEXT NOT NULL,
    text TEXT NOT NULL, at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS export (
    id TEXT PRIMARY KEY, key TEXT NOT NULL UNIQUE, asked TEXT NOT NULL, at TEXT NOT NULL, state TEXT NOT NULL,
    expected INTEGER, problem TEXT NOT NULL DEFAULT '', planted TEXT NOT NULL DEFAULT '');
CREATE TABLE IF NOT EXISTS file (
    export TEXT NOT NULL, number INTEGER NOT NULL, told TEXT NOT NULL, PRIMARY KEY (export, number));
"""


class Books:
    """One file, one writer at a time: a small company's way; a large one has its own database here."""

    def __init__(self, folder: Path) -> None:
        """Open the books of this folder, or begin them."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._guard = threading.RLock()
        self._rows = sqlite3.connect(folder / "books.sqlite3", check_same_thread=False, isolation_level=None)
        self._rows.row_factory = sqlite3.Row
        self._rows.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;" + _SCHEMA)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Do what follows wholly or not at all, and nobody else meanwhile."""
        with self._guard:
            if self._rows.in_transaction:
                yield
                return
            self._rows.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._rows.execute("ROLLBACK")
                raise
            self._rows.execute("COMMIT")

    def rows(self, statement: str, **values: Any) -> list[sqlite3.Row]:
        """Return what a statement finds or changes."""
        with self._guard:
            return self._rows.execute(statement, values).fetchall()

    def row(self, statement: str, **values: Any) -> sqlite3.Row | None:
        """Return the first row, if there is one."""
        return next(iter(self.rows(statement, **values)), None)

    def is_new(self, call: str, at: float, *, seconds: int) -> bool:
        """Note the id of a call for so many seconds; False where the same id came before."""
        with self.writing():
            self.rows("DELETE FROM call WHERE at < :old", old=at - seconds)
            return bool(self.rows("INSERT OR IGNORE INTO call VALUES (:id, :at) RETURNING id", id=call, at=at))

    def done_before(self, key: str) -> tuple[str, str, dict[str, Any]] | None:
        """Return path, question and answer of what was done under this key; None where nothing was."""
        found = self.row("SELECT path, asked, answer FROM done WHERE key = :key", key=key)
        return (found["path"], found["asked"], json.loads(found["answer"])) if found else None

    def note_done(self, key: str, path: str, asked: str, answer: Mapping[str, Any], at: str) -> None:
        """Remember what was done under a key, so that it is done once."""
        self.rows("INSERT INTO done VALUES (:key, :path, :asked, :answer, :at)", key=key, path=path, asked=asked,
                  answer=json.dumps(answer), at=at)  # fmt: skip

    def close(self) -> None:
        """Close the file."""
        with self._guard:
            self._rows.close()
