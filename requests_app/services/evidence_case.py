"""What the evidence of a review is read from: the orders as they stand today, their copies and the words in them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from foundation.documents import services as documents
from foundation.documents.errors import DocumentDamaged, DocumentRefused
from foundation.documents.models import Document
from foundation.providers.models import LegalEntity
from requests_app import order_rules
from requests_app.enums import Channel, DocumentRole
from requests_app.line_words import line_numbers
from requests_app.models import DataRequest, LegalProcess, OrderVersion, RequestDocument, Target
from requests_app.services.orders import orders_of
from requests_app.services.pages import numbers_of

# Pages of an order in which names and identifiers are looked for, and how many identifiers.
MOST_PAGES, MOST_TARGETS = 20, 50


@dataclass(frozen=True)
class Evidence:
    """One sentence about a check. `code`: the type of legal process whose page of the catalogue says more."""

    text: str
    doubt: bool = False
    document: UUID | None = None
    page: int = 1
    code: str = ""


@dataclass(frozen=True)
class Order:
    """An order of the request as it stands today, with its copy and the words of its first pages."""

    process: LegalProcess
    versions: Sequence[OrderVersion]
    version: OrderVersion | None
    copy: Document | None
    texts: Mapping[int, str]

    def at(self, text: str, words: str = "", *, doubt: bool = False, code: str = "") -> Evidence:
        """Say something that stands in this order, with the page on which these words are, else its first."""
        where = next((number for number, page in self.texts.items() if words and squeezed(words) in page), 1)
        return Evidence(text, doubt, self.copy.uid if self.copy and self.texts else None, where, code)


class Case:
    """Everything that the rules look at, read once and only where a rule asks for it."""

    def __init__(self, data_request: DataRequest, targets: Sequence[Target], at: datetime) -> None:
        self.request, self.targets, self.at = data_request, targets[:MOST_TARGETS], at
        self.today: date = order_rules.day_of(at)

    @property
    def outside(self) -> bool:
        """Whether it came outside the portal: staff typed what stands in it, and no officer did."""
        return self.request.channel != Channel.PORTAL

    @property
    def said_by(self) -> str:
        """Who says what stands in the request."""
        return "as staff recorded it" if self.outside else "says the officer"

    def unsaid(self, what: str) -> str:
        """Say what whoever entered the request left open: "chose none of our companies"."""
        return f"{'Whoever recorded it' if self.outside else 'The officer'} {what}."

    @cached_property
    def attached(self) -> list[RequestDocument]:
        """The documents that are attached now."""
        rows = self.request.documents.filter(removed_at=None).select_related("document")
        return list(rows.order_by("added_at", "pk"))

    @cached_property
    def orders(self) -> list[Order]:
        """The orders, the leading one first."""
        return [self._order(process) for process in orders_of(self.request)]

    def _order(self, process: LegalProcess) -> Order:
        versions = order_rules.in_order(process.versions.all())
        version = order_rules.in_force(versions, self.today)
        named = [v.document for v in reversed(versions) if v.document]
        own = [item.document for item in self.attached if item.role == DocumentRole.ORDER]
        copy = next(iter([*named, *own]), None)
        return Order(process, versions, version, copy, _texts(copy) if copy else {})

    @cached_property
    def lead(self) -> Order | None:
        """The leading order."""
        return self.orders[0] if self.orders else None

    @cached_property
    def entities(self) -> list[LegalEntity]:
        """Our companies, the default first."""
        return list(self.request.provider.entities.order_by("-is_default", "pk"))

    def numbers(self, **where: Any) -> str:
        """Name the lines of which this holds: "Lines 3, 4"; empty for none."""
        keys = list(self.request.lines.filter(**where).values_list("pk", flat=True))
        return line_numbers(numbers_of(self.request, keys).values()) if keys else ""


def squeezed(text: str) -> str:
    """Return letters and digits alone, without case and accents: "+44 7700 900461" is found however it is set."""
    return re.sub(r"[^\w]|_", "", documents.fold(text))


def _texts(document: Document) -> dict[int, str]:
    try:
        found = documents.page_texts(document, most=MOST_PAGES)
    except (DocumentRefused, DocumentDamaged):
        return {}
    return {number: squeezed(text) for number, text in found.items()}
