"""What a sandboxed process may not do, set by the process itself before it reads the first byte."""

import ctypes
import resource
import sys
from pathlib import Path

from foundation.documents.sandbox import landlock

ADDRESS_SPACE = 1536 * 1024 * 1024
CPU_SECONDS = 30
# Enough for what is read lazily (fonts, modules), and no more.
OPEN_FILES = 24
INPUT_LIMIT = 256 * 1024 * 1024

_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000
_CLONE_NEWIPC = 0x08000000
# Programs, modules and fonts: nothing of the portal's own but the code beside this file and its fonts.
_CODE = Path(__file__).resolve().parents[2]
_READABLE = (
    *("/usr", "/lib", "/lib64", "/etc/magic", "/dev/urandom", "/dev/random"),
    *(sys.prefix, sys.base_prefix, str(_CODE)),
)
_FONTS = str(_CODE.parent / "static" / "assets" / "fonts")


def enter(cpu_seconds: int = CPU_SECONDS) -> None:
    """Give up files, memory, time, privileges and, where the kernel lets us, other files and the network."""
    leave_the_network()
    landlock.restrict(read=(*_READABLE, _FONTS))
    bound(cpu_seconds)


def bound(cpu_seconds: int = CPU_SECONDS) -> None:
    """Give up writing files, starting programs, and memory and time without end; for what must ask the network."""
    for limit, value in (
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_AS, ADDRESS_SPACE),
        (resource.RLIMIT_CPU, cpu_seconds),
    ):
        resource.setrlimit(limit, (value, value))


def leave_the_network(*, also: int = 0) -> bool:
    """Give up privileges for good, and the network where the kernel lets us; return whether it did."""
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    # Refused on some kernels and in some containers: the other limits hold.
    return bool(libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET | _CLONE_NEWIPC | also) == 0)
