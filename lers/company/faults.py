"""What can be made to go wrong on purpose, so that both sides can show what they do then."""

import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What goes wrong."""

    SLOW = "slow"  # answers after `seconds`
    BROKEN = "500"
    BUSY = "503"  # with Retry-After: `seconds`
    LIMITED = "429"  # the same
    CUT = "cut"  # hangs up in the middle of the answer
    DUPLICATE = "duplicate"  # sends the answer of an earlier call to the same address once more
    WRONG_SIGNATURE = "wrong_signature"
    UNSIGNED = "unsigned"
    NOT_JSON = "not_json"
    OTHER_CONTENTS = "other_contents"  # the bytes of a file are not those that were announced
    RUNNING = "running"  # an export is not ready yet
    PARTIAL = "partial"  # the last file of an export could not be made
    PLANT = "plant"  # a row that nobody may see is in the file: `what` says which (planting.py)


@dataclass
class Fault:
    """A fault that is waiting for calls to one address ("*": to any), so many times."""

    kind: Kind
    path: str = "*"
    times: int = 1
    seconds: float = 2.0
    what: str = ""


class Faults:
    """The faults that are set now; one that is used up is gone."""

    def __init__(self) -> None:
        """Begin with none."""
        self._set: list[Fault] = []
        self._guard = threading.Lock()

    def add(self, given: Mapping[str, Any]) -> None:
        """Set one. Raises TypeError or ValueError for one that there is not."""
        fault = Fault(**{**given, "kind": Kind(given.get("kind", ""))})
        with self._guard:
            self._set.append(fault)

    def clear(self) -> None:
        """Let everything work again."""
        with self._guard:
            self._set.clear()

    def take(self, path: str, *kinds: Kind) -> Fault | None:
        """Return a fault of these kinds for a call to this address, and count it."""
        with self._guard:
            for fault in self._set:
                if fault.kind in kinds and fault.path in {"*", path}:
                    fault.times -= 1
                    if fault.times <= 0:
                        self._set.remove(fault)
                    return fault
        return None

    def as_json(self) -> list[dict[str, Any]]:
        """Return what is set, for whoever set it."""
        with self._guard:
            return [asdict(fault) for fault in self._set]
