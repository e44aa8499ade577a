"""An entry that could not be written: said at once where neither the database nor a queue is needed.

The act itself is undone, because the entry is part of its transaction. What is said holds no personal data: the
database's own message can quote the row.
"""

import json
import logging
import os
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError
from django.db.transaction import TransactionManagementError
from django.utils import timezone

from foundation.audit.events import PROBE

logger = logging.getLogger(__name__)

# The word that log watchers look for; it stands nowhere else.
WORD = "AUDIT-FAILURE"
_MARKER = "refused.marker"
# The transaction had failed before, or gave way to another: no fault of the trail's.
_NOT_OURS = frozenset({"25P02", "40001", "40P01"})


def refused(action: str, error: DatabaseError) -> None:
    """Log that this entry was refused, and leave a mark for the watch; never raises."""
    state = sqlstate(error)
    if action == PROBE or state in _NOT_OURS or isinstance(error, TransactionManagementError):
        return
    logger.critical("%s entry refused: action=%s error=%s sqlstate=%s", WORD, action, type(error).__name__, state)
    words = {"at": timezone.now().isoformat(), "action": action, "error": type(error).__name__, "sqlstate": state}
    with suppress(OSError):
        write(folder() / _MARKER, json.dumps(words))


def last_refused() -> datetime | None:
    """Return when an entry was refused last, as far as the processes of this machine know."""
    with suppress(OSError, ValueError, KeyError):
        return datetime.fromisoformat(json.loads((folder() / _MARKER).read_text())["at"])
    return None


def folder() -> Path:
    """Return the folder of alarms, made where it is missing."""
    path = Path(settings.ALARM_DIR)
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def write(path: Path, text: str) -> None:
    """Write a file as a whole or not at all."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(text)
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise


def sqlstate(error: BaseException) -> str:
    """Return PostgreSQL's code of what went wrong; empty where the server said nothing."""
    return str(getattr(error.__cause__ or error, "pgcode", "") or "")
