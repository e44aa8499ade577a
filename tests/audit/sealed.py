"""Sealing in tests."""

import time

from django.db.models import Exists, OuterRef

from foundation.audit import sealing
from foundation.audit.models import AuditEvent, AuditLeaf, Checkpoint


def seal_all() -> Checkpoint:
    """Seal until nothing waits, and return the last checkpoint.

    Once is not always enough: a transaction in any database of the server, such as that of another test worker,
    holds the snapshot's xmin back.
    """
    waiting = AuditEvent.objects.filter(~Exists(AuditLeaf.objects.filter(event_id=OuterRef("pk"))))
    deadline = time.monotonic() + 180
    while True:
        sealing.seal()
        if not waiting.exists():
            return Checkpoint.objects.latest("tree_size")
        assert time.monotonic() < deadline, "entries are not sealed"
        time.sleep(0.05)
