"""The demo's line to the reference company, which `make run` starts beside the portal."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from foundation.audit.trail import record
from foundation.providers.connector_keys import KeyRefused, adopt, in_force
from foundation.providers.events import ProviderEvent
from foundation.providers.models import Provider


@transaction.atomic
def ensure(provider: Provider, *, at: datetime) -> bool:
    """Point the sample company to where its systems answer now; without such systems everything stays as it is.

    Keys that somebody made or ended on the page since are left alone. Say whether the company had no such line before.
    """
    if not settings.CONNECTOR_URL:
        return False
    new = provider.connector != "http"
    before = provider.connector_settings.get("url", "")
    provider.connector = "http"
    provider.connector_settings = {**provider.connector_settings, "url": settings.CONNECTOR_URL}
    provider.save(update_fields=["connector", "connector_settings"])
    if before != settings.CONNECTOR_URL:
        facts = {"from": before, "to": settings.CONNECTOR_URL}
        record(ProviderEvent.ADDRESS_CHANGED, by=None, obj=provider, data=facts, at=at)
    if settings.CONNECTOR_KEYS_FILE and not in_force(provider):
        for key_id, secret in json.loads(Path(settings.CONNECTOR_KEYS_FILE).read_text()).items():
            with suppress(KeyRefused):
                adopt(provider, key_id, secret, by=None, at=at)
    return new


@contextmanager
def begins_early(provider: Provider, *, days: int) -> Iterator[None]:
    """Let the company's systems begin their exports so many days too early, as those do that cut by whole weeks.

    The exchange inside the portal answers meanwhile, which has the same records; whoever collects again asks the
    company's own systems. Inside the transaction of a case, so that nobody else meets it.
    """
    kept = provider.connector, provider.connector_settings
    provider.connector, provider.connector_settings = "demo", {**kept[1], "days_early": days}
    provider.save(update_fields=["connector", "connector_settings"])
    yield
    provider.connector, provider.connector_settings = kept
    provider.save(update_fields=["connector", "connector_settings"])
