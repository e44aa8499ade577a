"""Collects static files only when they changed: compressing them takes longer than all the rest of a start."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from lers.runner.services import BASE_DIR


def collect_if_changed(var: Path, collect: Callable[[], object], say: Callable[[str], None]) -> None:
    """Call collect when the sources, or the installed packages, are not those of the last time."""
    stamp = var / "static.stamp"  # not in run/: it outlives a run, and goes with a copy of the folder
    digest = _fingerprint()
    if stamp.exists() and stamp.read_text() == digest and (var / "static" / "staticfiles.json").exists():
        return
    say("Collecting static files…")
    stamp.unlink(missing_ok=True)
    collect()
    if (var / "static" / "staticfiles.json").exists():
        stamp.write_text(digest)


def _fingerprint() -> str:
    """Names, sizes and times of the project's own files; the lock file stands for those of the packages."""
    digest = hashlib.sha256()
    sources = [BASE_DIR / "requirements.txt", *sorted((BASE_DIR / "static").rglob("*"))]
    for path in sources:
        if path.is_file():
            status = path.stat()
            digest.update(f"{path.relative_to(BASE_DIR)} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()
