"""The connector over HTTP: what base declares, asked of a company's own systems as docs/connector.md says."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import ParamSpec, TypeVar

from foundation.core.identifiers import Identifier
from foundation.providers.connectors.base import (
    NO_LIMITS,
    ConnectorFailed,
    Contact,
    Frozen,
    Letter,
    Limits,
    Match,
    Restrictions,
    Result,
    Snapshot,
)
from foundation.providers.connectors.http import wire
from foundation.providers.connectors.http.client import Client, key_on_the_wire
from foundation.providers.connectors.http.codec import BadMessage
from foundation.providers.connectors.http.exporting import Files, made

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class HttpConnector:
    """Asks a company's own systems."""

    client: Client

    def about(self) -> wire.About:
        """Say who answers and what it can do."""
        return self.client.question(wire.ABOUT, wire.Nothing(), wire.About)

    def match(self, identifiers: Sequence[Identifier]) -> list[Match]:
        """Answer one Match for each identifier; what cannot be searched as it is written is not sent."""
        usable = [item for item in identifiers if item.accepted and item.normalised]
        answers: list[Match] = []
        for begin in range(0, len(usable), wire.MOST_IDENTIFIERS):
            asked = usable[begin : begin + wire.MOST_IDENTIFIERS]
            answer = self.client.question(wire.MATCH, wire.match_call(asked), wire.MatchAnswer, items=len(asked))
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
        return _of(account, self.client.question(wire.CONTACT, wire.AccountCall(account), Contact))

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
        # To the second: a company's own clock may know no smaller part.
        if answer.until < until.replace(microsecond=0):
            raise ConnectorFailed("The company's systems keep the copies for a shorter time than was asked.")
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
    ) -> Files:
        """Return the files, which come one by one; their contents are fetched when they are read.

        Raises StillRunning where they take longer than anybody waits here, and PartlyExported after the last one that
        came. With the same key both go on where they were.
        """
        call = wire.ExportCall(account, _sorted(categories), _span(period_from, period_to), at, limits)
        state = self._act(wire.EXPORTS, call, wire.ExportAnswer, key or secrets.token_hex(16))
        return Files(self.client, made(self.client, state, account), account)

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
        return _of(account, self.client.question(wire.RESTRICTIONS, wire.AccountCall(account), Restrictions))

    def _act(self, path: str, call: object, answered: type[T], key: str) -> T:
        return self.client.ask(path, call, answered, key=key_on_the_wire(key))


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
