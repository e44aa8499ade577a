"""What the company's systems say about an account that decides who may be told: asked outside of every transaction."""

import logging
from collections.abc import Iterable
from datetime import datetime

from django.db.models import Exists, OuterRef
from django.utils import timezone

from foundation.notifications.inbox import masked
from foundation.providers.connectors.base import Channel, ConnectorFailed, Contact, UnknownAccount
from foundation.providers.models import Provider
from preservation.enums import HoldStatus
from preservation.models import HeldIdentifier
from requests_app.models import AccountFacts
from requests_app.services.collect import contact_of

logger = logging.getLogger(__name__)


def ask(provider: Provider, account: str) -> Contact:
    """Ask how the holder of an account is reached, and what must be known before somebody is told."""
    return contact_of(provider, account)


def reached(provider: Provider, account: str) -> str:
    """Say how the holder of an account would be reached now, for who looks whether that is the right person."""
    try:
        contact = ask(provider, account)
    except UnknownAccount:
        return "Our systems do not know this account."
    except ConnectorFailed:
        return "Our systems do not answer now. Try again later."
    spoken = contact.language or "not known"
    if contact.channel == Channel.COMPANY:
        return f"In our own pages. Language of the holder: {spoken}."
    address = masked(contact.address) if contact.address else "no address"
    return f"By mail: {address}. Language of the holder: {spoken}."


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


def learn_of_holds(*, at: datetime | None = None, limit: int = 20) -> int:
    """Ask about accounts that are known from a hold alone, whose links nobody has asked for; return how many came.

    A bar on them holds the notices to the same people. An account that the company does not know is asked about once.
    """
    at = at or timezone.now()
    known = AccountFacts.objects.filter(provider=OuterRef("hold__provider"), account=OuterRef("account"))
    rows = HeldIdentifier.objects.exclude(account="").exclude(hold__status=HoldStatus.DRAFT).filter(~Exists(known))
    waiting = rows.order_by("hold__provider", "account").values_list("hold__provider", "account").distinct()[:limit]
    providers = Provider.objects.in_bulk({provider for provider, _account in waiting})
    asked = 0
    for pk, account in waiting:
        try:
            contact = ask(providers[pk], account)
        except UnknownAccount:
            contact = Contact(account, "", "", "")
        except ConnectorFailed as error:
            logger.warning("No answer about an account of a hold: %s", type(error).__name__)
            break
        keep(providers[pk], account, contact, at=at)
        asked += 1
    return asked


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
