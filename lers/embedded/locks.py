"""File locks (flock): the kernel drops them when a process dies, however it dies."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_STEP_SECONDS = 0.02


def try_lock(path: Path, *, shared: bool = False) -> int | None:
    """Return the file descriptor that holds the lock, or None when somebody else does."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def wait_lock(path: Path, *, timeout: float, shared: bool = False) -> int | None:
    """Like try_lock, but keep trying for that many seconds."""
    deadline = time.monotonic() + timeout
    while (descriptor := try_lock(path, shared=shared)) is None:
        if time.monotonic() > deadline:
            return None
        time.sleep(_STEP_SECONDS)
    return descriptor


@contextmanager
def held(path: Path, *, timeout: float) -> Iterator[None]:
    """Hold the exclusive lock for the block; TimeoutError when it cannot be had in time."""
    descriptor = wait_lock(path, timeout=timeout)
    if descriptor is None:
        raise TimeoutError(path)
    try:
        yield
    finally:
        os.close(descriptor)


def is_locked(path: Path) -> bool:
    """Tell whether some process holds the lock."""
    if (descriptor := try_lock(path)) is None:
        return True
    os.close(descriptor)
    return False
