"""Files that are not needed any more: the contents go, the row stays with name, size and hash."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from foundation.core.hurry import hurry_on_commit
from foundation.documents.enums import DocumentState
from foundation.documents.models import Document
from foundation.documents.states import WORKFLOW


@transaction.atomic
def purge(document: Document, *, by: Any, reason: str = "", at: datetime | None = None) -> Document:
    """Make a file unreadable at once, and have its stored bytes and page images removed after the commit.

    The key goes with this transaction; without it what is stored is noise. Removing it is the row's job: a worker that
    dies half way is followed by the sweep, and one that works on the file right now is waited for. A file that was
    purged already is returned as it is; one that never arrived whole raises TransitionRefused.
    """
    at = at or timezone.now()
    row = Document.objects.select_for_update().get(pk=document.pk)
    if row.state == DocumentState.PURGED:
        return row
    WORKFLOW.advance(
        row, "purge", by=by, at=at, reason=reason, data={"sha256": row.sha256, "size": row.size},
        purged_at=row.purged_at or at, data_key=b"", refusal="", due_at=max(at, row.claimed_until or at), attempts=0,
        last_error="",
    )  # fmt: skip
    hurry_on_commit("documents.process", row.pk)
    return row
