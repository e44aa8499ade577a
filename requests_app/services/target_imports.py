"""A file of identifiers on its way into a draft: checked like every file, read row by row, each row answered.

The row is the job. Nothing of a file is in the draft before all of it was read: then everything comes in at once, so
that a worker that dies, a cancel, or a draft that was sent meanwhile leaves nothing half done. The next worker begins
again from the first row.
"""

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import IO, Any, cast
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from foundation.audit.trail import record
from foundation.core import jobs
from foundation.core.errors import Incomplete, PortalError, TransitionRefused
from foundation.core.hurry import hurry_on_commit
from foundation.core.identifier_files import ROWS, read_rows
from foundation.core.identifiers import Identifier, Verdict, fold
from foundation.documents import services as documents
from foundation.documents.enums import DocumentState
from foundation.documents.filetypes import CSV
from foundation.documents.models import Document
from requests_app.enums import RequestStatus, TargetRole
from requests_app.events import Event
from requests_app.models import DataRequest, LegalProcess, Target, TargetImport
from requests_app.services import targets
from requests_app.services.drafts import locked, saved
from requests_app.services.preflight import Step

logger = logging.getLogger(__name__)

PURPOSE = "targets"
LEASE = timedelta(minutes=5)
TRIES = 4
# The file, and what became of its rows, as long as the officer may still look something up in it.
KEPT = timedelta(days=7)
_CHUNK = 250
_PIECE = 1024 * 1024
_AGAIN = timedelta(seconds=3)
_UNDER_WAY = (jobs.JobState.PENDING, jobs.JobState.RUNNING)
_ROLES = {word: role.value for role in TargetRole for word in (role.value, str(role.label).lower())}
_ROLE_UNKNOWN = (
    'We do not know the role "{}", so the one chosen for the whole file was taken. Write one of: '
    + ", ".join(TargetRole.values)
    + "."
)
_NOT_CHECKED = (DocumentState.RECEIVING, DocumentState.PENDING)
_CANCELLED = "You cancelled it."
_SENT = "The request was sent before the file was read to its end."
_BROKE = "The file could not be read after several tries. Save it again as CSV and send that."


class LeaseLost(Exception):
    """Another worker took over, or the import was cancelled; what this one read is not wanted any more."""


@dataclass
class Answers:
    """What became of the rows read so far; results: [row, given, verdict, why] of those that were not taken as is."""

    good: list[Identifier] = field(default_factory=list)
    # Role and note of a row, where it has its own, by the identifier.
    beside: dict[int, tuple[str, str]] = field(default_factory=dict)
    results: list[list[Any]] = field(default_factory=list)
    read: int = 0
    corrected: int = 0
    refused: int = 0


@transaction.atomic
def start(
    data_request: DataRequest,
    upload: Any,
    *,
    role: str = TargetRole.UNKNOWN,
    process: LegalProcess | None = None,
    version: int,
    by: Any,
    at: datetime | None = None,
) -> TargetImport:
    """Take a CSV or XLSX file with identifiers; a worker reads it once it is checked.

    Raises DocumentRefused for a file that is not taken, Incomplete while another one is being read, Stale like all.
    """
    at = at or timezone.now()
    draft = locked(data_request, by=by, version=version, step=Step.IDENTIFIERS)
    if under_way(draft):
        raise Incomplete("Another file is being read. Wait until it is done, or cancel it.")
    document = documents.receive(
        upload, filename=upload.name, purpose=PURPOSE, by=by, limit=settings.UPLOAD_LIMIT_OFFICER, at=at
    )
    row = TargetImport.objects.create(
        data_request=draft, document=document, role=role, process=process, batch=uuid4(), created_at=at, due_at=at,
        by=by,
    )  # fmt: skip
    record(Event.IMPORT_STARTED, by=by, obj=draft, data={"document": str(document.uid)}, at=at)
    saved(draft, Step.IDENTIFIERS, by=by, at=at)
    hurry_on_commit("requests.import_targets", row.pk)
    return row


@transaction.atomic
def cancel(row: TargetImport, *, by: Any, at: datetime | None = None) -> None:
    """Stop an import; nothing of its file is in the draft then. Raises TransitionRefused where it is over already."""
    at = at or timezone.now()
    draft = locked(row.data_request, by=by)
    going = TargetImport.objects.filter(pk=row.pk, state__in=_UNDER_WAY)
    if not going.update(
        state=jobs.JobState.GIVEN_UP, finished_at=at, claimed_until=None, last_error=_CANCELLED, total=0, done=0
    ):
        raise TransitionRefused("This file was read already. You can undo what came of it on the page before.")
    record(Event.IMPORT_ENDED, by=by, obj=draft, outcome="refused", reason=_CANCELLED, data={"rows": row.done}, at=at)


def under_way(draft: DataRequest) -> TargetImport | None:
    """Return the import of a draft that is not over yet, or None."""
    return draft.imports.filter(state__in=_UNDER_WAY).select_related("document").order_by("-pk").first()


def run_due(*, at: datetime | None = None, limit: int = 5) -> int:
    """Read files that are due and were not hurried, or were dropped by a worker that died; return how many."""
    at = at or timezone.now()
    keys = list(TargetImport.objects.filter(jobs.due(at)).order_by("due_at", "pk").values_list("pk", flat=True)[:limit])
    for pk in keys:
        run(pk, at=at)
    return len(keys)


def run(import_id: int, *, at: datetime | None = None, patience: float = 0) -> TargetImport | None:
    """Read one file if it is due and nobody else does; waits up to `patience` seconds for the scanner's verdict."""
    at = at or timezone.now()
    claimed = jobs.claim(TargetImport.objects.filter(pk=import_id), at=at, lease=LEASE, limit=1)
    if not claimed:
        return None
    row = claimed[0]
    try:
        _work(row, at=at, patience=patience)
    except LeaseLost:
        logger.warning("Import %s: cancelled, or another worker took over", row.pk)
    except OSError as error:
        logger.warning("Import %s: %s", row.pk, error)
        jobs.fail(row, _BROKE, at=at, give_up_after=TRIES)
    except PortalError as refusal:
        _stop(row, str(refusal), at=at)
    except Exception:  # whatever it was, the row must not wait for the end of its lease
        logger.exception("Import %s could not be read", row.pk)
        jobs.fail(row, _BROKE, at=at, give_up_after=TRIES)
    return TargetImport.objects.filter(pk=import_id).first()


def forget(*, at: datetime | None = None, limit: int = 100) -> int:
    """Purge files that were read, KEPT after they were, or when their draft is none any more; return how many."""
    at = at or timezone.now()
    over = Q(finished_at__lt=at - KEPT) | ~Q(data_request__status=RequestStatus.DRAFT)
    rows = TargetImport.objects.filter(over, finished_at__isnull=False, document__purged_at=None)
    found = list(rows.select_related("document").order_by("pk")[:limit])
    for row in found:
        with transaction.atomic():
            documents.purge(row.document, by=None, reason="Its identifiers were read", at=at)
            TargetImport.objects.filter(pk=row.pk).update(results=[])
    return len(found)


def _work(row: TargetImport, *, at: datetime, patience: float) -> None:
    if row.attempts > TRIES:
        raise Incomplete(_BROKE)
    if not _is_checked(row.document_id, patience=patience):
        waiting = TargetImport.objects.filter(pk=row.pk, claimed_until=row.claimed_until)
        waiting.update(state=jobs.JobState.PENDING, due_at=at + _AGAIN, claimed_until=None, attempts=row.attempts - 1)
        return
    row.document.refresh_from_db()
    documents.require_clean(row.document)
    answers = _read(row)
    if not answers.read:
        raise Incomplete("There are no identifiers in this file. Put one on each line, as in the template.")
    _store(row, answers, at=at)


def _is_checked(document_id: int, *, patience: float) -> bool:
    """Say whether the file has its verdict; the file's own job is under way, mostly for a second or two."""
    end = time.monotonic() + patience
    while Document.objects.filter(pk=document_id, state__in=_NOT_CHECKED).exists():
        if time.monotonic() >= end:
            return False
        time.sleep(0.2)
    return True


def _read(row: TargetImport) -> Answers:
    """Read and answer all rows, and say now and then how far it is."""
    answers = Answers()
    for number, found, role, note in _rows(row):
        answers.read += 1
        _answer(answers, number, found, role, note)
        if answers.read % _CHUNK == 0:
            _renew(row, done=answers.read)
    return answers


def _answer(answers: Answers, number: int, found: Identifier, role: str, note: str) -> None:
    if found.verdict == Verdict.REFUSED:
        answers.refused += 1
        answers.results.append([number, found.given[:300], str(Verdict.REFUSED), found.why])
        return
    answers.good.append(found)
    known = _ROLES.get(role.strip().lower(), "")
    answers.beside[id(found)] = (known, note[:300])
    odd = _ROLE_UNKNOWN.format(role.strip()) if role.strip() and not known else ""
    if odd or found.verdict == Verdict.CORRECTED:
        why = " ".join(filter(None, (corrected_words(found) if found.changed else "", odd)))
        answers.corrected += 1
        answers.results.append([number, found.given[:300], str(Verdict.CORRECTED), why])


def corrected_words(found: Identifier) -> str:
    """Say what an identifier is taken as, and what was written differently."""
    return f"Taken as {found.normalised}. {found.changed}" if found.normalised != found.given else found.changed


def _rows(row: TargetImport) -> Iterator[tuple[int, Identifier, str, str]]:
    """Open the file and count its lines where that is cheap, for the bar that shows how far it is; then read it."""
    with documents.open_plain(row.document) as content:
        if row.document.media_type == CSV.media_type:
            counted = sum(piece.count(b"\n") for piece in iter(lambda: content.read(_PIECE), b""))
            row.total = min(counted, ROWS)
        yield from read_rows(cast("IO[bytes]", content), filename=row.document.filename, limit=ROWS)


def _store(row: TargetImport, answers: Answers, *, at: datetime) -> None:
    """Bring everything in at once, if the lease is still ours and the draft still is one."""
    unique, repeated = fold(answers.good)
    with transaction.atomic():
        draft: DataRequest | None = DataRequest.objects.select_for_update().filter(pk=row.data_request_id).first()
        if draft is None:
            raise LeaseLost
        if draft.status != RequestStatus.DRAFT:
            raise TransitionRefused(_SENT)
        rows = [_target(item, answers.beside[id(item)], row.role) for item in unique]
        added = targets.insert(draft, rows, process=row.process, batch=row.batch, by=row.by, at=at)
        TargetImport.objects.filter(pk=row.pk).update(
            total=answers.read, done=answers.read, added=added, corrected=answers.corrected, refused=answers.refused,
            duplicates=len(repeated) + len(unique) - added, results=answers.results,
        )  # fmt: skip
        if not jobs.finish(row, at=at):
            raise LeaseLost
        facts = {"rows": answers.read, "added": added, "refused": answers.refused, "corrected": answers.corrected}
        record(Event.IMPORT_ENDED, by=row.by, obj=draft, data=facts, at=at)
        saved(draft, Step.IDENTIFIERS, by=row.by, at=at)


def _target(item: Identifier, beside: tuple[str, str], role: str) -> Target:
    own, note = beside
    return targets.target_of(item, role=own or role, note=note)


def _stop(row: TargetImport, why: str, *, at: datetime) -> None:
    """End an import with the sentence for the officer."""
    with transaction.atomic():
        if jobs.fail(row, why, at=at, give_up_after=0):
            TargetImport.objects.filter(pk=row.pk).update(total=0, done=0)
            record(Event.IMPORT_ENDED, by=row.by, obj=row.data_request, outcome="refused", reason=why, at=at)


def _renew(row: TargetImport, *, done: int) -> None:
    """Hold the row for longer and say how far it is, or stop when it is no longer ours."""
    until = timezone.now() + LEASE
    held = TargetImport.objects.filter(pk=row.pk, state=jobs.JobState.RUNNING, claimed_until=row.claimed_until)
    if held.update(claimed_until=until, done=done, total=row.total) != 1:
        raise LeaseLost
    row.claimed_until = until
