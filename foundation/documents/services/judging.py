"""The verdict on a file: whether it is what its name says, and what the scanner finds in it."""

from datetime import datetime

from django.conf import settings

from foundation.documents import isolation
from foundation.documents.errors import DocumentRefused, SandboxFailed, ScannerUnavailable
from foundation.documents.models import Document
from foundation.documents.services.leases import Heartbeat, retry
from foundation.documents.services.scanning import INFECTED, WAITS_FOR_SCANNER, scan
from foundation.documents.states import WORKFLOW
from foundation.documents.vault import open_plain

SANDBOX_ATTEMPTS = 2
_EXAMINE = "examine: "

UNREADABLE = "This file could not be read. It may be damaged. Make it again and send it once more."


def judge(document: Document, at: datetime, heartbeat: Heartbeat) -> Document:
    """Look what the file is and have it scanned; a file that may be seen keeps its claim for what comes after."""
    try:
        with open_plain(document) as content:
            page_count = isolation.examine(content, document.media_type)
    except DocumentRefused as refusal:
        return _settle(document, "refuse", at, refusal=str(refusal))
    except SandboxFailed as error:
        # Attempts that ended because the scanner was silent say nothing against the file.
        failed_before = document.last_error.startswith(_EXAMINE)
        if document.attempts < SANDBOX_ATTEMPTS or not failed_before:
            retry(document, at, f"{_EXAMINE}{error}")
            return document
        return _settle(document, "refuse", at, refusal=UNREADABLE)
    if not settings.CLAMD_ADDRESS:
        return _settle(document, "leave_unscanned", at, page_count=page_count)
    heartbeat.renew()
    return _scan(document, at, heartbeat, page_count)


def _scan(document: Document, at: datetime, heartbeat: Heartbeat, page_count: int | None) -> Document:
    try:
        version, verdict = scan(document, beat=heartbeat.beat)
    except ScannerUnavailable as error:
        retry(document, at, f"{WAITS_FOR_SCANNER}{error}")
        return document
    if verdict.refusal:
        return _settle(document, "refuse", at, refusal=verdict.refusal, scanner=version)
    if verdict.clean:
        return _settle(document, "find_clean", at, page_count=page_count, scanned_at=at, scanner=version)
    data = {"found": verdict.found[:200], "scanner": version}
    return _settle(document, "find_infected", at, data=data, refusal=INFECTED, scanned_at=at, scanner=version)


def _settle(
    document: Document, action: str, at: datetime, *, data: dict[str, str] | None = None, **fields: object
) -> Document:
    """Give the verdict; a file that may be seen stays claimed for the stages after it."""
    if action not in {"find_clean", "leave_unscanned"}:
        fields |= {"due_at": None, "claimed_until": None}
    reason = str(fields.get("refusal", ""))
    return WORKFLOW.advance(
        document, action, by=None, at=at, reason=reason, data=data, attempts=0, last_error="", **fields
    )
