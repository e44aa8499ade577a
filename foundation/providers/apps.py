"""The company that holds the data, and the connector to its own systems."""

from django.apps import AppConfig


class ProvidersConfig(AppConfig):
    """The company that holds the data, and the connector to its own systems."""

    name = "foundation.providers"
    label = "providers"
    default_auto_field = "django.db.models.BigAutoField"
