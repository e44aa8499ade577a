"""What the portal's role may do on the database server, as PostgreSQL's own catalogue has it (SEC-24, SEC-32)."""

import os

import pytest
from django.db import connection
from psycopg2.errors import InsufficientPrivilege

from foundation.audit import grants

pytestmark = pytest.mark.xdist_group("server-wide")

TRAIL = ("audit_",)
USUAL, APPEND, READ = {"SELECT", "INSERT", "UPDATE", "DELETE"}, {"SELECT", "INSERT"}, {"SELECT"}
# Each row: an object, its owner, a grantee ("" for everybody), a right.
RIGHTS = """
SELECT '{kind}', o.{name}::text, o.{owner}::regrole::text,
       CASE a.grantee WHEN 0 THEN '' ELSE a.grantee::regrole::text END, a.privilege_type
FROM {catalogue} o, aclexplode(coalesce(o.{acl}, acldefault('{letter}', o.{owner}))) a WHERE {where}
"""
HERE = "o.{}namespace = current_schema()::regnamespace"
TABLES = " AND o.relkind IN ('r', 'p', 'v', 'm')"
CATALOGUES = [
    ("database", "datname", "datdba", "pg_database", "datacl", "d", "o.datname = current_database()"),
    ("schema", "nspname", "nspowner", "pg_namespace", "nspacl", "n", "o.nspname = current_schema()"),
    ("table", "relname", "relowner", "pg_class", "relacl", "r", HERE.format("rel") + TABLES),
    ("sequence", "relname", "relowner", "pg_class", "relacl", "s", HERE.format("rel") + " AND o.relkind = 'S'"),
    ("function", "proname", "proowner", "pg_proc", "proacl", "f", HERE.format("pro")),
]  # fmt: skip
REFUSED = [
    "CREATE TABLE mine (a int)",
    "CREATE TEMP TABLE audit_auditevent (a int)",
    "CREATE SCHEMA mine",
    "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE DATABASE mine",
    "TRUNCATE accounts_user CASCADE",
    "ALTER TABLE audit_auditevent DISABLE TRIGGER ALL",
    "SET session_replication_role = replica",
    "COPY accounts_user TO PROGRAM 'cat'",
    "SELECT pg_read_file('/etc/passwd')",
    "SET ROLE {owner}",
    "ALTER ROLE {app} SUPERUSER",
]


def rights(cursor) -> dict[tuple[str, str], dict[str, set[str]]]:
    """Return who may do what: {(kind, name): {grantee: rights}}, the owner's own left out."""
    found: dict[tuple[str, str], dict[str, set[str]]] = {}
    for kind, name, owner, catalogue, acl, letter, where in CATALOGUES:
        cursor.execute(
            RIGHTS.format(kind=kind, name=name, owner=owner, catalogue=catalogue, acl=acl, letter=letter, where=where)
        )
        for one, what, owned_by, who, right in cursor.fetchall():
            row = found.setdefault((one, what), {})
            if who != owned_by:
                row.setdefault(who, set()).add(right)
    return found


@pytest.fixture
def granted(committed_db):
    """A database on which migrate gave the rights, as it does on every run."""
    owner = connection.copy("default")
    owner.settings_dict |= {
        "USER": committed_db.server.owner["USER"],
        "PASSWORD": committed_db.server.owner["PASSWORD"],
    }
    grants.grant(owner, committed_db.server.app["USER"])
    owner.close()
    return committed_db


def test_sec_24_every_object_gives_the_app_what_it_needs_and_everybody_nothing(granted):
    app, owner = granted.server.app["USER"], granted.server.owner["USER"]
    with granted.owner() as cursor:
        found = rights(cursor)
        cursor.execute(
            "SELECT DISTINCT relowner::regrole::text FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        )
        assert cursor.fetchall() == [(owner,)]
        cursor.execute("SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace")
        assert cursor.fetchall() == [], "a function with its owner's rights is a door"
        cursor.execute(
            "SELECT rolname, rolsuper OR rolcreaterole OR rolreplication OR rolbypassrls FROM pg_roles"
            " WHERE rolname = ANY(%s)", [[app, owner]]
        )  # fmt: skip
        assert dict(cursor.fetchall()) == {app: False, owner: False}
        cursor.execute("SELECT roleid::regrole::text FROM pg_auth_members WHERE member = %s::regrole", [app])
        assert cursor.fetchall() == [], "the app is a member of nothing"
        if not os.environ.get("DATABASE_URL"):
            for other in ("postgres", "template1"):
                cursor.execute("SELECT has_database_privilege(%s, %s, 'CONNECT')", [app, other])
                assert cursor.fetchone() == (False,), other
    assert len(found) > 100
    for (kind, name), given in found.items():
        expected = {
            "database": {"CONNECT"},
            "schema": {"USAGE"},
            "sequence": {"USAGE", "SELECT"},
            "function": {"EXECUTE"},
            "table": APPEND if name.startswith(TRAIL) else READ if name == "django_migrations" else USUAL,
        }[kind]
        everybody = {"USAGE"} if kind == "schema" else set()  # PostgreSQL's own: it opens nothing by itself
        assert given.get("", set()) <= everybody, (kind, name)
        assert given.get(app) == expected, (kind, name)
        assert set(given) <= {"", app}, (kind, name)
    for statement in REFUSED:  # what would get it around the trail
        with granted.app() as cursor, pytest.raises(InsufficientPrivilege):
            cursor.execute(statement.format(app=app, owner=owner))
    with connection.cursor() as cursor:
        # A test that stops at a breakpoint is idle longer than the portal may be (tests/conftest.py).
        for name, limit in {"idle_in_transaction_session": "15min", "lock": "1min", "statement": "5min"}.items():
            cursor.execute(f"SHOW {name}_timeout")
            assert cursor.fetchone() == (limit,)
    _only_reading(granted, app)


def _only_reading(granted, app):
    """A role for reading sees the trail and nothing else. The app's stands in: the owner may make none."""
    with granted.owner() as cursor:
        for words in (
            f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {app}",
            f"REVOKE USAGE ON SCHEMA public FROM {app}",
        ):
            cursor.execute(words)
    owner = connection.copy("default")
    owner.settings_dict |= {"USER": granted.server.owner["USER"], "PASSWORD": granted.server.owner["PASSWORD"]}
    grants.grant_reading(owner, app)
    owner.close()
    with granted.owner() as cursor:
        found = {name: given[app] for (kind, name), given in rights(cursor).items() if kind == "table" and app in given}
    assert found
    assert all(name.startswith(TRAIL) and given == READ for name, given in found.items())
