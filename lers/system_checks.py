"""System checks: whether the roles on the database server are as narrow as docs/security.md says."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.checks import Warning as CheckWarning
from django.db import connections

_ROLE = "SELECT rolsuper OR rolcreaterole OR rolbypassrls OR rolreplication FROM pg_roles WHERE rolname = current_user"
_RIGHTS = """
SELECT has_database_privilege(current_database(), 'CREATE') OR has_schema_privilege(current_schema(), 'CREATE'),
       has_database_privilege(current_database(), 'TEMPORARY'),
       EXISTS (SELECT 1 FROM pg_class WHERE relnamespace = current_schema()::regnamespace
               AND pg_has_role(relowner, 'MEMBER')),
       has_database_privilege('template1', 'CONNECT')
"""


def check_roles(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Refuse a portal that could change its own trail; warn where its role may do what it has no need of."""
    if settings.DATABASE_ROLE == "owner":
        return []
    found: list[CheckMessage] = []
    for alias in databases or ():
        with connections[alias].cursor() as cursor:
            cursor.execute(_ROLE)
            (mighty,) = cursor.fetchone()
            cursor.execute(_RIGHTS)
            makes, temporary, owns, elsewhere = cursor.fetchone()
        if mighty or owns or makes:
            found.append(
                Error(
                    "The portal's database role may change the schema or other roles, and so its own trail.",
                    hint="Run it as a role of its own: docs/security.md, Database roles.",
                    id="lers.E001",
                )
            )
        if temporary or elsewhere:
            found.append(
                CheckWarning(
                    "The portal's database role may make temporary tables, or enter other databases of the server.",
                    hint="As administrator: REVOKE ALL ON DATABASE lers, postgres, template1 FROM PUBLIC; migrate.",
                    id="lers.W001",
                )
            )
    return found
