"""The project itself as an app, for its management commands."""

from django.apps import AppConfig
from django.core.checks import Tags, register

from lers.system_checks import check_roles


class LersConfig(AppConfig):
    """Management commands of the local runner."""

    name = "lers"

    def ready(self) -> None:
        """Register the check of the database's roles."""
        register(check_roles, Tags.database, deploy=True)
