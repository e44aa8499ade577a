"""Officers' receipts against the entries that were written as they were given: what changed, and what is gone."""

import hashlib
import json
from collections.abc import Collection, Iterator

from accounts.events import Event as E
from accounts.models import FilingReceipt
from foundation.audit.models import AuditEvent
from foundation.audit.trail import DONE
from lers.gaps.reading import batches


def gaps() -> Iterator[str]:
    """Return a line for each receipt that is not what its entry says, or that went before its time."""
    yield from _changed()
    yield from _gone()


def _changed() -> Iterator[str]:
    for batch in batches(FilingReceipt.objects.all()):
        entries = {said.pk: said for said in AuditEvent.objects.filter(pk__in=[row.entry for row in batch])}
        for row in batch:
            yield from (f"accounts.filingreceipt {row.pk}: {words}" for words in _row(row, entries.get(row.entry)))


def _row(row: FilingReceipt, entry: AuditEvent | None) -> Iterator[str]:
    data = (json.loads(bytes(entry.payload)).get("data") or {}) if entry else {}
    if data.get("words_sha256") != hashlib.sha256(row.words.encode()).hexdigest():
        yield f"its words are not those of entry {row.entry}"
    elif entry and (entry.object_type, entry.object_id, data.get("receipt")) != (
        row.object_type, row.object_id, row.kind,
    ):  # fmt: skip
        yield f"it is a receipt ({row.kind}) about {row.object_type} {row.object_id}, entry {row.entry} says otherwise"


def _gone() -> Iterator[str]:
    """Compare entries with rows, then with the deletions: a receipt that goes meanwhile has its entry by then."""
    given = AuditEvent.objects.filter(action=E.RECEIPT_ISSUED, outcome=DONE)
    for batch in batches(given.only("pk", "object_type", "object_id")):
        rows = FilingReceipt.objects.filter(entry__in=[entry.pk for entry in batch])
        here = set(rows.values_list("entry", flat=True))
        missing = [entry for entry in batch if entry.pk not in here]
        over = _over(missing) if missing else set()
        for entry in missing:
            if entry.pk not in over:
                yield f"accounts.filingreceipt of entry {entry.pk}: it is gone, and its time was not over"


def _over(missing: Collection[AuditEvent]) -> set[int]:
    """Return the entries whose receipts the portal deleted because their time was over."""
    deleted = AuditEvent.objects.filter(
        object_type__in={entry.object_type for entry in missing}, object_id__in={entry.object_id for entry in missing},
        action=E.RECEIPT_DELETED, outcome=DONE,
    )  # fmt: skip
    payloads = deleted.values_list("payload", flat=True).iterator(chunk_size=1000)
    return {json.loads(bytes(payload))["data"]["entry"] for payload in payloads}
