"""What a sandboxed process may not do, set by the process itself before it reads the first byte."""

import ctypes
import resource

ADDRESS_SPACE = 1536 * 1024 * 1024
CPU_SECONDS = 30
# Enough for what is read lazily (fonts, modules), and no more.
OPEN_FILES = 24
INPUT_LIMIT = 256 * 1024 * 1024

_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000


def enter() -> None:
    """Give up files, memory, time, privileges and, where the kernel lets us, the network."""
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)  # refused on some kernels: the other limits hold anyhow
    for limit, value in (
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_AS, ADDRESS_SPACE),
        (resource.RLIMIT_CPU, CPU_SECONDS),
    ):
        resource.setrlimit(limit, (value, value))
