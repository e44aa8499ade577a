"""Which connector a provider has."""

from datetime import timedelta

from django.conf import settings

from foundation.providers.connector_keys import signing_key
from foundation.providers.connectors.base import CannotDo, Connector
from foundation.providers.connectors.demo.connector import DemoConnector
from foundation.providers.connectors.http.client import Client
from foundation.providers.connectors.http.connector import HttpConnector
from foundation.providers.connectors.http.line import Wire
from foundation.providers.models import Provider


def connector_for(provider: Provider) -> Connector:
    """Return the connector that the provider's row names; CannotDo where there is none, for trying again is no use."""
    if provider.connector == "demo":
        given = provider.connector_settings
        early = timedelta(days=int(given.get("days_early", 0)))
        return DemoConnector(str(given.get("seed", "meridian")), provider.pk, early)
    if provider.connector == "http":
        return http_connector(provider)
    raise CannotDo(f"{provider} has no connector named {provider.connector}. A person does it by hand.")


def http_connector(provider: Provider) -> HttpConnector:
    """Return the connector over HTTP of a provider. Raises ConnectorFailed where it has no key."""
    key_id, secret = signing_key(provider)
    url = str(provider.connector_settings.get("url", ""))
    return HttpConnector(Client(Wire(url, key_id, secret, networks=settings.CONNECTOR_ALLOWED_NETWORKS)))
