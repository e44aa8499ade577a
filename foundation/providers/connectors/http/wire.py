"""The messages between the portal and the company's own systems: a dataclass for each, and the way to base's words.

codec reads and writes them; docs/connector-openapi.yaml describes the same, and a test keeps the two equal.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from foundation.core.identifiers import Identifier
from foundation.providers.connectors.base import (
    NO_LIMITS,
    Account,
    Contact,
    Frozen,
    KeptFile,
    Letter,
    Limits,
    Match,
    Restrictions,
    Result,
    Snapshot,
)
from foundation.providers.connectors.http.codec import BadMessage

# Identifiers in one call, and files on one page.
MOST_IDENTIFIERS = 500
MOST_FILES = 500

ABOUT, MATCH, CONTACT, NOTICES = "/v1/about", "/v1/match", "/v1/contact", "/v1/notices"
HOLDS, RELEASE = "/v1/holds", "/v1/holds/release"
EXPORTS, STATUS, FILES, CONTENT = "/v1/exports", "/v1/exports/status", "/v1/exports/files", "/v1/exports/content"
FREEZES, LIFT, RESTRICTIONS = "/v1/freezes", "/v1/freezes/lift", "/v1/restrictions"
# Calls that do something: each carries an idempotency key.
ACTS = frozenset({NOTICES, HOLDS, RELEASE, EXPORTS, FREEZES, LIFT})


class ErrorCode(StrEnum):
    """Why the company's systems did not do it; each has one status."""

    BAD_REQUEST = "bad_request"
    BAD_SIGNATURE = "bad_signature"
    UNKNOWN_ACCOUNT = "unknown_account"
    UNKNOWN_EXPORT = "unknown_export"
    UNKNOWN_PATH = "unknown_path"
    KEY_USED = "key_used_for_something_else"
    CANNOT_DO = "cannot_do"
    BUSY = "busy"
    FAILED = "failed"


STATUS_OF = {
    ErrorCode.BAD_REQUEST: 400, ErrorCode.BAD_SIGNATURE: 401, ErrorCode.UNKNOWN_ACCOUNT: 404,
    ErrorCode.UNKNOWN_EXPORT: 404, ErrorCode.UNKNOWN_PATH: 404, ErrorCode.KEY_USED: 409, ErrorCode.CANNOT_DO: 422,
    ErrorCode.FAILED: 500, ErrorCode.BUSY: 503,
}  # fmt: skip


@dataclass(frozen=True)
class Problem:
    """Why it was not done: the code, and a sentence that names nobody."""

    code: str
    message: str = ""


@dataclass(frozen=True)
class ErrorAnswer:
    """Any answer that is not 2xx."""

    error: Problem


@dataclass(frozen=True)
class Nothing:
    """The body of a call that asks nothing in particular."""


@dataclass(frozen=True)
class About:
    """Who answers and what it can do."""

    name: str
    # Versions of this description that it speaks.
    versions: tuple[str, ...]
    now: datetime
    categories: tuple[str, ...] = ()
    # Of: match, contact, notices, holds, exports, freezes, restrictions.
    acts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Asked:
    """One identifier, normalised as docs/identifiers.md says."""

    kind: str
    value: str
    network: str = ""
    detail: str = ""


@dataclass(frozen=True)
class MatchCall:
    """Which accounts these identifiers lead to."""

    identifiers: tuple[Asked, ...]


@dataclass(frozen=True)
class Matched:
    """What one identifier led to; number: which of the call, counted from 0."""

    number: int
    result: Result
    explanation: str = ""
    accounts: tuple[Account, ...] = ()


@dataclass(frozen=True)
class MatchAnswer:
    """One for each identifier, in the order of the call."""

    matches: tuple[Matched, ...]


@dataclass(frozen=True)
class AccountCall:
    """A question about one account: contact and restrictions."""

    account: str


@dataclass(frozen=True)
class NoticeCall:
    """Put a letter into the account holder's own pages."""

    account: str
    letter: Letter
    asked_at: datetime


@dataclass(frozen=True)
class NoticeAnswer:
    """When the letter was there."""

    account: str
    reference: str
    delivered_at: datetime


@dataclass(frozen=True)
class Span:
    """From a moment until just before another."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise BadMessage("A period ends before it begins.")


@dataclass(frozen=True)
class HoldCall:
    """Keep copies of these categories as they are now; period null: all there is."""

    account: str
    hold: str
    categories: tuple[str, ...]
    until: datetime
    asked_at: datetime
    period: Span | None = None


@dataclass(frozen=True)
class Kept:
    """One file of a snapshot."""

    name: str
    category: str
    rows: int
    size: int
    sha256: str
    # Null where the records have no days.
    first_day: date | None = None
    last_day: date | None = None


@dataclass(frozen=True)
class HoldAnswer:
    """The manifest of what is kept."""

    account: str
    hold: str
    taken_at: datetime
    until: datetime
    files: tuple[Kept, ...]
    digest: str


@dataclass(frozen=True)
class ReleaseCall:
    """Delete the copies of this hold on the account."""

    account: str
    hold: str
    asked_at: datetime


@dataclass(frozen=True)
class ReleaseAnswer:
    """When they were gone."""

    account: str
    hold: str
    gone_at: datetime


@dataclass(frozen=True)
class ExportCall:
    """Make files of the records of one account in the period, and of nothing else."""

    account: str
    categories: tuple[str, ...]
    period: Span
    asked_at: datetime
    limits: Limits = NO_LIMITS


class ExportState(StrEnum):
    """How far an export is. partial and failed: asked again with the same key, it is taken up where it stopped."""

    RUNNING = "running"
    READY = "ready"
    PARTIAL = "partial"
    FAILED = "failed"


@dataclass(frozen=True)
class ExportAnswer:
    """An export and how far it is; files_expected null: not known yet."""

    id: str
    state: ExportState
    files_ready: int = 0
    files_expected: int | None = None
    problem: str = ""


@dataclass(frozen=True)
class ExportRef:
    """Which export is meant."""

    id: str


@dataclass(frozen=True)
class FilesCall:
    """A page of the list of files; page null: the first."""

    id: str
    page: str | None = None


class FileState(StrEnum):
    """Whether a file of an export can be fetched."""

    READY = "ready"
    RUNNING = "running"
    FAILED = "failed"


@dataclass(frozen=True)
class FileEntry:
    """One file of an export: a table, or a document as it is. Its number never changes, nor do its contents."""

    number: int
    state: FileState
    name: str
    category: str
    account: str
    media_type: str = "text/csv"
    holder: str = ""
    # Rows of a table without its header; 0 for a document.
    rows: int = 0
    size: int = 0
    sha256: str = ""
    # Of a table: what each column means, by its header.
    fields: Mapping[str, str] = field(default_factory=dict)
    extracted_at: datetime | None = None
    on_file_from: datetime | None = None
    on_file_until: datetime | None = None
    # Of a failed one.
    problem: str = ""


@dataclass(frozen=True)
class FilesAnswer:
    """A page of files in the order of their numbers; next: the word that the next page is asked for by."""

    files: tuple[FileEntry, ...]
    next: str | None = None


@dataclass(frozen=True)
class ContentCall:
    """The contents of one file, or with Range a part of it."""

    id: str
    number: int


@dataclass(frozen=True)
class FreezeCall:
    """Keep so much of an asset where it is; amount null: all of it."""

    account: str
    freeze: str
    asset: str
    asked_at: datetime
    amount: Decimal | None = None


@dataclass(frozen=True)
class LiftCall:
    """End this freeze on the account."""

    account: str
    freeze: str
    asked_at: datetime


@dataclass(frozen=True)
class LiftAnswer:
    """When it ended."""

    account: str
    freeze: str
    lifted_at: datetime


# What each path takes and gives; the contents of a file are bytes.
MESSAGES: dict[str, tuple[type, type]] = {
    ABOUT: (Nothing, About), MATCH: (MatchCall, MatchAnswer), CONTACT: (AccountCall, Contact),
    NOTICES: (NoticeCall, NoticeAnswer), HOLDS: (HoldCall, HoldAnswer), RELEASE: (ReleaseCall, ReleaseAnswer),
    EXPORTS: (ExportCall, ExportAnswer), STATUS: (ExportRef, ExportAnswer), FILES: (FilesCall, FilesAnswer),
    CONTENT: (ContentCall, bytes), FREEZES: (FreezeCall, Frozen), LIFT: (LiftCall, LiftAnswer),
    RESTRICTIONS: (AccountCall, Restrictions),
}  # fmt: skip


def match_call(identifiers: Sequence[Identifier]) -> MatchCall:
    """Write identifiers as they are compared; what was typed does not leave the portal."""
    return MatchCall(tuple(Asked(i.kind, i.normalised, i.network, i.detail) for i in identifiers))


def identifiers_of(call: MatchCall) -> list[Identifier]:
    """Return the identifiers of a call, for whoever answers it. Raises BadMessage where there are too many."""
    if len(call.identifiers) > MOST_IDENTIFIERS:
        raise BadMessage(f"identifiers is not a list of {MOST_IDENTIFIERS} at most.")
    return [Identifier(a.kind, a.value, a.value, a.network, detail=a.detail) for a in call.identifiers]


def match_answer(matches: Sequence[Match]) -> MatchAnswer:
    """Write what was found, in the order of the call."""
    return MatchAnswer(tuple(Matched(number, m.result, m.explanation, m.accounts) for number, m in enumerate(matches)))


def matches_of(answer: MatchAnswer, identifiers: Sequence[Identifier]) -> list[Match]:
    """Return the answer for each identifier. Raises BadMessage unless each has exactly its own."""
    if [matched.number for matched in answer.matches] != list(range(len(identifiers))):
        raise BadMessage("matches does not answer each identifier of the call, in its order.")
    return [
        Match(identifier, matched.result, matched.explanation, matched.accounts)
        for identifier, matched in zip(identifiers, answer.matches, strict=True)
    ]


def hold_answer(snapshot: Snapshot) -> HoldAnswer:
    """Write a snapshot."""
    files = tuple(
        Kept(file.name, file.category, file.rows, file.size, file.sha256, *(file.days or (None, None)))
        for file in snapshot.files
    )
    return HoldAnswer(snapshot.account, snapshot.hold, snapshot.taken_at, snapshot.until, files, snapshot.digest)


def snapshot_of(answer: HoldAnswer) -> Snapshot:
    """Return the snapshot of an answer. Raises BadMessage where a hash is missing, or one of the two days of a file."""
    if not answer.digest or not all(file.sha256 for file in answer.files):
        raise BadMessage("A hash of what is kept is missing.")
    return Snapshot(answer.account, answer.hold, answer.taken_at, answer.until, tuple(map(_kept, answer.files)),
                    answer.digest)  # fmt: skip


def _kept(file: Kept) -> KeptFile:
    if (file.first_day is None) != (file.last_day is None):
        raise BadMessage("A kept file has one of its two days only.")
    days = (file.first_day, file.last_day) if file.first_day and file.last_day else None
    return KeptFile(file.name, file.category, file.rows, file.size, file.sha256, days)
