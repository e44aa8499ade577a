"""The demo's emergencies told without an account: one that waits, and one that somebody has taken."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from foundation.core.identifier_lines import read_line
from foundation.providers.connectors.demo import cases as accounts
from foundation.providers.models import Provider
from lers.demo.filing import key_of
from lers.demo.people import NORDVIK, NORTHMOOR, who
from requests_app.models import UrgentContact
from requests_app.services import urgent_contacts


@dataclass(frozen=True)
class Told:
    """What somebody told us, and how long ago."""

    name: str
    email: str
    rank: str
    phone: str
    agency: str
    country: str
    supervisor: str
    danger: str
    identifier: str
    before: timedelta
    taken_before: timedelta | None = None


TOLD = (
    Told("Ingeborg Rasch", f"i.rasch@{NORDVIK}", "Sergeant", "+441632960121", "Nordvik politidistrikt", "NO",
         "Ola Berg", "Man, 61, taken from his boat this morning. The family had a call: the ransom goes to an account "
         "with you.", accounts.EMAIL_B, timedelta(minutes=2)),
    Told("Colm Hartigan", f"c.hartigan@{NORTHMOOR}", "Detective Constable", "+441632960122", "Northmoor Police", "GB",
         "DI S. Carrow", "Student, 19, announced online that she will end her life tonight. Her profile names this "
         "e-mail.", accounts.EMAIL_C, timedelta(minutes=40), timedelta(minutes=37)),
)  # fmt: skip


def ensure_all(provider: Provider, *, now: datetime) -> Iterator[str]:
    """Make all that are not there yet, and yield their names."""
    for told in TOLD:
        if ensure(told, provider, now=now):
            yield f"emergency told without an account by {told.name}"


@transaction.atomic
def ensure(told: Told, provider: Provider, *, now: datetime) -> bool:
    """Make what was told where it is not there yet; say whether it was made."""
    key = key_of(f"urgent contact, {told.name}")
    if UrgentContact.objects.filter(key=key).exists():
        return False
    values = {
        "full_name": told.name, "rank": told.rank, "email": told.email, "phone": told.phone,
        "agency_words": told.agency, "country": told.country, "supervisor": told.supervisor, "danger": told.danger,
    }  # fmt: skip
    contact = urgent_contacts.tell(
        provider, key=key, values=values, identifiers=[read_line(told.identifier)], place="", at=now - told.before
    )
    if told.taken_before:
        urgent_contacts.take(contact, by=who("analyst"), at=now - told.taken_before)
    return True
