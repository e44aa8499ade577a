"""Where secrets come from: the environment, a file, or (on a developer's machine only) a generated file."""

import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def read_secret(name: str, *, generate_in: Path | None, nbytes: int = 32) -> str:
    """Return the secret called name.

    Order: the variable NAME, the file named by NAME_FILE, and where generate_in is given (local and test
    settings only) a file of that folder, made once with nbytes of randomness as hex.
    Raises ImproperlyConfigured when there is none, so that production never starts without it.
    """
    if value := os.environ.get(name):
        return value
    if path := os.environ.get(f"{name}_FILE"):
        return Path(path).read_text().strip()
    if generate_in is None:
        raise ImproperlyConfigured(f"Set {name} or {name}_FILE: production has no default for it.")
    return _generated(generate_in / name.lower(), nbytes)


def read_address(name: str) -> str:
    """Return an address that may hold a password: the variable NAME, the file named by NAME_FILE, or nothing."""
    if path := os.environ.get(f"{name}_FILE"):
        return Path(path).read_text().strip()
    return os.environ.get(name, "")


def _generated(path: Path, nbytes: int) -> str:
    """Make the file once, also when several processes start together: the first link wins."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_hex(nbytes))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()
