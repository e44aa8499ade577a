"""Landlock: the kernel lets this process, and what it starts, reach only the folders named here, and no network.

Linux 5.13 and newer, without privileges; on an older kernel nothing happens, and the other limits hold anyhow.
"""

import ctypes
import os
import struct
from collections.abc import Iterable
from pathlib import Path

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_VERSION = 1
_PATH_BENEATH = 1
_EXECUTE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 2, 1 << 3
_WRITE_FILE, _TRUNCATE = 1 << 1, 1 << 14
READ = _READ_FILE | _READ_DIR
RUN = READ | _EXECUTE
# Make and remove a socket, and no more.
SOCKETS = 1 << 9 | 1 << 5
# What each version of the interface can forbid about files.
_FILES = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
_FILE_ONLY = _EXECUTE | _READ_FILE | _WRITE_FILE | _TRUNCATE | 1 << 15
_TCP = 0b11
_SCOPES = 0b11


def restrict(
    *, read: Iterable[str] = (), run: Iterable[str] = (), write: Iterable[str] = (), sockets: Iterable[str] = ()
) -> bool:
    """Close everything but these paths, for ever; return False where the kernel cannot."""
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(_CREATE, None, ctypes.c_size_t(0), _VERSION)
    if version < 1:
        return False
    files = _FILES[max(known for known in _FILES if known <= version)]
    attributes = struct.pack("<Q", files)
    if version >= 4:
        attributes += struct.pack("<Q", _TCP)
    if version >= 6:
        attributes += struct.pack("<Q", _SCOPES)
    rules = libc.syscall(_CREATE, attributes, ctypes.c_size_t(len(attributes)), 0)
    if rules < 0:
        return False
    for paths, access in ((read, READ), (run, RUN), (write, files & ~_EXECUTE), (sockets, SOCKETS)):
        for path in paths:
            _allow(libc, rules, path, files & access)
    done = libc.syscall(_RESTRICT, rules, 0) == 0
    os.close(rules)
    return bool(done)


def _allow(libc: ctypes.CDLL, rules: int, path: str, access: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # not on this machine
    if not Path(path).is_dir():
        access &= _FILE_ONLY
    libc.syscall(_ADD, rules, _PATH_BENEATH, struct.pack("<Qi", access, place), 0)
    os.close(place)
