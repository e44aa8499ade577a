"""Keys shared with the company's systems: a change without a gap, and secrets that are nowhere to be read."""

from datetime import UTC, datetime, timedelta

import pytest

from foundation.audit.models import AuditEvent
from foundation.providers import connector_keys as keys
from foundation.providers.connectors.base import ConnectorFailed, Contact
from foundation.providers.connectors.http import signing, wire
from foundation.providers.connectors.registry import connector_for
from foundation.providers.models import ConnectorKey
from foundation.providers.seed import ensure_demo_provider
from tests.people import make_staff
from tests.providers.http_company import Company

AT = datetime(2026, 11, 20, 16, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def provider(db):
    return ensure_demo_provider(AT)


def test_a_key_is_changed_without_a_gap(provider):
    by = make_staff("administrator")
    old, old_secret = keys.make_key(provider, by=by, at=AT)
    new, new_secret = keys.make_key(provider, by=by, at=AT + HOUR)
    # The company has the old one for certain: it signs until it is ended, and both are believed.
    assert keys.signing_key(provider, AT + 2 * HOUR) == (old.key_id, old_secret)
    assert keys.known_secret(old.key_id, AT + 2 * HOUR) == (provider, old_secret)
    assert keys.known_secret(new.key_id, AT + 2 * HOUR) == (provider, new_secret)
    with pytest.raises(keys.KeyRefused, match="End the older one"):
        keys.make_key(provider, by=by, at=AT + 2 * HOUR)
    keys.end_key(old, by=by, at=AT + 3 * HOUR)
    assert keys.signing_key(provider, AT + 3 * HOUR) == (new.key_id, new_secret)
    assert keys.known_secret(old.key_id, AT + 3 * HOUR) is None
    with pytest.raises(keys.KeyRefused, match="ended already"):
        keys.end_key(old, by=by, at=AT + 4 * HOUR)
    keys.end_key(new, by=by, at=AT + 4 * HOUR)
    with pytest.raises(ConnectorFailed, match="No key is in force"):
        keys.signing_key(provider, AT + 4 * HOUR)
    trail = AuditEvent.objects.filter(action__startswith="connector.key_")
    assert (
        list(trail.order_by("pk").values_list("action", flat=True))
        == ["connector.key_made"] * 2 + ["connector.key_ended"] * 2
    )
    kept = "".join(map(str, [*trail.values(), *ConnectorKey.objects.values()]))
    assert old_secret not in kept
    assert old_secret.removeprefix(signing.PREFIX) not in kept


def test_a_key_made_elsewhere_is_taken_once(provider, settings):
    secret = signing.new_secret()
    first = keys.adopt(provider, "demo-1", secret, by=None, at=AT)
    assert keys.adopt(provider, "demo-1", secret, by=None, at=AT + HOUR) == first
    with pytest.raises(keys.KeyRefused, match="with this id before"):
        keys.adopt(provider, "demo-1", signing.new_secret(), by=None, at=AT)
    with pytest.raises(keys.KeyRefused, match="not a secret"):
        keys.adopt(provider, "demo-2", "consec_short", by=None, at=AT)
    # Under another SECRET_KEY nobody opens it: only a new key helps.
    settings.SECRET_KEY = "another"
    assert keys.known_secret("demo-1", AT) is None
    with pytest.raises(ConnectorFailed, match="No key is in force"):
        keys.signing_key(provider, AT)


def test_a_provider_that_names_its_systems_asks_them(provider):
    provider.connector = "http"
    with pytest.raises(ConnectorFailed, match="No key is in force"):
        connector_for(provider)
    with Company() as company:
        keys.adopt(provider, company.key_id, company.secret, by=None, at=AT)
        provider.connector_settings = {"url": company.url}
        contact = Contact("81124", "Jo", "jo@example.com", "en")
        company.answers(wire.CONTACT, contact)
        assert connector_for(provider).contact("81124") == contact
