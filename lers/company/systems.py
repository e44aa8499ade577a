"""The thin door to what the company has: its customers, records and coins. A real company puts its own systems here."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from foundation.core.identifiers import Identifier
from foundation.providers.connectors.base import Contact, ExportedFile, Limits, Match


class Systems(Protocol):
    """What the reference company asks of the systems behind it.

    Each raises UnknownAccount for an account that there is not, and CannotDo for what will never work.
    """

    def match(self, identifiers: Sequence[Identifier], *, at: datetime) -> list[Match]:
        """Return what each identifier leads to."""

    def contact(self, account: str, *, at: datetime) -> Contact:
        """Say how the account holder is reached."""

    def files(
        self, account: str, categories: Sequence[str], start: datetime, end: datetime, *, at: datetime, limits: Limits
    ) -> Iterable[ExportedFile]:
        """Return tables and documents of the records in [start, end) as they are at that moment."""

    def opened(self, account: str) -> datetime:
        """Say since when there is the account."""

    def balance(self, account: str, asset: str, *, at: datetime) -> Decimal:
        """Say how much of an asset an account has."""
