"""Databases for tests: one template per set of migrations, a copy for each worker, more copies on demand.

Locks are PostgreSQL's own (advisory, of a session in the database postgres): they hold between workers and between
test runs on the same server, and a killed run leaves none behind.
"""

import hashlib
import itertools
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import environ
import psycopg2
import pytest
from django.apps import apps
from django.conf import settings
from django.db import connections

from lers.embedded import postgresql as embedded

# Not settings.SETTINGS_MODULE: that is None while a test overrides a setting.
SETTINGS_MODULE = os.environ.get("TEST_SETTINGS_MODULE", "lers.settings")
PREFIX = "lers_test_"
_BUILD = "building the template"
_KEPT_TEMPLATES = 3
_DATA_FILES = {".json", ".toml", ".yaml", ".yml", ".csv", ".sql"}


@dataclass(frozen=True)
class Server:
    """A PostgreSQL server and the two roles of the portal on it."""

    owner: Mapping[str, str]
    app: Mapping[str, str]

    @classmethod
    def find(cls, test_var: Path) -> "Server":
        """Return the server of DATABASE_URL and DATABASE_OWNER_URL, or the embedded one kept in test_var."""
        app, owner = os.environ.get("DATABASE_URL"), os.environ.get("DATABASE_OWNER_URL")
        if not app:
            os.environ.setdefault("EMBEDDED_THROWAWAY", "1")
            running = embedded.cluster(test_var).ensure()
            return cls(*(_role(running.parameters(name)) for name in (embedded.OWNER, embedded.APP)))
        if not owner:
            raise pytest.UsageError("Set DATABASE_OWNER_URL too: the tests migrate as owner and run as app.")
        return cls(*(environ.Env.db_url_config(url) for url in (owner, app)))

    def url(self, role: Mapping[str, str], name: str) -> str:
        """Return the URL of a database for one of the roles."""
        login = f"{quote(role['USER'])}:{quote(role['PASSWORD'], safe='')}"
        port = f":{role['PORT']}" if role["PORT"] else ""
        # A socket's folder stands in the path: that is how django-environ reads it.
        place = f"{port}/{role['HOST']}" if role["HOST"].startswith("/") else role["HOST"] + port
        return f"postgres://{login}@{place}/{name}"

    def connect(self, role: Mapping[str, str], name: str = "postgres") -> Any:
        """Open a connection that commits each statement."""
        connection = psycopg2.connect(
            host=role["HOST"], port=role["PORT"], user=role["USER"], password=role["PASSWORD"], dbname=name
        )
        connection.autocommit = True
        return connection


class Databases:
    """Makes and drops test databases, and holds the locks that keep others from sweeping them away."""

    def __init__(self, server: Server, *, rebuild: bool = False) -> None:
        self.server = server
        self._numbers = itertools.count()
        self._session = server.connect(server.owner)
        self.template = PREFIX + fingerprint()
        self._run("SELECT pg_advisory_lock(hashtextextended(%s, 0))", _BUILD)
        try:
            self._sweep()
            if rebuild and self._free(self.template):
                self._drop(self.template)
            self._run("SELECT pg_advisory_lock_shared(hashtextextended(%s, 0))", self.template)
            if self.template not in self._names():
                self._build()
        finally:
            self._run("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", _BUILD)

    def copy(self) -> str:
        """Make a fresh copy of the template and return its name."""
        name = f"{self.template}_{os.getpid()}_{next(self._numbers)}"
        self._run("SELECT pg_advisory_lock(hashtextextended(%s, 0))", name)
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{self.template}"')
        return name

    def drop(self, name: str) -> None:
        """Drop a copy, whoever is still connected to it."""
        self._drop(name)
        self._run("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", name)

    def close(self) -> None:
        """Let go of every lock."""
        self._session.close()

    def _build(self) -> None:
        draft = f"{self.template}_draft"
        self._drop(draft)
        self._run(f"CREATE DATABASE \"{draft}\" TEMPLATE template0 ENCODING 'UTF8'")
        migrate(environment(self.server, draft))
        # Nobody may be connected to a database that is copied; so nobody can be.
        self._run(f'ALTER DATABASE "{draft}" WITH ALLOW_CONNECTIONS false')
        self._run(f'ALTER DATABASE "{draft}" RENAME TO "{self.template}"')

    def _sweep(self) -> None:
        """Drop what killed runs left, and all but the newest templates."""
        names = self._names()
        templates = [name for name in names if "_" not in name.removeprefix(PREFIX)]
        kept = {*templates[-_KEPT_TEMPLATES:], self.template, f"{self.template}_draft"}
        for name in names:
            if name not in kept and self._free(name):
                self._drop(name)

    def _free(self, name: str) -> bool:
        """Tell whether no other test run holds the database."""
        (locked,) = self._run("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", name)
        if locked:
            self._run("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", name)
        return bool(locked)

    def _names(self) -> list[str]:
        """Return the test databases, oldest first."""
        with self._session.cursor() as cursor:
            cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s) ORDER BY oid", [PREFIX])
            return [name for (name,) in cursor.fetchall()]

    def _drop(self, name: str) -> None:
        if name not in self._names():
            return
        self._run(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS false')
        # On the embedded server the owner may end the app's sessions. Elsewhere each role ends its own.
        (signals,) = self._run("SELECT pg_has_role('pg_signal_backend', 'USAGE')")
        for role in (self.server.owner,) if signals else (self.server.app, self.server.owner):
            with closing(self.server.connect(role)) as session, session.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                    " WHERE datname = %s AND usename = ANY(%s)",
                    [name, [self.server.app["USER"], self.server.owner["USER"]] if signals else [role["USER"]]],
                )
        # Waits up to five seconds for sessions that are just ending.
        self._run(f'DROP DATABASE IF EXISTS "{name}"')

    def _run(self, statement: str, *values: str) -> tuple[Any, ...]:
        with self._session.cursor() as cursor:
            cursor.execute(statement, values or None)
            return cursor.fetchone() if cursor.description else ()


@dataclass(frozen=True)
class CommittedDatabase:
    """A database of its own for one test: commits are real, other processes can use it, nothing of it stays."""

    server: Server
    name: str

    @property
    def url(self) -> str:
        """Return DATABASE_URL for a subprocess."""
        return self.server.url(self.server.app, self.name)

    @property
    def owner_url(self) -> str:
        """Return DATABASE_OWNER_URL for a subprocess."""
        return self.server.url(self.server.owner, self.name)

    @property
    def env(self) -> dict[str, str]:
        """Return the whole environment of a subprocess that uses this database and this test's VAR."""
        return environment(self.server, self.name)

    @contextmanager
    def owner(self) -> Iterator[Any]:
        """Open a cursor as the owner, each statement committed: what the app must not do, and tampering."""
        with closing(self.server.connect(self.server.owner, self.name)) as connection, connection.cursor() as cursor:
            yield cursor

    @contextmanager
    def app(self) -> Iterator[Any]:
        """Open a cursor as the app in a session beside Django's; it commits where it says COMMIT."""
        with closing(self.server.connect(self.server.app, self.name)) as connection, connection.cursor() as cursor:
            yield cursor

    def manage(self, *arguments: str, **env: str) -> "subprocess.CompletedProcess[str]":
        """Run a management command on this database in another process."""
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(
            command, cwd=settings.BASE_DIR, env=self.env | env, capture_output=True, text=True, check=False, timeout=300
        )


def _role(parameters: Mapping[str, str]) -> dict[str, str]:
    """Return libpq's words as Django's."""
    return {django: parameters[django.lower()] for django in ("HOST", "PORT", "USER", "PASSWORD")}


def environment(server: Server, name: str) -> dict[str, str]:
    """Return the environment in which a process of the portal uses that database."""
    env = {key: value for key, value in os.environ.items() if key != "DATABASE_ROLE"}
    urls = {"DATABASE_URL": server.url(server.app, name), "DATABASE_OWNER_URL": server.url(server.owner, name)}
    own = {"DJANGO_SETTINGS_MODULE": SETTINGS_MODULE, "ENVIRONMENT": "test", "VAR": str(settings.VAR_DIR)}
    return env | urls | own | {"DATABASE_APP_ROLE": server.app["USER"]}


def migrate(env: Mapping[str, str]) -> None:
    """Run every migration as the owner, in a process of its own as in production."""
    command = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
    done = subprocess.run(
        command, cwd=settings.BASE_DIR, env=dict(env), capture_output=True, text=True, check=False, timeout=600
    )
    if done.returncode:
        raise RuntimeError(f"The test database could not be migrated:\n{done.stdout}{done.stderr}")


def point_to(server: Server, name: str) -> None:
    """Connect Django, in this and in new threads, to that database as the app's role."""
    connection = connections["default"]
    connection.close()
    names = {key: server.app[key] for key in ("HOST", "PORT", "USER", "PASSWORD")}
    # Changed in place: every thread's connection shares this dictionary.
    connection.settings_dict.update(names, NAME=name)


def fingerprint() -> str:
    """Return a hash of all that a migrated database is made from."""
    digest = hashlib.sha256()
    for path in sorted(set(_sources())):
        with suppress(FileNotFoundError):  # an editor's file that went away meanwhile
            digest.update(f"{path}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def _sources() -> Iterator[Path]:
    for app in apps.get_app_configs():
        folder = Path(app.path)
        yield from (folder / "migrations").rglob("*.py")
        if folder.is_relative_to(settings.BASE_DIR) and not folder.is_relative_to(sys.prefix):
            yield from (path for path in folder.rglob("*") if path.suffix in _DATA_FILES)
    audit = Path(apps.get_app_config("audit").path)
    yield from (audit / "grants.py", audit / "from_nothing.py", audit / "management" / "commands" / "migrate.py")
