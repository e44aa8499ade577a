"""What the pre-flight check looks at: plain values, without rows and without a clock."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from requests_app.enums import DocumentRole, OrderRelation, RequestKind


@dataclass(frozen=True)
class TypeFacts:
    """A type of legal process, and what the company decided about it."""

    name: str
    code: str = ""
    issuer: str = ""
    reaches: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    route: str = ""
    jurisdiction_id: str = ""
    minimum_rank: str = ""
    rank_at_least: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    accepted: bool = True
    needs_counsel: bool = False
    stop_screen: bool = False
    prospective: bool = False
    is_preservation: bool = False
    is_emergency: bool = False


@dataclass(frozen=True)
class VersionFacts:
    """A version of an order, in the sequence of its number."""

    issued_on: date
    valid_until: date | None = None
    return_date: date | None = None
    relation: str = OrderRelation.ORIGINAL
    has_copy: bool = False


@dataclass(frozen=True)
class OrderFacts:
    """One order of the request; `key` is its uid as text, `label` how a person tells it from the others."""

    key: str = ""
    label: str = ""
    type: TypeFacts | None = None
    section: str = ""
    authority: str = ""
    rank: str = ""
    signatory: str = ""
    docket: str = ""
    language: str = ""
    versions: tuple[VersionFacts, ...] = ()
    # What to do about dates and words that were typed and could not be read.
    unread: tuple[str, ...] = ()


@dataclass(frozen=True)
class AskedFacts:
    """One line of the scope: category, days of a time zone, and the order it rests on ("": the only or leading one).

    assets: the only ones that are asked for, by their short names; none: all.
    """

    category: str
    first: date | None = None
    last: date | None = None
    zone: str = "UTC"
    order: str = ""
    assets: tuple[str, ...] = ()


@dataclass(frozen=True)
class TargetFacts:
    """How many identifiers are named by one order ("": by all of them)."""

    order: str
    count: int


@dataclass(frozen=True)
class DocumentFacts:
    """An attached file. `why` says what was wrong with one that is not usable.

    `late`: its check takes longer than usual, so that nobody waits for it any more.
    """

    name: str
    role: str = DocumentRole.ORDER
    waiting: bool = False
    usable: bool = True
    why: str = ""
    late: bool = False


@dataclass(frozen=True)
class BarFacts:
    """A bar on telling the account holder, as the officer states it."""

    clause: str = ""
    until: date | None = None
    has_document: bool = False
    document_refused: bool = False


@dataclass(frozen=True)
class ChannelFacts:
    """A national channel that officers of this country are sent to."""

    title: str
    allows_filing: bool = False


@dataclass(frozen=True)
class FreezeFacts:
    """What a freeze or seizure asks. `destination_why` says what is wrong with the destination of a transfer."""

    act: str = ""
    asset: str = ""
    amount: Decimal | None = None
    everything: bool = False
    destination: str = ""
    destination_why: str = ""
    expires_on: date | None = None
    endless: bool = False


@dataclass(frozen=True)
class CompanyFacts:
    """A company of the group that orders are addressed to; `key` is its primary key."""

    key: int
    name: str
    country: str
    products: str = ""
    is_default: bool = False


@dataclass(frozen=True)
class Facts:
    """Everything of a draft that decides whether it can be sent."""

    kind: str = RequestKind.DISCLOSURE
    title: str = ""
    case_number: str = ""
    offence: str = ""
    facts: str = ""
    connection: str = ""
    treaty_channel: str = ""
    # The country of the officer's agency.
    jurisdiction: str = ""
    entity_chosen: bool = False
    has_entities: bool = False
    # The group's companies, and the key of the one that the request is addressed to.
    companies: tuple[CompanyFacts, ...] = ()
    addressed: int | None = None
    languages: tuple[str, ...] = ("en",)
    channel: ChannelFacts | None = None
    orders: tuple[OrderFacts, ...] = ()
    asked: tuple[AskedFacts, ...] = ()
    targets: tuple[TargetFacts, ...] = ()
    documents: tuple[DocumentFacts, ...] = ()
    # None: not said yet whether the account holder may be told.
    secrecy: bool | None = None
    bar: BarFacts | None = None
    freeze: FreezeFacts | None = None
    # Whether the company answers enquiries of vetted officers.
    answers_enquiries: bool = True

    @property
    def leading(self) -> OrderFacts | None:
        """Return the order that gives the request its type."""
        return self.orders[0] if self.orders else None

    def order_of(self, key: str) -> OrderFacts | None:
        """Return the order a scope line names; none named: the only one, or the leading one."""
        if not key:
            return self.leading
        return next((order for order in self.orders if order.key == key), None)
