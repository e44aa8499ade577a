"""The secret that the demo's portal and the reference company share, made once on each machine."""

import json
import os
from pathlib import Path

from foundation.providers.connectors.http.signing import new_secret

KEY_ID = "demo"


def company_keys(folder: Path) -> Path:
    """Return the file of the company's keys, as `--keys` takes it."""
    path = folder / "company_keys.json"
    if not path.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps({KEY_ID: new_secret()}))
        draft.replace(path)
    return path
