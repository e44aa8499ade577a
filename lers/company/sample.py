"""The generated exchange as the systems of the reference company."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from foundation.core.identifiers import Identifier
from foundation.providers.connectors.base import Contact, ExportedFile, Limits, Match
from foundation.providers.connectors.demo import answers


@dataclass(frozen=True)
class SampleExchange:
    """The exchange of one seed."""

    seed: str

    def match(self, identifiers: Sequence[Identifier], *, at: datetime) -> list[Match]:
        """Return what each identifier leads to."""
        return answers.match(self.seed, identifiers, at)

    def contact(self, account: str, *, at: datetime) -> Contact:
        """Say how the account holder is reached."""
        return answers.contact(self.seed, account)

    def files(
        self, account: str, categories: Sequence[str], start: datetime, end: datetime, *, at: datetime, limits: Limits
    ) -> Iterable[ExportedFile]:
        """Return tables and documents of the records in [start, end) as they are at that moment."""
        return answers.export(self.seed, account, categories, start, end, now=at, limits=limits)

    def opened(self, account: str) -> datetime:
        """Say since when there is the account."""
        return answers.opened(self.seed, account)

    def balance(self, account: str, asset: str, *, at: datetime) -> Decimal:
        """Say how much of an asset an account has."""
        return answers.balance(self.seed, account, asset, at)
