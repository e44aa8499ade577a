"""What the company's systems say about an account that decides who may be told: asked outside of every transaction."""

import logging
from collections.abc import Iterable
from datetime import datetime

from django.utils import timezone

from foundation.providers.connectors.base import ConnectorFailed, Contact
from foundation.providers.models import Provider
from requests_app.models import AccountFacts
from requests_app.services.collect import contact_of

logger = logging.getLogger(__name__)


def ask(provider: Provider, account: str) -> Contact:
    """Ask how the holder of an account is reached, and what must be known before somebody is told."""
    return contact_of(provider, account)


def keep(provider: Provider, account: str, contact: Contact, *, at: datetime) -> None:
    """Store what was answered, in the place of what was known before; no name and no address."""
    AccountFacts.objects.update_or_create(
        provider=provider,
        account=account,
        defaults={
            "traits": sorted(str(trait) for trait in contact.traits),
            "linked": sorted(set(contact.linked) - {account}),
            "contact_changed_at": contact.changed_at,
            "read_at": at,
        },
    )


def learn(provider: Provider, accounts: Iterable[str], *, at: datetime | None = None) -> int:
    """Ask about accounts that were found and keep the answers; return how many came.

    A silent company stops nothing: everything is asked again before anybody is told.
    """
    at = at or timezone.now()
    known = 0
    for account in sorted(set(accounts) - {""}):
        try:
            contact = ask(provider, account)
        except ConnectorFailed as error:
            logger.warning("No answer about an account that was found: %s", type(error).__name__)
            continue
        keep(provider, account, contact, at=at)
        known += 1
    return known
