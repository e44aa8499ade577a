"""The recorder in a running portal of the journeys: put in before the demo is loaded, read when the portal ends."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings

from lers.embedded.postgresql import Server, cluster
from tests.completeness import comparing, listed, recorder

_ADMIN = "postgres"


def prepare(var: Path, env: Mapping[str, str]) -> None:
    """Make the database of a portal that is still to come up, with the recorder in it."""
    os.environ.setdefault("EMBEDDED_THROWAWAY", "1")
    database = cluster(var)
    server = database.ensure()
    try:
        command = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
        subprocess.run(command, cwd=settings.BASE_DIR, env=dict(env), check=True, timeout=600)
        with closing(server.connect(_ADMIN)) as connection:
            connection.autocommit = True
            recorder.install(connection, without=listed.UNWATCHED)
    finally:
        database.release()


def gaps(var: Path, *, after: int = 0) -> list[str]:
    """Return what changed in the running portal of this VAR without an entry."""
    with _connected(var) as connection:
        return comparing.gaps(connection, after=after)


def newest(var: Path) -> int:
    """Return the number of the newest change recorded in the running portal of this VAR."""
    with _connected(var) as connection:
        return comparing.newest(connection)


@contextmanager
def _connected(var: Path) -> Iterator[Any]:
    state = json.loads((var / "run" / "postgresql.json").read_text())
    password = (var / "secrets" / "embedded_admin_password").read_text().strip()
    with closing(Server(state["socket_dir"], {_ADMIN: password}).connect(_ADMIN)) as connection:
        connection.autocommit = True
        yield connection
