"""Receipts that can be checked without us: what was received or handed out, and its hash in the trail.

The words of a receipt stand in a row of their own, for those who may read what it is about. The trail has their
SHA-256 in an entry of the system, without person, address or session: its exact bytes are in the proof, and a proof is
made to be shown. A random number in the words keeps whoever reads the trail from guessing them.
"""

import hashlib
import json
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from accounts.enums import ReceiptKind
from accounts.events import Event
from accounts.models import FilingReceipt, User
from foundation.audit import canonical, proofs
from foundation.audit.canonical import JSON
from foundation.audit.context import Origin, origin
from foundation.audit.models import AuditLeaf, Checkpoint
from foundation.audit.trail import record
from foundation.documents.models import Document

# A list of identifiers that is longer stands in a receipt as its number and its hash.
MOST = 500
# So many on a page.
PAGE = 50
_KEY = re.compile(r"[0-9]{1,18}", re.ASCII)
_OVER = "The time to keep it is over"


@transaction.atomic
def issue(
    kind: ReceiptKind,
    obj: models.Model,
    *,
    reference: str,
    facts: Mapping[str, JSON],
    by: User,
    at: datetime | None = None,
) -> FilingReceipt:
    """Write down what was received from `by`, or handed to them, in the transaction in which it happens."""
    at = at or timezone.now()
    said = {
        "v": 1,
        "receipt": str(kind),
        "reference": reference,
        "at": canonical.stamp(at),
        "nonce": secrets.token_hex(16),
        **facts,
    }
    words = canonical.encode(canonical.clean(said)).decode()
    told = {"receipt": str(kind), "reference": reference, "words_sha256": hashlib.sha256(words.encode()).hexdigest()}
    with origin(Origin()):
        entry = record(Event.RECEIPT_ISSUED, by=None, obj=obj, object_label=reference, data=told, at=at)
    return FilingReceipt.objects.create(
        kind=kind, object_type=obj._meta.label_lower, object_id=str(obj.pk), user=by, words=words, entry=entry.pk,
        issued_at=at,
    )  # fmt: skip


@dataclass(frozen=True)
class Listed:
    """One receipt on a page."""

    receipt: FilingReceipt
    # Whether its entry is sealed and signed over, so that the proof can be made.
    ready: bool

    @property
    def name(self) -> str:
        """Return the name of the file that was handed over; empty where the receipt is of none, or is older."""
        return str(json.loads(self.receipt.words).get("name", ""))


def listed(obj: models.Model, *, reader: User, own: bool = False, before: str = "") -> tuple[list[Listed], str]:
    """Return a page of receipts about an object, newest first, and the key of the last one where older ones follow.

    Of downloads, and with `own` of all, only the reader's own. `before` is such a key; what is none begins anew.
    """
    rows = _about(obj, reader, own=own).order_by("-pk")
    found = list((rows.filter(pk__lt=int(before)) if _KEY.fullmatch(before) else rows)[: PAGE + 1])
    more, found = len(found) > PAGE, found[:PAGE]
    newest = Checkpoint.objects.order_by("tree_size").last()
    signed = AuditLeaf.objects.filter(position__lt=newest.tree_size if newest else 0)
    sealed = set(signed.filter(event_id__in=[row.entry for row in found]).values_list("event_id", flat=True))
    return [Listed(row, row.entry in sealed) for row in found], str(found[-1].pk) if more else ""


def proof(
    obj: models.Model, uid: UUID, *, reader: User, own: bool = False, at: datetime | None = None
) -> dict[str, JSON] | None:
    """Return the words of a receipt with the proof that their hash stands in the trail, and note who took it.

    None before its entry is sealed. Raises FilingReceipt.DoesNotExist where this reader has no such receipt here.
    """
    receipt = _about(obj, reader, own=own).get(uid=uid)
    found = proofs.inclusion(receipt.entry)
    if found is None:
        return None
    record(Event.RECEIPT_PROOF_TAKEN, by=reader, obj=obj, data={"entry": receipt.entry, "kind": receipt.kind}, at=at)
    return {**proofs.handed_out([found]), "received": receipt.words}


@transaction.atomic
def forget_old(*, at: datetime, limit: int = 100) -> int:
    """Delete receipts RECEIPT_DAYS after they were given; return how many. Their hash stays in the trail.

    The oldest rows are looked at by their number, so that this costs nothing while none is due.
    """
    until = at - timedelta(days=settings.RECEIPT_DAYS)
    rows = FilingReceipt.objects.select_for_update(skip_locked=True).order_by("pk")[:limit]
    old = [row for row in rows.defer("words") if row.issued_at <= until]
    for row in old:
        record(Event.RECEIPT_DELETED, by=None, object_type=row.object_type, object_id=row.object_id,
               reason=_OVER, data={"entry": row.entry, "kind": row.kind}, at=at)  # fmt: skip
        row.delete()
    return len(old)


def files(documents: Iterable[Document]) -> list[JSON]:
    """Return files as a receipt names them."""
    return [{"name": each.filename, "sha256": each.sha256, "bytes": each.size} for each in documents]


def some(rows: Iterable[str]) -> dict[str, JSON]:
    """Return lines as a receipt names them: each one, or of many their number and the hash of the sorted lines."""
    lines = sorted(rows)
    if len(lines) <= MOST:
        return {"count": len(lines), "lines": list(lines)}
    return {"count": len(lines), "sha256": hashlib.sha256("\n".join(lines).encode()).hexdigest()}


def _about(obj: models.Model, reader: User, *, own: bool) -> models.QuerySet[FilingReceipt]:
    rows = FilingReceipt.objects.filter(object_type=obj._meta.label_lower, object_id=str(obj.pk))
    return (
        rows.filter(user=reader) if own else rows.filter(~models.Q(kind=ReceiptKind.DOWNLOAD) | models.Q(user=reader))
    )
