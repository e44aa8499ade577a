"""Records come out of the company's systems, and every row is looked at while it is stored."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from foundation.documents import services as documents
from foundation.documents.models import Document
from foundation.providers.connectors.base import Connector, Contact, ExportedFile
from foundation.providers.connectors.registry import connector_for
from foundation.providers.models import Provider
from requests_app.enums import DataCategory
from requests_app.models import AddedRecord
from requests_app.services.guard import Aspect, Guard, Scope

CSV = "text/csv"


def company(provider: Provider) -> Connector:
    """Return the company's own systems."""
    return connector_for(provider)


def contact_of(provider: Provider, account: str) -> Contact:
    """Ask how the holder of an account is reached."""
    return company(provider).contact(account)


@dataclass(frozen=True)
class Collected:
    """One file as it was stored, and what the guard saw in it."""

    scope: Scope
    name: str
    document: Document
    source: str
    extracted_at: datetime
    columns: Mapping[str, str]
    guard: Guard
    # The row of a file that a person added by hand.
    added: AddedRecord | None = None

    @property
    def rows(self) -> int | None:
        """How many rows were looked at, None where there are none to count."""
        return self.guard.rows if self.guard.is_table else None


def collect(scope: Scope, *, provider: Provider, stem: str, first: int, purpose: str, at: datetime) -> list[Collected]:
    """Export one scope into encrypted files; what the guard saw stands beside each."""
    files = company(provider).export(scope.account, [scope.category], scope.period_from, scope.period_to, at=at)
    return [
        _store(scope, file, name=f"{stem}-{number:03}.csv", provider=provider, purpose=purpose, at=at)
        for number, file in enumerate(files, first)
    ]


def _store(scope: Scope, file: ExportedFile, *, name: str, provider: Provider, purpose: str, at: datetime) -> Collected:
    guard = Guard(scope)
    if guard.look_at_file(file) and not guard.is_table:
        guard.refuse(Aspect.DOCUMENT, f"a file of {file.category}, {file.media_type}, came instead")
    chunks: Iterable[bytes] = () if guard.refused else guard.watch(file.chunks)
    document = documents.write_generated(chunks, filename=name, media_type=CSV, purpose=purpose, by=None, at=at)
    guard.check_count(file.rows)
    return Collected(
        scope, name, document, f"{provider.name}, {records_of(scope)}", file.extracted_at, file.fields, guard
    )


def records_of(scope: Scope) -> str:
    """Return the category of a scope as people read it."""
    return str(DataCategory(scope.category).label)
