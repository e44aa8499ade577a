"""Where a drill or a benchmark runs: a folder of its own, with servers of its own. Nothing here needs Django."""

import os
import shutil
import socket
from dataclasses import dataclass
from pathlib import Path

from lers.embedded import valkey
from lers.runner.services import BASE_DIR


@dataclass(frozen=True)
class Place:
    """The folder, and what its servers are started with."""

    var: Path
    mail_port: int
    broker_command: list[str]

    @property
    def own_database(self) -> bool:
        """Whether the database is embedded here, so that it may be stopped hard."""
        return not os.environ.get("DATABASE_URL")


def prepare(name: str) -> Place:
    """Choose ports and sockets and put them into the environment, before anything reads the settings.

    VAR is the folder (var/<name> otherwise, emptied first). A database named by DATABASE_URL is used as it is.
    """
    given = os.environ.get("VAR")
    var = Path(given or BASE_DIR / "var" / name).resolve()
    if not given:
        shutil.rmtree(var, ignore_errors=True)
    for folder in (var / "run", var / "log", var / "static"):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.environ["VAR"] = str(var)
    command, broker = valkey.prepare(var)
    mail_port = free_port()
    os.environ.setdefault("ENVIRONMENT", "local")
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "lers.settings",
        "DEMO": "1",
        "REDIS_URL": broker,
        "EMAIL_URL": f"smtp://127.0.0.1:{mail_port}",
        "LOG_LEVEL": os.environ.get("LOG_LEVEL", "WARNING"),
        "PYTHONUNBUFFERED": "1",
    }
    # What a crash of the database may lose is part of the question: no throw-away settings here.
    os.environ.pop("EMBEDDED_THROWAWAY", None)
    return Place(var, mail_port, command)


def free_port() -> int:
    """Return a port of this machine that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
