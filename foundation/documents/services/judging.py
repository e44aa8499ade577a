"""The verdict on a file: whether it is what its name says, and what the scanner finds in it."""

from datetime import datetime

from django.conf import settings

from foundation.documents import isolation
from foundation.documents.errors import DocumentRefused, SandboxFailed, ScannerUnavailable
from foundation.documents.models import Document
from foundation.documents.scanner import Scanner
from foundation.documents.services.leases import retry
from foundation.documents.states import WORKFLOW
from foundation.documents.vault import open_plain

SANDBOX_ATTEMPTS = 2
CHUNK = 1024 * 1024

UNREADABLE = "This file could not be read. It may be damaged. Make it again and send it once more."


def judge(document: Document, at: datetime) -> Document:
    """Look what the file is and have it scanned; a file that may be seen keeps its claim for what comes after."""
    try:
        with open_plain(document) as content:
            page_count = isolation.examine(content, document.media_type)
    except DocumentRefused as refusal:
        return _settle(document, "refuse", at, refusal=str(refusal))
    except SandboxFailed as error:
        if document.attempts < SANDBOX_ATTEMPTS:
            retry(document, at, f"examine: {error}")
            return document
        return _settle(document, "refuse", at, refusal=UNREADABLE)
    if not settings.CLAMD_ADDRESS:
        return _settle(document, "leave_unscanned", at, page_count=page_count)
    return _scan(document, at, page_count)


def _scan(document: Document, at: datetime, page_count: int | None) -> Document:
    scanner = Scanner(settings.CLAMD_ADDRESS)
    try:
        version = scanner.version()
        with open_plain(document) as content:
            verdict = scanner.scan(iter(lambda: content.read(CHUNK), b""))
    except ScannerUnavailable as error:
        retry(document, at, str(error))
        return document
    if verdict.too_large:
        too_large = "This file is too large for the virus scanner. Split it into several files."
        return _settle(document, "refuse", at, refusal=too_large, scanner=version)
    if verdict.clean:
        return _settle(document, "find_clean", at, page_count=page_count, scanned_at=at, scanner=version)
    found = "A virus was found in this file. Nobody can open it here."
    data = {"found": verdict.found[:200], "scanner": version}
    return _settle(document, "find_infected", at, data=data, refusal=found, scanned_at=at, scanner=version)


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
