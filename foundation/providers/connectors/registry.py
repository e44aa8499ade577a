"""Which connector a provider has."""

from foundation.providers.connectors.base import CannotDo, Connector
from foundation.providers.connectors.demo.connector import DemoConnector
from foundation.providers.models import Provider


def connector_for(provider: Provider) -> Connector:
    """Return the connector that the provider's row names; CannotDo where there is none, for trying again is no use."""
    if provider.connector == "demo":
        return DemoConnector(str(provider.connector_settings.get("seed", "meridian")), provider.pk)
    if provider.connector == "http":
        raise CannotDo("The connector over HTTP is not there yet. A person does it by hand.")
    raise CannotDo(f"{provider} has no connector named {provider.connector}. A person does it by hand.")
