"""The connector over HTTP: what base declares, asked of a company's own systems as docs/connector.md says."""

import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import ParamSpec, TypeVar

from foundation.core.identifiers import Identifier
from foundation.providers.connectors.base import (
    NO_LIMITS,
    ConnectorFailed,
    Contact,
    ExportedFile,
    Frozen,
    Letter,
    Limits,
    Match,
    MissingFile,
    PartlyExported,
    Restrictions,
    Result,
    Snapshot,
    StillRunning,
)
from foundation.providers.connectors.http import wire
from foundation.providers.connectors.http.client import Client, key_on_the_wire, tame
from foundation.providers.connectors.http.codec import BadMessage
from foundation.providers.connectors.http.downloads import Contents

# Between two questions how far an export is: from the first to the second, half as long again each time.
POLL_FIRST, POLL_LAST = 0.1, 5.0
MOST_FILES = 100_000

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class HttpConnector:
    """Asks a company's own systems."""

    client: Client

    def about(self) -> wire.About:
        """Say who answers and what it can do."""
        return self.client.ask(wire.ABOUT, wire.Nothing(), wire.About)

    def match(self, identifiers: Sequence[Identifier]) -> list[Match]:
        """Answer one Match for each identifier; what cannot be searched as it is written is not sent."""
        usable = [item for item in identifiers if item.accepted and item.normalised]
        answers: list[Match] = []
        for begin in range(0, len(usable), wire.MOST_IDENTIFIERS):
            asked = usable[begin : begin + wire.MOST_IDENTIFIERS]
            answer = self.client.ask(wire.MATCH, wire.match_call(asked), wire.MatchAnswer)
            answers += _as_described(wire.matches_of, answer, asked)
        found = iter(answers)
        return [
            next(found)
            if item.accepted and item.normalised
            else Match(item, Result.NONE, item.why or "It cannot be searched as it is written.")
            for item in identifiers
        ]

    def contact(self, account: str) -> Contact:
        """Say how the account holder is reached."""
        return _of(account, self.client.ask(wire.CONTACT, wire.AccountCall(account), Contact))

    def preserve(
        self,
        account: str,
        categories: Sequence[str],
        until: datetime,
        *,
        hold: str,
        key: str,
        at: datetime,
        period: tuple[datetime, datetime] | None = None,
    ) -> Snapshot:
        """Have a snapshot kept, or the one of this hold for longer."""
        span = _span(*period) if period else None
        call = wire.HoldCall(account, hold, _sorted(categories), until, at, span)
        answer = self._act(wire.HOLDS, call, wire.HoldAnswer, key)
        _same(answer.hold, hold)
        return _of(account, _as_described(wire.snapshot_of, answer))

    def release(self, account: str, hold: str, *, key: str, at: datetime) -> datetime:
        """Have the copies of this hold deleted; return when they were gone."""
        answer = self._act(wire.RELEASE, wire.ReleaseCall(account, hold, at), wire.ReleaseAnswer, key)
        _same(answer.hold, hold)
        return _of(account, answer).gone_at

    def notify(self, account: str, letter: Letter, *, key: str, at: datetime) -> datetime:
        """Put a letter into the account holder's own pages; return when it was there."""
        answer = self._act(wire.NOTICES, wire.NoticeCall(account, letter, at), wire.NoticeAnswer, key)
        _same(answer.reference, letter.reference)
        return _of(account, answer).delivered_at

    def export(
        self,
        account: str,
        categories: Sequence[str],
        period_from: datetime,
        period_to: datetime,
        *,
        at: datetime,
        key: str = "",
        limits: Limits = NO_LIMITS,
    ) -> Iterator[ExportedFile]:
        """Yield the files one by one; their contents are fetched when they are read.

        Raises StillRunning where they take longer than anybody waits here, and PartlyExported after the last one that
        came. With the same key both go on where they were.
        """
        call = wire.ExportCall(account, _sorted(categories), _span(period_from, period_to), at, limits)
        state = self._made(self._act(wire.EXPORTS, call, wire.ExportAnswer, key or secrets.token_hex(16)), account)
        yield from self._files(state, account)

    def freeze(
        self, account: str, asset: str, amount: Decimal | None, *, freeze: str, key: str, at: datetime
    ) -> Frozen:
        """Have so much of an asset kept where it is."""
        answer = self._act(wire.FREEZES, wire.FreezeCall(account, freeze, asset, at, amount), Frozen, key)
        _same(answer.asset, asset)
        return _of(account, answer)

    def lift(self, account: str, *, freeze: str, key: str, at: datetime) -> datetime:
        """Have this freeze ended; return when."""
        answer = self._act(wire.LIFT, wire.LiftCall(account, freeze, at), wire.LiftAnswer, key)
        _same(answer.freeze, freeze)
        return _of(account, answer).lifted_at

    def restrictions(self, account: str) -> Restrictions:
        """Say whether the company's systems keep anything of the account."""
        return _of(account, self.client.ask(wire.RESTRICTIONS, wire.AccountCall(account), Restrictions))

    def _act(self, path: str, call: object, answered: type[T], key: str) -> T:
        return self.client.ask(path, call, answered, key=key_on_the_wire(key))

    def _made(self, state: wire.ExportAnswer, account: str) -> wire.ExportAnswer:
        """Wait until an export is as far as it will come. Raises StillRunning, ConnectorFailed."""
        ends, wait, ref = time.monotonic() + self.client.patience.export, POLL_FIRST, state.id
        while state.state == wire.ExportState.RUNNING:
            if time.monotonic() + wait >= ends:
                raise StillRunning(ready=state.files_ready, expected=state.files_expected)
            self.client.sleep(wait)
            wait = min(wait * 1.5, POLL_LAST)
            state = self.client.ask(wire.STATUS, wire.ExportRef(ref), wire.ExportAnswer)
            _same(state.id, ref)
        if state.state == wire.ExportState.FAILED:
            said = tame(state.problem, frozenset({account}))
            raise ConnectorFailed(f"The company's systems could not export it. {said}".strip())
        return state

    def _files(self, state: wire.ExportAnswer, account: str) -> Iterator[ExportedFile]:
        ready, missing = 0, []
        for entry in self._entries(state.id):
            if entry.state == wire.FileState.READY:
                ready += 1
                yield self._file(state.id, entry)
            else:
                problem = tame(entry.problem, frozenset({account}))
                missing.append(MissingFile(entry.number, entry.name, entry.category, problem))
        if missing or state.state == wire.ExportState.PARTIAL:
            raise PartlyExported(missing, ready=ready, problem=tame(state.problem, frozenset({account})))
        if state.files_expected not in (None, ready):
            raise ConnectorFailed("The list of files is not whole. It has fewer or more files than were announced.")

    def _entries(self, ref: str) -> Iterator[wire.FileEntry]:
        """Yield the entries of every page, each once and in order."""
        pages: set[str | None] = {None}
        page, last, count = None, -1, 0
        while True:
            answer = self.client.ask(wire.FILES, wire.FilesCall(ref, page), wire.FilesAnswer)
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

    def _file(self, ref: str, entry: wire.FileEntry) -> ExportedFile:
        name = entry.name
        if not entry.sha256 or entry.extracted_at is None or not name.isprintable() or set(name) & set("/\\:"):
            raise ConnectorFailed(f"File {entry.number} of the export is not described as it has to be.")
        contents = Contents(self.client, wire.ContentCall(ref, entry.number), entry.size, entry.sha256)
        return ExportedFile(
            name, entry.media_type, entry.category, entry.rows, contents, entry.extracted_at, entry.fields,
            account=entry.account, holder=entry.holder, on_file_from=entry.on_file_from,
            on_file_until=entry.on_file_until, sha256=entry.sha256, size=entry.size,
        )  # fmt: skip


def _sorted(categories: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted({str(category) for category in categories}))


def _span(start: datetime, end: datetime) -> wire.Span:
    if start.tzinfo is None or end.tzinfo is None or start >= end:
        raise ConnectorFailed("A period needs a beginning before its end, both with a time zone.")
    return wire.Span(start, end)


def _of(account: str, answer: T) -> T:
    """Return the answer where it is about the account that was asked about."""
    _same(getattr(answer, "account", None), account)
    return answer


def _same(answered: object, asked: object) -> None:
    if answered != asked:
        raise ConnectorFailed("The company's systems answered about something else than was asked.")


def _as_described(read: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
    try:
        return read(*given, **named)
    except BadMessage as error:
        raise ConnectorFailed(f"The answer of the company's systems is not as described: {error}") from error
