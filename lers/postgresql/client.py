"""`manage.py dbshell` on the embedded server, with the psql of the same wheel."""

from collections.abc import Iterable
from typing import Any

from django.db.backends.postgresql.client import DatabaseClient as PostgreSQLClient

from lers.embedded.places import postgresql_programs


class DatabaseClient(PostgreSQLClient):
    """Opens psql on the embedded server."""

    def runshell(self, parameters: Iterable[str]) -> None:
        """Start the server if need be, then psql."""
        self.connection.get_connection_params()
        super().runshell(parameters)

    @classmethod
    def settings_to_cmd_args_env(
        cls, settings_dict: dict[str, Any], parameters: Iterable[str]
    ) -> tuple[list[str], dict[str, str] | None]:
        """Use the wheel's psql: the machine may have none."""
        arguments, environment = super().settings_to_cmd_args_env(settings_dict, list(parameters))
        return [str(postgresql_programs() / "psql"), *arguments[1:]], environment
