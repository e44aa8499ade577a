"""Which connector a provider has."""

from foundation.providers.connectors.base import Connector, ConnectorFailed
from foundation.providers.connectors.demo.connector import DemoConnector
from foundation.providers.models import Provider


def connector_for(provider: Provider) -> Connector:
    """Return the connector that the provider's row names."""
    if provider.connector == "demo":
        return DemoConnector(str(provider.connector_settings.get("seed", "meridian")), provider.pk)
    if provider.connector == "http":
        raise ConnectorFailed("The connector over HTTP is not there yet. Attach the records by hand.")
    raise ConnectorFailed(f"{provider} has no connector named {provider.connector}. Attach the records by hand.")
