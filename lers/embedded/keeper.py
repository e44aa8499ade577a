"""Keeps one embedded server for as long as somebody uses it; started as a script, standard library only.

    python keeper.py USERS_LOCK SOCKET_DIR COMMAND…

Every process that uses the server holds a shared lock on USERS_LOCK. When the last one is gone, also one that was
killed, this process gets the exclusive lock and stops the server: the last one out turns off the light.
"""

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

_LOOK_EVERY_SECONDS = 1.0
_STOP_SECONDS = 30.0


class _Told(Exception):
    """Somebody asked to stop the server."""


def keep(users_lock: str, command: list[str]) -> int:
    """Run the server until nobody uses it, or until told to stop; return its exit code."""
    users = os.open(users_lock, os.O_RDWR | os.O_CREAT, 0o600)
    server = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    try:
        while server.poll() is None and not _alone(users):
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(_LOOK_EVERY_SECONDS)
    except _Told:
        pass
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if server.poll() is None:
        _stop(server)
    return server.wait()


def _alone(users: int) -> bool:
    """Tell whether nobody holds the shared lock; if so it stays ours, so that nobody comes in while we stop."""
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _stop(server: "subprocess.Popen[bytes]") -> None:
    """SIGINT is PostgreSQL's fast shutdown (sessions are ended, nothing is lost); SIGQUIT only if it hangs."""
    server.send_signal(signal.SIGINT)
    try:
        server.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.send_signal(signal.SIGQUIT)


def _told(signum: int, frame: object) -> None:
    raise _Told


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _told)
    code = keep(sys.argv[1], sys.argv[3:])
    with contextlib.suppress(OSError):
        Path(sys.argv[2]).rmdir()
    sys.exit(code)
