"""Files are looked at again: before a download when the scanner has learnt, and when there is a scanner at last."""

from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from foundation.core.errors import TransitionRefused
from foundation.core.hurry import hurry_on_commit
from foundation.documents.enums import DocumentState
from foundation.documents.errors import DocumentRefused, ScannerUnavailable
from foundation.documents.models import Document
from foundation.documents.scanner import Verdict, current, signatures_of
from foundation.documents.services.leases import Heartbeat, retry
from foundation.documents.services.reading import require_clean
from foundation.documents.services.scanning import INFECTED, WAITS_FOR_SCANNER, scan
from foundation.documents.states import WORKFLOW

# A person waits for it.
AT_ONCE_SECONDS = 20.0
# Of local signatures nobody can see that they changed: a scan counts for a moment only.
LOCAL_COUNTS_FOR = timedelta(minutes=10)

SOON = "This file is checked with the newest virus signatures first. Try again in a minute."
SILENT = (
    "The virus scanner does not answer, and this file must be checked with its newest signatures before anybody "
    "downloads it. Try again in a few minutes."
)


def ready_to_download(document: Document, *, at: datetime | None = None) -> Document:
    """Return the file with a verdict of the scanner's present signatures; raises DocumentRefused with what to do.

    Only for originals that somebody sent: what the portal wrote itself is never scanned, and pictures of pages are
    pixels. A small file is scanned while the person waits, a larger one by a worker. Fails closed.
    """
    at = at or timezone.now()
    require_clean(document)
    if document.generated or not settings.CLAMD_ADDRESS:
        return document
    try:
        version = current(settings.CLAMD_ADDRESS).version
        if counts(document, version, at=at):
            return document
        if (document.size or 0) > settings.RESCAN_AT_ONCE_BYTES:
            _ask_for_rescan(document, at)
            raise DocumentRefused(SOON)
        version, verdict = scan(document, seconds=AT_ONCE_SECONDS)
    except ScannerUnavailable as error:
        raise DocumentRefused(SILENT) from error
    try:
        settle(document, version, verdict, at)
    except TransitionRefused:  # somebody else did the same, or it was deleted
        document.refresh_from_db()
    require_clean(document)
    return document


def counts(document: Document, version: str, *, at: datetime) -> bool:
    """Say whether the last scan was made with these signatures."""
    if document.state != DocumentState.CLEAN or document.scanner != version or document.scanned_at is None:
        return False
    number, _signed_at = signatures_of(version)
    small = (document.size or 0) <= settings.RESCAN_AT_ONCE_BYTES
    return number is not None or (not small and document.scanned_at > at - LOCAL_COUNTS_FOR)


def is_wanted(document: Document) -> bool:
    """Say whether a worker must have this file scanned again, or for the first time."""
    if not settings.CLAMD_ADDRESS or document.generated:
        return False
    return document.rescan_at is not None or document.state == DocumentState.UNSCANNED


def rescan(document: Document, at: datetime, heartbeat: Heartbeat) -> bool:
    """Have a file scanned again under the worker's claim; False when the job ends here."""
    try:
        version, verdict = scan(document, beat=heartbeat.beat)
    except ScannerUnavailable as error:
        retry(document, at, f"{WAITS_FOR_SCANNER}{error}")
        return False
    settle(document, version, verdict, at)
    return document.state == DocumentState.CLEAN


def wake_unscanned(*, at: datetime, limit: int = 100) -> int:
    """Make jobs of files that came while no scanner was set up, once there is one; return how many."""
    if not settings.CLAMD_ADDRESS:
        return 0
    found = Document.objects.filter(state=DocumentState.UNSCANNED, generated=False, due_at=None)
    chosen = list(found.order_by("pk").values_list("pk", flat=True)[:limit])
    return found.filter(pk__in=chosen).update(due_at=at) if chosen else 0


def settle(document: Document, version: str, verdict: Verdict, at: datetime) -> None:
    """Write down what a second scan found; raises TransitionRefused where the file changed its state meanwhile."""
    ended: dict[str, object] = {"rescan_at": None, "last_error": "", "scanner": version}
    data = {"scanner": version, "before": document.scanner}
    if verdict.clean:
        WORKFLOW.advance(document, "rescan_clean", by=None, at=at, reason="", data=data, scanned_at=at, **ended)
        return
    why = verdict.refusal or INFECTED
    ended |= {"refusal": why, "due_at": None, "claimed_until": None, "attempts": 0}
    if verdict.refusal:
        WORKFLOW.advance(document, "rescan_refuse", by=None, at=at, data=data, reason=why, **ended)
        return
    data["found"] = verdict.found[:200]
    WORKFLOW.advance(document, "rescan_infected", by=None, at=at, data=data, reason=why, scanned_at=at, **ended)


def _ask_for_rescan(document: Document, at: datetime) -> None:
    """Leave the scan of a large file to a worker; a second click asks for nothing new."""
    row = Document.objects.filter(pk=document.pk, state=document.state)
    row.filter(rescan_at=None).update(rescan_at=at)
    if row.filter(due_at=None).update(due_at=at, attempts=0) == 1:
        hurry_on_commit("documents.process", document.pk)
