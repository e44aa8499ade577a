"""What the app's database role may do: everything on ordinary tables, only read and append on the trail."""

from collections.abc import Iterator

from django.apps import apps
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

# Tables that the app only reads, beside the trail's own.
_READ_ONLY = ("django_migrations",)


def role_exists(connection: BaseDatabaseWrapper, role: str) -> bool:
    """Return whether the server knows the role."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        return cursor.fetchone() is not None


def current_role(connection: BaseDatabaseWrapper) -> str:
    """Return the role of this connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        (role,) = cursor.fetchone()
    return str(role)


def grant(connection: BaseDatabaseWrapper, role: str) -> None:
    """Give the role its rights on all tables that exist and on those still to come; safe to repeat.

    One transaction: at no moment does the role have a right on the trail that it is to lose.
    """
    app, schema = connection.ops.quote_name(role), _schema(connection)
    statements = [
        *_closed_to_everybody(connection, app, schema),
        f"GRANT USAGE ON SCHEMA {schema} TO {app}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {app}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {app}",
        f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA {schema} TO {app}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT USAGE, SELECT ON SEQUENCES TO {app}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT EXECUTE ON FUNCTIONS TO {app}",
    ]
    existing = set(connection.introspection.table_names())
    trail = [model._meta.db_table for model in apps.get_app_config("audit").get_models()]
    for tables, rights in ((trail, "SELECT, INSERT"), (_READ_ONLY, "SELECT")):
        for table in map(connection.ops.quote_name, existing.intersection(tables)):
            statements += [f"REVOKE ALL ON {table} FROM {app}", f"GRANT {rights} ON {table} TO {app}"]
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def grant_reading(connection: BaseDatabaseWrapper, role: str) -> None:
    """Let a role read the trail and nothing else: for an auditor's own tools, which then need no trust in the app."""
    reader, schema = connection.ops.quote_name(role), _schema(connection)
    trail = [model._meta.db_table for model in apps.get_app_config("audit").get_models()]
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute(f"GRANT CONNECT ON DATABASE {_database(connection)} TO {reader}")
        cursor.execute(f"GRANT USAGE ON SCHEMA {schema} TO {reader}")
        for table in map(connection.ops.quote_name, set(connection.introspection.table_names()).intersection(trail)):
            cursor.execute(f"GRANT SELECT ON {table} TO {reader}")


def _closed_to_everybody(connection: BaseDatabaseWrapper, app: str, schema: str) -> Iterator[str]:
    """Take what PostgreSQL gives to every role of the server: to connect, temporary tables, functions.

    Temporary tables are searched before all others: whoever may make them can put one before a table of ours in a
    function that runs with more rights. Where the owner of the tables does not own the database, the server only warns:
    then its administrator has done it (docs/security.md), or `check --deploy --database default` says so.
    """
    database = _database(connection)
    yield f"REVOKE ALL ON DATABASE {database} FROM PUBLIC"
    yield f"REVOKE ALL ON DATABASE {database} FROM {app}"
    yield f"GRANT CONNECT ON DATABASE {database} TO {app}"
    yield f"REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC"
    yield f"REVOKE CREATE ON SCHEMA {schema} FROM {app}"
    yield f"REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA {schema} FROM PUBLIC"
    yield "ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC"


def _schema(connection: BaseDatabaseWrapper) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        (schema,) = cursor.fetchone()
    return connection.ops.quote_name(schema)


def _database(connection: BaseDatabaseWrapper) -> str:
    return connection.ops.quote_name(connection.settings_dict["NAME"])
