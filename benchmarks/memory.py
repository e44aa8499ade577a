"""What processes hold and work, as the kernel says: for benchmarks that start the portal's own."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Memory:
    """What the processes of a service held, in MB, by process: at first, and at most."""

    first: dict[int, float] = field(default_factory=dict)
    most: dict[int, float] = field(default_factory=dict)

    def look(self, parent: int) -> None:
        """Look at a process and its children."""
        for pid in (parent, *_children(parent)):
            now = _resident(pid)
            self.first.setdefault(pid, now)
            self.most[pid] = max(self.most.get(pid, 0.0), now)

    @property
    def worst(self) -> float:
        """Return what the largest of them held."""
        return max(self.most.values(), default=0.0)

    def __str__(self) -> str:
        """Say what the largest held, and by how much any of them grew."""
        grown = max((most - self.first[pid] for pid, most in self.most.items()), default=0.0)
        return f"{self.worst:.0f} MB, {grown:.0f} MB more than when we first looked"


@contextmanager
def watched(memory: Memory, parent: int) -> Iterator[None]:
    """Look at a service twenty times a second meanwhile."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.05):
            memory.look(parent)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def processor(parent: int) -> float:
    """Return the seconds that a service and its children have worked."""
    ticks = 0
    for pid in (parent, *_children(parent)):
        fields = _of_process(pid, "stat").rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12]) if fields else 0
    return ticks / os.sysconf("SC_CLK_TCK")


def _children(pid: int) -> list[int]:
    return [int(word) for word in _of_process(pid, f"task/{pid}/children").split()]


def _resident(pid: int) -> float:
    words = _of_process(pid, "status").partition("VmRSS:")[2].split()
    return int(words[0]) * 1024 / 1e6 if words else 0.0


def _of_process(pid: int, name: str) -> str:
    try:
        return Path(f"/proc/{pid}/{name}").read_text()
    except OSError:
        return ""
