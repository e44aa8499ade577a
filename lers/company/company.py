"""What the company does with each call; every act is done once for its key, and answered the same again."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from foundation.providers.connectors.base import (
    CannotDo,
    Category,
    Channel,
    ConnectorFailed,
    Contact,
    ExportedFile,
    Frozen,
    KeptFile,
    Limits,
    Restrictions,
    Snapshot,
    UnknownAccount,
)
from foundation.providers.connectors.http import codec, wire
from foundation.providers.connectors.http.wire import ErrorCode
from lers.company.books import Books
from lers.company.errors import Refused
from lers.company.exports import Exports
from lers.company.systems import Systems

VERSIONS = ("1",)
ACTS = ("match", "contact", "notices", "holds", "exports", "freezes", "restrictions")
_SECOND = timedelta(seconds=1)
# What an order will cover is not known when copies are kept.
_WHOLE = Limits(other_holders=True, counterparties=True)


@dataclass(frozen=True)
class Company:
    """One company: its name, what it remembers, and the systems behind it."""

    name: str
    books: Books
    systems: Systems
    exports: Exports
    # Takes the moment at which the portal asked for its own now. For the demo, whose cases lie in the past.
    follow_clock: bool = False

    def answer(self, path: str, body: bytes, key: str) -> Any:
        """Return the answer to a call, as a message of the wire. Raises Refused."""
        if path not in wire.MESSAGES or path == wire.CONTENT:
            raise Refused(ErrorCode.UNKNOWN_PATH, "There is nothing at this address.")
        try:
            asked: Any = codec.from_bytes(wire.MESSAGES[path][0], body)
            if path == wire.EXPORTS:
                return self._export(asked, key)
            return self._once(path, asked, key) if path in wire.ACTS else _READING[path](self, asked)
        except codec.BadMessage as error:
            raise Refused(ErrorCode.BAD_REQUEST, str(error)) from error
        except UnknownAccount as error:
            raise Refused(ErrorCode.UNKNOWN_ACCOUNT, "There is no such account.") from error
        except CannotDo as error:
            raise Refused(ErrorCode.CANNOT_DO, str(error)) from error
        except ConnectorFailed as error:
            raise Refused(ErrorCode.FAILED, str(error)) from error

    def now(self, asked_at: datetime | None = None) -> datetime:
        """Return the company's time: its own clock's, or in the demo the portal's."""
        return asked_at if asked_at and self.follow_clock else datetime.now(UTC)

    def _once(self, path: str, asked: Any, key: str) -> Any:
        """Do it, or repeat what was answered to this key; a key that was used for something else is refused."""
        if not key:
            raise Refused(ErrorCode.BAD_REQUEST, "The Idempotency-Key is missing.")
        question = same_question(asked)
        with self.books.writing():
            if known := self.books.done_before(key):
                before, question_before, answer = known
                if (before, question_before) != (path, question):
                    raise Refused(ErrorCode.KEY_USED, "The key was used for something else.")
                return codec.from_json(wire.MESSAGES[path][1], answer)
            at = self.now(asked.asked_at)
            done = _ACTING[path](self, asked, at)
            self.books.note_done(key, path, question, codec.to_json(done), at.isoformat())
            return done

    def _export(self, asked: wire.ExportCall, key: str) -> wire.ExportAnswer:
        if not key:
            raise Refused(ErrorCode.BAD_REQUEST, "The Idempotency-Key is missing.")
        self.systems.opened(asked.account)
        unknown = sorted(set(asked.categories) - set(Category))
        if unknown or not asked.categories:
            raise Refused(ErrorCode.CANNOT_DO, "The company has no records of this kind.")
        return self.exports.begin(key, same_question(asked), self.now(asked.asked_at))

    def about(self, asked: wire.Nothing) -> wire.About:
        """Say who answers, and what can be asked."""
        return wire.About(self.name, VERSIONS, datetime.now(UTC), tuple(map(str, Category)), ACTS)

    def match(self, asked: wire.MatchCall) -> wire.MatchAnswer:
        """Say which accounts the identifiers lead to."""
        return wire.match_answer(self.systems.match(wire.identifiers_of(asked), at=self.now()))

    def contact(self, asked: wire.AccountCall) -> Contact:
        """Say how the account holder is reached."""
        return self.systems.contact(asked.account, at=self.now())

    def restrictions(self, asked: wire.AccountCall) -> Restrictions:
        """Say whether anything is kept on the account; more a company learns from the portal itself."""
        self.systems.opened(asked.account)
        kept = bool(
            self.books.rows("SELECT 1 FROM snapshot WHERE account = :a AND released_at = ''", a=asked.account)
            or self.books.rows("SELECT 1 FROM freeze WHERE account = :a AND lifted_at = ''", a=asked.account)
        )
        return Restrictions(asked.account, keep=kept, ask_legal=kept)

    def notify(self, asked: wire.NoticeCall, at: datetime) -> wire.NoticeAnswer:
        """Put a letter into the account holder's own pages."""
        if self.systems.contact(asked.account, at=at).channel is not Channel.COMPANY:
            raise CannotDo("This account holder reads letters by e-mail only.")
        letter = asked.letter
        self.books.rows(
            "INSERT OR IGNORE INTO letter VALUES (:reference, :account, :language, :subject, :text, :at)",
            reference=letter.reference, account=asked.account, language=letter.language, subject=letter.subject,
            text=letter.text, at=at.isoformat(),
        )  # fmt: skip
        return wire.NoticeAnswer(asked.account, letter.reference, at)

    def hold(self, asked: wire.HoldCall, at: datetime) -> wire.HoldAnswer:
        """Keep what there is now, or for longer what was kept before for this hold."""
        opened = self.systems.opened(asked.account)
        before = self.books.row("SELECT * FROM snapshot WHERE account = :a AND hold = :h AND released_at = ''",
                                a=asked.account, h=asked.hold)  # fmt: skip
        if before:
            first = codec.from_json(wire.HoldAnswer, json.loads(before["manifest"]))
            kept, taken = wire.snapshot_of(first).files, first.taken_at
        else:
            taken = at
            start, end = (asked.period.start, asked.period.end) if asked.period else (opened, at + _SECOND)
            files = self.systems.files(asked.account, asked.categories, start, end, at=at, limits=_WHOLE)
            kept = tuple(_kept(file, start, min(end, at)) for file in files)
        answer = wire.hold_answer(_sealed(Snapshot(asked.account, asked.hold, taken, asked.until, kept, digest="")))
        self.books.rows("INSERT OR REPLACE INTO snapshot VALUES (:a, :h, :manifest, '')", a=asked.account,
                        h=asked.hold, manifest=json.dumps(codec.to_json(answer)))  # fmt: skip
        return answer

    def release(self, asked: wire.ReleaseCall, at: datetime) -> wire.ReleaseAnswer:
        """Delete the copies; where there are none any more, or never were, they are gone."""
        self.systems.opened(asked.account)
        found = self.books.row("SELECT released_at FROM snapshot WHERE account = :a AND hold = :h", a=asked.account,
                               h=asked.hold)  # fmt: skip
        if found and found["released_at"]:
            at = datetime.fromisoformat(found["released_at"])
        self.books.rows("UPDATE snapshot SET released_at = :at WHERE account = :a AND hold = :h", at=at.isoformat(),
                        a=asked.account, h=asked.hold)  # fmt: skip
        return wire.ReleaseAnswer(asked.account, asked.hold, at)

    def freeze(self, asked: wire.FreezeCall, at: datetime) -> Frozen:
        """Keep so much of what is free; what an earlier freeze keeps is not free a second time."""
        asset = asked.asset.strip().upper()
        balance = self.systems.balance(asked.account, asset, at=at)
        rows = self.books.rows("SELECT amount FROM freeze WHERE account = :a AND asset = :asset AND lifted_at = ''",
                               a=asked.account, asset=asset)  # fmt: skip
        free = max(balance - sum((Decimal(row["amount"]) for row in rows), Decimal(0)), Decimal(0))
        amount = free if asked.amount is None else min(asked.amount, free)
        self.books.rows(
            "INSERT INTO freeze (freeze, account, asset, balance, amount, at) VALUES (:f, :a, :asset, :free, :n, :at)",
            f=asked.freeze, a=asked.account, asset=asset, free=str(free), n=str(amount), at=at.isoformat(),
        )  # fmt: skip
        return Frozen(asked.account, asset, free, amount, at)

    def lift(self, asked: wire.LiftCall, at: datetime) -> wire.LiftAnswer:
        """End a freeze; ended already, say when."""
        rows = self.books.rows("SELECT lifted_at FROM freeze WHERE account = :a AND freeze = :f", a=asked.account,
                               f=asked.freeze)  # fmt: skip
        if not rows:
            raise CannotDo("There is no such freeze on this account.")
        self.books.rows("UPDATE freeze SET lifted_at = :at WHERE account = :a AND freeze = :f AND lifted_at = ''",
                        at=at.isoformat(), a=asked.account, f=asked.freeze)  # fmt: skip
        ended = [row["lifted_at"] for row in rows if row["lifted_at"]]
        still = len(ended) < len(rows)
        return wire.LiftAnswer(asked.account, asked.freeze, at if still else datetime.fromisoformat(max(ended)))


def same_question(asked: Any) -> str:
    """Write a question so that two tries of it are equal: without the moment at which it was asked."""
    told = codec.to_json(asked)
    told.pop("asked_at", None)
    return json.dumps(told, sort_keys=True)


def _kept(file: ExportedFile, start: datetime, end: datetime) -> KeptFile:
    """Describe a copy by its hash. Facts on file have no days."""
    digest, size = hashlib.sha256(), 0
    for chunk in file.chunks:
        digest.update(chunk)
        size += len(chunk)
    last = end - timedelta(microseconds=1)
    days = (start.astimezone(UTC).date(), last.astimezone(UTC).date()) if start < end else None
    return KeptFile(file.name, str(file.category), file.rows, size, digest.hexdigest(),
                    None if file.category == Category.REGISTRATION else days)  # fmt: skip


def _sealed(snapshot: Snapshot) -> Snapshot:
    """Put the hash over the manifest into it."""
    text = json.dumps(snapshot.as_json(), sort_keys=True, separators=(",", ":"))
    return replace(snapshot, digest=hashlib.sha256(text.encode()).hexdigest())


_READING: dict[str, Callable[[Company, Any], Any]] = {
    wire.ABOUT: Company.about,
    wire.MATCH: Company.match,
    wire.CONTACT: Company.contact,
    wire.RESTRICTIONS: Company.restrictions,
    wire.STATUS: lambda company, asked: company.exports.status(asked.id),
    wire.FILES: lambda company, asked: company.exports.files(asked.id, asked.page),
}
_ACTING: dict[str, Callable[[Company, Any, datetime], Any]] = {
    wire.NOTICES: Company.notify,
    wire.HOLDS: Company.hold,
    wire.RELEASE: Company.release,
    wire.FREEZES: Company.freeze,
    wire.LIFT: Company.lift,
}
