"""Checking a proof as a stranger does: by the public script, from a file, without the portal."""

import json
import subprocess
import sys
from pathlib import Path

from django.conf import settings

from foundation.audit import signing

SCRIPT = Path(settings.BASE_DIR) / "docs" / "verify_trail.py"


def checked(path: Path, *received: Path, key: str = "") -> tuple[int, str]:
    """Return how the script ends and what it says, in a process of its own."""
    key = key or next(iter(signing.public_keys().values()))
    words = [sys.executable, "-I", str(SCRIPT), str(path), key, *map(str, received)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout


def kept(folder: Path, answer) -> Path:
    """Keep a JSON file that was downloaded."""
    path = folder / "proof.json"
    path.write_bytes(answer.content)
    assert json.loads(answer.content)
    return path
