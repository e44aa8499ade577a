"""The embedded Valkey: Celery's broker under `make run`. It only hurries rows that are jobs already."""

import json
import os
from contextlib import suppress
from pathlib import Path

from lers.embedded import places
from lers.embedded.identity import Identity

_SOCKET_NAME = "valkey.sock"
# Nobody answers there: a command run while no broker is up must not talk to some other program's Redis.
NO_BROKER = "redis+socket:///nonexistent/valkey.sock"


def prepare(var: Path) -> tuple[list[str], str]:
    """Write the configuration; return the command that serves it in the foreground, and its URL for Celery."""
    program = places.broker_program()
    data, run = var / "valkey", var / "run"
    for folder in (data, run):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    socket = _known_socket(var)
    if socket is None or not socket.parent.is_dir() or socket.parent.stat().st_uid != os.geteuid():
        socket = places.socket_directory(Identity(), longest_name=_SOCKET_NAME) / _SOCKET_NAME
    (run / "valkey.json").write_text(json.dumps({"socket": str(socket)}))
    configuration = data / "valkey.conf"
    configuration.write_text(
        "port 0\n"  # no TCP; the socket lies in a 0700 folder
        f'unixsocket "{socket}"\n'
        "unixsocketperm 600\n"
        f'dir "{data}"\n'
        "appendonly yes\n"
        'save ""\n'
        "daemonize no\n"
        "loglevel warning\n"
        "maxmemory-policy noeviction\n"
    )
    return [str(program), str(configuration)], f"redis+socket://{socket}"


def forget(var: Path) -> None:
    """Remove the socket's folder, after the server has stopped."""
    if socket := _known_socket(var):
        socket.unlink(missing_ok=True)
        with suppress(OSError):
            socket.parent.rmdir()
    (var / "run" / "valkey.json").unlink(missing_ok=True)


def broker_url(var: Path) -> str:
    """Return where the broker of `make run` listens, for commands run beside it."""
    socket = _known_socket(var)
    return f"redis+socket://{socket}" if socket else NO_BROKER


def _known_socket(var: Path) -> Path | None:
    try:
        return Path(json.loads((var / "run" / "valkey.json").read_text())["socket"])
    except (OSError, ValueError, KeyError):
        return None
