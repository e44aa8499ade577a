"""python -m foundation.documents.sandbox.office PROGRAM PAPER: become LibreOffice, with as little as it can do with.

The folder of the paper is its home, its temporary folder and the only place that it may write to. Where the kernel
lets us, it sees no network and no file but programs, libraries and fonts; it dies with the worker that started it.
"""

import ctypes
import os
import resource
import signal
import sys
from pathlib import Path

from foundation.documents.sandbox import landlock
from foundation.documents.sandbox.limits import leave_the_network

ADDRESS_SPACE = 4 * 1024**3
CPU_SECONDS = 80
FILE_BYTES = 256 * 1024 * 1024
OPEN_FILES = 512

_PR_SET_PDEATHSIG = 1
_CLONE_NEWNS = 0x00020000
_MS_BIND, _MS_REC, _MS_PRIVATE = 0x1000, 0x4000, 0x40000
_RUN = ("/usr", "/lib", "/lib64", "/bin", "/opt")
_READ = (
    "/etc/fonts",
    "/etc/libreoffice",
    "/etc/ld.so.cache",
    "/etc/passwd",
    "/etc/nsswitch.conf",
    "/etc/localtime",
    "/etc/locale.alias",
    "/var/lib/libreoffice",
    "/var/spool/libreoffice",
    "/var/cache/fontconfig",
    "/dev/urandom",
    "/dev/random",
)


def main(program: str, paper: str) -> None:
    """Set the limits and become the program; never returns."""
    folder = Path(paper).parent
    parent = os.getppid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        raise SystemExit(1)
    os.umask(0o077)
    os.chdir(folder)
    if leave_the_network(also=_CLONE_NEWNS):
        _lay_over("/tmp", folder / "tmp")  # noqa: S108 - nobody else's any more
    writable = (str(folder), "/dev/null")
    landlock.restrict(read=_READ, run=(*_RUN, str(Path(program).parent)), write=writable, sockets=("/tmp",))  # noqa: S108
    for limit, value in (
        (resource.RLIMIT_FSIZE, FILE_BYTES),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_AS, ADDRESS_SPACE),
        (resource.RLIMIT_CPU, CPU_SECONDS),
    ):
        resource.setrlimit(limit, (value, value))
    environment = {
        "HOME": str(folder),
        "TMPDIR": str(folder / "tmp"),
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "SAL_USE_VCLPLUGIN": "svp",
        "SAL_LOG": "-INFO-WARN",
    }
    switches = ("--headless", "--invisible", "--norestore", "--nologo", "--nodefault", "--nolockcheck")
    home = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    # The program itself is on a path of the system's own, and the paper's name is ours.
    os.execve(  # noqa: S606
        program,
        [program, home, *switches, "--convert-to", "pdf", "--outdir", str(folder / "out"), paper],
        environment,
    )


def _lay_over(path: str, folder: Path) -> None:
    """Show this process its own folder under a path that it insists on; nobody else sees a change."""
    libc = ctypes.CDLL(None)
    libc.mount(None, b"/", None, ctypes.c_ulong(_MS_REC | _MS_PRIVATE), None)
    libc.mount(os.fsencode(folder), os.fsencode(path), None, ctypes.c_ulong(_MS_BIND), None)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
