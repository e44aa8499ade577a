"""Files of a drill: sent while the disk is full by `manage.py drill_files`, looked at afterwards."""

import hashlib
import json
import logging
import os
import subprocess
import sys
from dataclasses import dataclass

from foundation.core.errors import PortalError
from foundation.documents import services as documents
from foundation.documents.enums import DocumentState
from foundation.documents.models import Document
from lers.demo.people import who
from lers.runner.services import BASE_DIR

PURPOSE = "drill"
# Small ones fit under the limit of the drill, large ones do not.
SIZES = (2_000, 30_000, 400_000)
BLOCKS = 128


@dataclass(frozen=True)
class Sent:
    """What became of the files that were sent."""

    taken: int
    refused: int


def send(count: int) -> Sent:
    """Send files as an officer does; whoever is told that it failed has lost nothing and sends again."""
    officer, taken = who("officer"), 0
    logging.disable(logging.CRITICAL)
    for number in range(count):
        line = f"{number},drill,48213377\n".encode()
        content = line * (SIZES[number % len(SIZES)] // len(line))
        try:
            documents.receive(content, filename=f"drill-{number}.csv", purpose=PURPOSE, by=officer, limit=10**7)
        except OSError:
            continue
        taken += 1
    return Sent(taken, count - taken)


def send_beside(count: int, *, blocks: int | None = None) -> Sent:
    """Send files from a process of its own, which may write no file longer than so many blocks."""
    command = [sys.executable, "-m", "lers.drill.send_files", str(count)]
    if blocks is not None:
        command = ["sh", "-c", f'ulimit -f {blocks}; exec "$@"', "sh", *command]
    done = subprocess.run(command, cwd=BASE_DIR, env=dict(os.environ), capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"Files could not be sent: {done.stderr.strip()[-500:]}")
    return Sent(**json.loads(done.stdout))


def unchecked() -> int:
    """Return how many files of drills wait for their check."""
    return Document.objects.filter(purpose=PURPOSE, state=DocumentState.PENDING).count()


def count_whole() -> tuple[int, int]:
    """Return how many files were taken, and how many of them can be read back byte for byte."""
    taken = whole = 0
    for document in Document.objects.filter(purpose=PURPOSE).exclude(state=DocumentState.RECEIVING):
        taken += 1
        digest = hashlib.sha256()
        try:
            for piece in documents.pieces(document):
                digest.update(piece)
        except (OSError, PortalError):
            continue
        whole += digest.hexdigest() == document.sha256 and document.state != DocumentState.PENDING
    return taken, whole
