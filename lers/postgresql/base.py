"""The database backend used where DATABASE_URL is not set."""

from typing import Any

from django.conf import settings
from django.db.backends.postgresql.base import DatabaseWrapper as PostgreSQLWrapper
from django.db.utils import OperationalError

from lers.embedded.errors import EmbeddedError
from lers.embedded.postgresql import APP, OWNER, cluster
from lers.postgresql.client import DatabaseClient


class DatabaseWrapper(PostgreSQLWrapper):
    """Starts the embedded server when it is first needed, and again when it was lost."""

    client_class = DatabaseClient

    def get_connection_params(self) -> dict[str, Any]:
        """Fill in where the server is and who asks, then leave the rest to Django."""
        complete(self.settings_dict)
        parameters: dict[str, Any] = super().get_connection_params()
        return parameters


def complete(settings_dict: dict[str, Any]) -> None:
    """Write socket, role and password of the running embedded server into the settings of a database."""
    role = settings_dict.get("USER") or (OWNER if settings.DATABASE_ROLE == "owner" else APP)
    try:
        server = cluster(settings.VAR_DIR).ensure()
    except EmbeddedError as error:
        raise OperationalError(str(error)) from error
    parameters = server.parameters(role)
    settings_dict |= {
        "HOST": parameters["host"],
        "PORT": parameters["port"],
        "USER": role,
        "PASSWORD": parameters["password"],
    }
