"""What a company's own systems must answer, whoever wrote them: the words of the connector."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from foundation.core.errors import PortalError
from foundation.core.identifiers import Identifier


class ConnectorFailed(PortalError):
    """The company's systems did not answer, or answered something else; trying again may help."""


class UnknownAccount(ConnectorFailed):
    """The company's systems have no such account; trying again does not help."""


class CannotDo(ConnectorFailed):
    """The company's systems understood and will not do it; trying again does not help, a person does it by hand."""


class StillRunning(ConnectorFailed):
    """The company's systems work on an export and are not done; with the same key it goes on later."""

    def __init__(self, *, ready: int, expected: int | None) -> None:
        of = f"{ready} of {expected} files are ready." if expected else "No number of files is known yet."
        super().__init__(f"The company's systems are still preparing the records. {of}")
        self.ready, self.expected = ready, expected


@dataclass(frozen=True)
class MissingFile:
    """A file that the company's systems could not make, and why in a sentence that names nobody."""

    number: int
    name: str
    category: str
    problem: str = ""


class PartlyExported(ConnectorFailed):
    """Some files of an export came and others did not; with the same key those that are missing are tried again."""

    def __init__(self, missing: Sequence[MissingFile], *, ready: int, problem: str = "") -> None:
        count = f"{len(missing)} of {ready + len(missing)} files are missing" if missing else "Files are missing"
        why = problem or next((file.problem for file in missing if file.problem), "")
        super().__init__(f"{count}. {why}".strip())
        self.missing = tuple(missing)


class OtherContents(ConnectorFailed):
    """A file is not the one that was announced, although its number and key are the same."""


class Category(StrEnum):
    """What can be exported or kept, in the portal's words."""

    REGISTRATION = "registration"
    LOGINS = "logins"
    TRANSACTIONS = "transactions"
    BALANCES = "balances"
    COMMUNICATIONS = "communications"


class Result(StrEnum):
    """What an identifier led to; never widened to all the accounts it could mean."""

    EXACT = "exact"
    AMBIGUOUS = "ambiguous"
    OWN_WALLET = "own_wallet"
    OMNIBUS = "omnibus"
    OTHER_ENTITY = "other_entity"
    NONE = "none"


@dataclass(frozen=True)
class Account:
    """An account as staff see it beside an identifier: no full name before somebody asks for it."""

    uid: str
    # "J••• H•••, open since May 2023, identity checked"
    label: str
    # Why this account: "Address on file since Jan 2025".
    note: str = ""
    entity: str = ""
    closed: bool = False
    # What makes a request restricted: minor, lawyer, journalist, diplomat, staff.
    flags: tuple[str, ...] = ()
    # Which of several holders of a joint account the identifier belongs to, in the company's own label ("1", "2");
    # empty where the account has one holder, or the identifier belongs to the account as such.
    holder: str = ""


@dataclass(frozen=True)
class Match:
    """The answer for one identifier: one account (exact), several that a person chooses from (ambiguous), or none.

    Every other result leads to no account, so that nobody can keep or disclose what was not meant.
    """

    identifier: Identifier
    result: Result
    explanation: str
    accounts: tuple[Account, ...] = ()

    def __post_init__(self) -> None:
        expected = {Result.EXACT: len(self.accounts) == 1, Result.AMBIGUOUS: len(self.accounts) > 1}
        if not expected.get(self.result, not self.accounts):
            raise ConnectorFailed(f"The company's systems answered {self.result} with {len(self.accounts)} accounts.")
        numbers = {account.uid for account in self.accounts}
        if "" in numbers or len(numbers) != len(self.accounts):
            raise ConnectorFailed("The company's systems named an account without a number, or one account twice.")


class Trait(StrEnum):
    """What makes an account one whose holder nobody tells before an analyst has looked."""

    TAKEN_OVER = "taken_over"
    JOINT = "joint"
    BUSINESS = "business"
    MINOR = "minor"


class Channel(StrEnum):
    """How a letter reaches the account holder: by e-mail from the portal, or through the company's own pages."""

    MAIL = "mail"
    COMPANY = "company"


@dataclass(frozen=True)
class Contact:
    """How the account holder is told, and what must be known before somebody does."""

    account: str
    name: str
    address: str
    # ISO 639-1
    language: str
    channel: Channel = Channel.MAIL
    traits: tuple[Trait, ...] = ()
    # When address, phone or second factor of the account were last changed; None: never.
    changed_at: datetime | None = None
    # Other accounts of the same person, or of the same persons: a bar on one is a bar on all.
    linked: tuple[str, ...] = ()


@dataclass(frozen=True)
class KeptFile:
    """One file of a snapshot: kept by the company, known to the portal by its hash."""

    name: str
    category: str
    rows: int
    size: int
    sha256: str
    # First and last day (UTC) of its records; None where they have no days, as a name or an address.
    days: tuple[date, date] | None = None

    def as_json(self) -> dict[str, object]:
        """Return the line of the manifest; days as ISO dates, empty where there are none."""
        first, last = [day.isoformat() for day in self.days] if self.days else ("", "")
        return {
            "name": self.name, "category": self.category, "rows": self.rows, "size": self.size, "sha256": self.sha256,
            "first_day": first, "last_day": last,
        }  # fmt: skip


@dataclass(frozen=True)
class Snapshot:
    """What was kept for a hold, and when; records made later are not in it."""

    account: str
    hold: str
    taken_at: datetime
    until: datetime
    files: tuple[KeptFile, ...]
    # SHA-256 over the manifest itself.
    digest: str

    def as_json(self) -> dict[str, object]:
        """Return the manifest as it is stored and printed."""
        return {
            "account": self.account,
            "hold": self.hold,
            "taken_at": self.taken_at.isoformat(),
            "until": self.until.isoformat(),
            "files": [file.as_json() for file in self.files],
            "digest": self.digest,
        }


@dataclass(frozen=True)
class Limits:
    """What narrows an export inside its account, categories and period. The default is the narrowest."""

    # Short names of assets, upper case; empty: all of them.
    assets: tuple[str, ...] = ()
    # Whose facts of a joint account (Account.holder); empty: the first holder's.
    holder: str = ""
    # Whether the order covers the other holders of a joint account.
    other_holders: bool = False
    # Whether the order covers who the other side of a transaction is, where that is a customer. Without it the columns
    # of the counterparty are empty; addresses on a public network stay.
    counterparties: bool = False


@dataclass(frozen=True)
class ExportedFile:
    """One file of records: a table as CSV, or a document as it is (rows 0). Chunks may be read more than once."""

    name: str
    media_type: str
    category: str
    rows: int
    chunks: Iterable[bytes]
    extracted_at: datetime
    # Of a table: what each column means.
    fields: Mapping[str, str] = field(default_factory=dict)
    # Whose it is, as the company says it: of a document nothing else does.
    account: str = ""
    holder: str = ""
    # Of a document: from when until when it was on file (None: still).
    on_file_from: datetime | None = None
    on_file_until: datetime | None = None
    # As the company announced them; empty or None where it did not.
    sha256: str = ""
    size: int | None = None


@dataclass(frozen=True)
class Frozen:
    """What a freeze did, in units of the asset: what was there and free at that moment, and how much is kept now."""

    account: str
    asset: str
    balance: Decimal
    amount: Decimal
    at: datetime


@dataclass(frozen=True)
class Letter:
    """What an account holder reads, in his language; its reference can be checked with the portal."""

    reference: str
    language: str
    subject: str
    # Plain text, paragraphs separated by an empty line.
    text: str


NO_LIMITS = Limits()


@dataclass(frozen=True)
class Restrictions:
    """What the company may do with its customer's access or deletion request: nothing of a case is in it."""

    account: str
    keep: bool
    ask_legal: bool


class Connector(Protocol):
    """The company's own systems. Each act with a key is done once, however often it is asked.

    Every method raises ConnectorFailed where an answer may come later, UnknownAccount or CannotDo where none will.
    """

    def match(self, identifiers: Sequence[Identifier]) -> list[Match]:
        """Answer one Match for each identifier, in the same order."""

    def contact(self, account: str) -> Contact:
        """Say how the account holder is reached."""

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
        """Keep a snapshot of these categories as they are now, of records in [start, end) or of all there are.

        Asked again for the same hold and account, with another key and end, the first snapshot stays and is kept
        longer: its files come back as they were taken, so that the portal can compare every hash. Nothing of it may
        be seen on the account.
        """

    def release(self, account: str, hold: str, *, key: str, at: datetime) -> datetime:
        """Delete the copies of this hold on the account and return when they were gone; another hold's stay."""

    def notify(self, account: str, letter: "Letter", *, key: str, at: datetime) -> datetime:
        """Put a letter into the account holder's own pages at the company; return when it was there.

        Only for accounts whose contact says Channel.COMPANY; raises CannotDo for others.
        """

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
    ) -> Iterable[ExportedFile]:
        """Return the files of these categories: the rows of this account in [period_from, period_to), and no others.

        A table for each category, and the documents that belong to it. With a key, an export that broke off goes on
        where it was: the files are the same ones, with the same contents. May be a generator: files come one by one.
        """

    def freeze(
        self, account: str, asset: str, amount: Decimal | None, *, freeze: str, key: str, at: datetime
    ) -> Frozen:
        """Keep so much of an asset where it is, or all of it (None); where there is less, what there is.

        Nothing is ever moved. Raises CannotDo where the systems have no such asset.
        """

    def lift(self, account: str, *, freeze: str, key: str, at: datetime) -> datetime:
        """End this freeze on the account and return when; another freeze on it stays."""

    def restrictions(self, account: str) -> Restrictions:
        """Answer the company's own question whether it may change or delete what it has."""
