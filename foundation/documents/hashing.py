"""SHA-256 of files that come in pieces: the state after each piece, kept in this process for the next one.

No state can be stored elsewhere: where the next piece reaches another process, the file is read back at its end.
"""

import hashlib
import threading
import uuid
from collections import OrderedDict

MOST = 64

_states: OrderedDict[tuple[uuid.UUID, int], "hashlib._Hash"] = OrderedDict()
_lock = threading.Lock()


def state_at(uid: uuid.UUID, offset: int) -> "hashlib._Hash | None":
    """Return a copy of the state after so many bytes; None where this process did not see them all."""
    if offset == 0:
        return hashlib.sha256()
    with _lock:
        found = _states.get((uid, offset))
        return found.copy() if found is not None else None


def keep_state(uid: uuid.UUID, offset: int, state: "hashlib._Hash | None", *, before: int) -> None:
    """Keep the state after so many bytes in place of the one after fewer; the oldest of too many are dropped."""
    with _lock:
        _states.pop((uid, before), None)
        if state is not None:
            _states[uid, offset] = state
        while len(_states) > MOST:
            _states.popitem(last=False)


def forget_state(uid: uuid.UUID, offset: int) -> None:
    """Drop the state of a file that is whole or given up."""
    with _lock:
        _states.pop((uid, offset), None)
