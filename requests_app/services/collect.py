"""Records come out of the company's systems: what one stored file is on its way into a package."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from foundation.documents.models import Document
from foundation.providers.connectors.base import Connector, Contact
from foundation.providers.connectors.registry import connector_for
from foundation.providers.models import Provider
from requests_app.enums import DataCategory
from requests_app.models import AddedRecord, CollectedFile
from requests_app.services.guard import Scope

CSV = "text/csv"
JSON = "application/json"


def company(provider: Provider) -> Connector:
    """Return the company's own systems."""
    return connector_for(provider)


def contact_of(provider: Provider, account: str) -> Contact:
    """Ask how the holder of an account is reached."""
    return company(provider).contact(account)


@dataclass(frozen=True)
class Collected:
    """One file as it goes into a package, and what the guard saw in it."""

    scope: Scope
    name: str
    document: Document
    source: str
    extracted_at: datetime
    columns: Mapping[str, str]
    # How many rows were looked at, None where there are none to count.
    rows: int | None
    outside: int = 0
    named: Sequence[str] = ()
    # The row of a file that a person added by hand.
    added: AddedRecord | None = None
    # The row of an exported file; of a table as JSON, the one of the CSV.
    file: CollectedFile | None = None
    # Of a table as JSON: the name of the CSV with the same rows.
    same_rows_as: str = ""


def records_of(scope: Scope) -> str:
    """Return the category of a scope as people read it."""
    return str(DataCategory(scope.category).label)
